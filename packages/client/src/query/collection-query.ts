/** `where(…).orderBy(…).limit(…)` over one collection of one space: `all`, `first`, `count`, `subscribe`. */
import { callerError, type SpaceId, type SqlValue } from "@holdfast/core/engine";
import type { CollectionStatements } from "../store/store.ts";
import { columnOf, compileFilter, type Filter } from "./filter.ts";
import type { LiveChange, LiveQuery } from "./live.ts";
import type { ReplicaReads } from "./reads.ts";
import { type AnyRow, type KnownRow, toRows } from "./rows.ts";

export interface CollectionQuery<Row> {
  where(filter: Filter<Row>): CollectionQuery<Row>;
  orderBy(field: keyof Row & string, direction?: "asc" | "desc"): CollectionQuery<Row>;
  limit(count: number, offset?: number): CollectionQuery<Row>;
  all(): Promise<readonly Row[]>;
  first(): Promise<Row | undefined>;
  /** Of all that match, whatever the limit. */
  count(): Promise<number>;
  /** The listener is called at once with the first result (`change.added` is all of it), and again when the result is another. */
  subscribe(listener: (rows: readonly Row[], change: LiveChange<Row>) => void): LiveQuery<Row>;
}

/** A query as data. */
export interface QueryPlan {
  readonly filters: readonly Readonly<Record<string, unknown>>[];
  readonly order: readonly { readonly field: string; readonly descending: boolean }[];
  readonly limit: number | undefined;
  readonly offset: number;
}

export const emptyPlan: QueryPlan = { filters: [], order: [], limit: undefined, offset: 0 };

/** Where a query runs: here, or at the owner of the store. */
export interface QueryRunner {
  all(plan: QueryPlan): Promise<readonly AnyRow[]>;
  count(plan: QueryPlan): Promise<number>;
  subscribe(plan: QueryPlan, listener: (rows: readonly AnyRow[], change: LiveChange<AnyRow>) => void): LiveQuery<AnyRow>;
}

/** Every part is checked at its call, wherever it will run. */
export function composeQuery<Row>(runner: QueryRunner, statements: CollectionStatements, plan: QueryPlan): CollectionQuery<Row> {
  const next = (change: Partial<QueryPlan>): CollectionQuery<Row> => composeQuery(runner, statements, { ...plan, ...change });
  return {
    where: (filter) => {
      compileFilter(statements, filter);
      return next({ filters: [...plan.filters, filter] });
    },
    orderBy: (field, direction = "asc") => {
      columnOf(statements, field);
      if (direction !== "asc" && direction !== "desc")
        throw callerError("invalid-query", `The direction "${String(direction)}" is none.`, 'Use "asc" or "desc".');
      return next({ order: [...plan.order, { field, descending: direction === "desc" }] });
    },
    limit: (count, offset = 0) => {
      if (!Number.isSafeInteger(count) || count < 0 || !Number.isSafeInteger(offset) || offset < 0)
        throw callerError("invalid-query", "A limit is a whole number from 0.", "Correct the call.");
      return next({ limit: count, offset });
    },
    all: () => runner.all(plan) as Promise<readonly Row[]>,
    first: async () => (await runner.all({ ...plan, limit: Math.min(plan.limit ?? 1, 1) }))[0] as Row | undefined,
    count: () => runner.count(plan),
    subscribe: (listener) =>
      runner.subscribe(plan, listener as (rows: readonly AnyRow[], change: LiveChange<AnyRow>) => void) as LiveQuery<Row>,
  };
}

