/** What a test asks of a statement's syntax tree (pgsql-parser: PostgreSQL's own grammar). */
import { parse } from "pgsql-parser";

type Node = Readonly<Record<string, unknown>>;

export async function parseStatements(text: string): Promise<readonly Node[]> {
  const { stmts } = (await parse(text)) as { readonly stmts: readonly { readonly stmt: Node }[] };
  return stmts.map(({ stmt }) => stmt);
}

/** Every node of these types, wherever it stands. */
export function findNodes(root: unknown, type: string): readonly Node[] {
  const found: Node[] = [];
  walk(root, (key, value) => {
    if (key === type) found.push(value as Node);
    return true;
  });
  return found;
}

function walk(node: unknown, visit: (key: string, value: unknown) => boolean): void {
  if (node === null || typeof node !== "object") return;
  for (const [key, value] of Object.entries(node)) if (visit(key, value)) walk(value, visit);
}

export interface TableUse {
  readonly table: string;
  readonly writes: boolean;
  /** Whether an equation of its `space` stands in the same query. */
  readonly bySpace: boolean;
}

/** Each table of `schema`, where it is read or written, with what binds its rows to a space. */
export function tableUses(root: unknown, schema: string): readonly TableUse[] {
  const uses: TableUse[] = [];
  walk(root, (key, value) => {
    const query = value as Node;
    if (key === "InsertStmt") {
      const relation = query["relation"] as Node;
      const [first] = (query["cols"] as readonly { readonly ResTarget: { readonly name: string } }[] | undefined) ?? [];
      if (relation["schemaname"] === schema)
        uses.push({ table: relation["relname"] as string, writes: true, bySpace: first?.ResTarget.name === "space" });
    }
    // The halves of a UNION stand there without their type's name.
    const isHalf = (key === "larg" || key === "rarg") && "op" in query && "targetList" in query;
    if (isHalf || key === "SelectStmt") uses.push(...usesOf("SelectStmt", query, schema));
    if (key === "UpdateStmt" || key === "DeleteStmt") uses.push(...usesOf(key, query, schema));
    return true;
  });
  return uses;
}

function usesOf(key: string, query: Node, schema: string): readonly TableUse[] {
  const tables: { readonly node: Node; readonly writes: boolean }[] = [];
  const conditions: unknown[] = [query["whereClause"]];
  const addFrom = (item: unknown): void => {
    const { RangeVar: table, JoinExpr: join } = (item ?? {}) as { readonly RangeVar?: Node; readonly JoinExpr?: Node };
    if (table !== undefined) tables.push({ node: table, writes: false });
    if (join === undefined) return;
    conditions.push(join["quals"]);
    addFrom(join["larg"]);
    addFrom(join["rarg"]);
  };
  for (const clause of ["fromClause", "usingClause"])
    for (const item of (query[clause] as readonly unknown[] | undefined) ?? []) addFrom(item);
  if (key !== "SelectStmt") tables.push({ node: query["relation"] as Node, writes: true });
  const bound = new Set(conditions.flatMap(equatedSpaces));
  return tables
    .filter(({ node }) => node["schemaname"] === schema)
    .map(({ node, writes }) => {
      const alias = (node["alias"] as { readonly aliasname: string } | undefined)?.aliasname ?? (node["relname"] as string);
      return { table: node["relname"] as string, writes, bySpace: bound.has(alias) || bound.has("") };
    });
}

/** The tables whose `space` stands in an equation that every row must meet; "" for an unqualified name. */
function equatedSpaces(condition: unknown): readonly string[] {
  const { BoolExpr: all, A_Expr: equation } = (condition ?? {}) as { readonly BoolExpr?: Node; readonly A_Expr?: Node };
  if (all?.["boolop"] === "AND_EXPR") return (all["args"] as readonly unknown[]).flatMap(equatedSpaces);
  const name = (equation?.["name"] as readonly { readonly String: { readonly sval: string } }[] | undefined)?.[0]?.String.sval;
  if (equation === undefined || name !== "=") return [];
  return [equation["lexpr"], equation["rexpr"]].flatMap((side) => {
    const fields = (
      (side ?? {}) as { readonly ColumnRef?: { readonly fields: readonly { readonly String?: { readonly sval: string } }[] } }
    ).ColumnRef?.fields;
    const names = (fields ?? []).map((field) => field.String?.sval ?? "");
    return names.at(-1) === "space" ? [names.length > 1 ? (names[0] as string) : ""] : [];
  });
}