export function createCollectionQuery<Row>(
  reads: ReplicaReads,
  space: SpaceId,
  statements: CollectionStatements,
  plan: QueryPlan,
): CollectionQuery<Row> {
  const runner: QueryRunner = {
    async all(limited) {
      const { sql, parameters } = compileSelect(statements, space, limited);
      await reads.ready(statements.name, space);
      const rows = toRows(reads.store, statements, reads.all(sql, parameters), new Map());
      return [...rows.values()].map(({ row }) => row);
    },
    async count(counted) {
      const filter = joinFilters(statements, counted);
      await reads.ready(statements.name, space);
      const [row] = reads.all(`SELECT count(*) AS n FROM ${statements.table} WHERE space = ?${filter.sql}`, [space, ...filter.parameters]);
      return row?.["n"] as number;
    },
    subscribe: (live, listener) => subscribe(reads, space, statements, compileSelect(statements, space, live), listener),
  };
  return composeQuery(runner, statements, plan);
}

interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

interface Select extends Statement {
  /** Whether one record is asked for: its id is bound last. */
  readonly one?: Statement;
}

function joinFilters(statements: CollectionStatements, plan: QueryPlan): Statement {
  const compiled = plan.filters.map((filter) => compileFilter(statements, filter));
  return { sql: compiled.map(({ sql }) => sql).join(""), parameters: compiled.flatMap(({ parameters }) => parameters) };
}

/** Always ordered, by id at last: a limit without a total order would give other rows each time. */
function compileSelect(statements: CollectionStatements, space: SpaceId, plan: QueryPlan): Select {
  const filter = joinFilters(statements, plan);
  const order = plan.order.map(({ field, descending }) => `${columnOf(statements, field)}${descending ? " DESC" : ""}`);
  const last = plan.order.at(-1)?.descending === true ? "id DESC" : "id";
  const limit = plan.limit === undefined ? "" : " LIMIT ? OFFSET ?";
  const from = `FROM ${statements.table} WHERE space = ?`;
  return {
    sql: `SELECT id, _meta ${from}${filter.sql} ORDER BY ${[...order, last].join(", ")}${limit}`,
    parameters: [space, ...filter.parameters, ...(plan.limit === undefined ? [] : [plan.limit, plan.offset])],
    // Behind an offset stands what is not in the result and moves it all the same.
    ...(plan.offset > 0 ? {} : { one: { sql: `SELECT id ${from}${filter.sql} AND id = ?`, parameters: [space, ...filter.parameters] } }),
  };
}

function subscribe(
  reads: ReplicaReads,
  space: SpaceId,
  statements: CollectionStatements,
  select: Select,
  listener: (rows: readonly AnyRow[], change: LiveChange<AnyRow>) => void,
): LiveQuery<AnyRow> {
  const { one } = select;
  let known = new Map<string, KnownRow>();
  let told = false;
  return reads.subscribe<AnyRow>({
    space,
    collection: statements.name,
    reads: (collection) => collection === statements.name,
    concerns: (ids) => one === undefined || [...ids].some((id) => known.has(id) || reads.all(one.sql, [...one.parameters, id]).length > 0),
    rerun(show) {
      const before = known;
      known = toRows(reads.store, statements, reads.all(select.sql, select.parameters), before);
      const change = compareResults(before, known);
      const isSame = told && change === undefined;
      if (isSame) return;
      told = true;
      const rows = Object.freeze([...known.values()].map(({ row }) => row));
      show(rows);
      listener(rows, change ?? { added: [], removed: [], updated: [] });
    },
  });
}

/** Undefined where the same rows stand in the same order. */
function compareResults(before: ReadonlyMap<string, KnownRow>, after: ReadonlyMap<string, KnownRow>): LiveChange<AnyRow> | undefined {
  const added: AnyRow[] = [];
  const updated: AnyRow[] = [];
  for (const [id, each] of after) {
    const old = before.get(id);
    if (old === undefined) added.push(each.row);
    else if (old.row !== each.row) updated.push(each.row);
  }
  const removed = [...before].filter(([id]) => !after.has(id)).map(([, { row }]) => row);
  if (added.length + updated.length + removed.length > 0) return { added, removed, updated };
  const [ids, oldIds] = [[...after.keys()], [...before.keys()]];
  return ids.some((id, index) => id !== oldIds[index]) ? { added, removed, updated } : undefined;
}
