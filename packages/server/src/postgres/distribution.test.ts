import { batchOf, bytesOf, commit, markRow, outcomeRow, recordRow, replicaOf, streamRow, tombstoneRow } from "@holdfast/conformance";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { allCommitTexts } from "./commit-statement.ts";
import { postgresStore } from "./index.ts";
import { allReadTexts } from "./read-queue.ts";
import { guardsOf, migrationsOf } from "./tables.ts";
import { findNodes, parseStatements, tableUses } from "./testing/parsed-sql.ts";
import { recordStatements } from "./testing/recording-pool.ts";
import { useTestSchemas } from "./testing/schemas.ts";

/** Of no space, keyed by themselves; no transaction of a space touches them. */
const apart = new Set(["meta", "replicas", "migrations"]);

interface Key {
  readonly table: string;
  readonly columns: readonly string[];
}

function uniqueKeys(statements: readonly unknown[]): readonly Key[] {
  const keysOf = (nodes: unknown): readonly string[] => findNodes({ keys: nodes }, "String").map((node) => node["sval"] as string);
  return statements.flatMap((statement) => [
    ...findNodes(statement, "CreateStmt").flatMap((create) => {
      const table = (create["relation"] as { readonly relname: string }).relname;
      const unique = findNodes(create, "Constraint").filter(({ contype }) => contype === "CONSTR_PRIMARY" || contype === "CONSTR_UNIQUE");
      const inColumn = findNodes(create, "ColumnDef").filter((column) =>
        findNodes(column, "Constraint").some((each) => unique.includes(each)),
      );
      return unique.map((constraint) => {
        const named = keysOf(constraint["keys"]);
        return { table, columns: named.length > 0 ? named : inColumn.map(({ colname }) => colname as string) };
      });
    }),
    ...findNodes(statement, "IndexStmt")
      .filter((index) => index["unique"] === true)
      .map((index) => ({
        table: (index["relation"] as { readonly relname: string }).relname,
        columns: findNodes(index, "IndexElem").map(({ name }) => name as string),
      })),
  ]);
}

function calledFunctions(statement: unknown): readonly string[] {
  return findNodes(statement, "FuncCall").map((call) => findNodes({ name: call["funcname"] }, "String").at(-1)?.["sval"] as string);
}

describe("the shared store distributes by space", () => {
  it.each([0, 3])("[PGS2] every key begins with the space; no foreign key, sequence or NOTIFY: tables in %i pieces", async (partitions) => {
    const ddl = [...migrationsOf({ schema: "h", partitions }).flat(), ...guardsOf({ schema: "h", partitions })];
    const statements = (await Promise.all(ddl.map(parseStatements))).flat();
    const keys = uniqueKeys(statements);
    expect(keys.length).toBe(10);
    expect(keys.filter(({ table, columns }) => columns[0] !== "space" && !apart.has(table))).toEqual([]);
    const kinds = statements.flatMap((statement) => findNodes(statement, "Constraint").map(({ contype }) => contype));
    expect(kinds.filter((kind) => kind === "CONSTR_FOREIGN" || kind === "CONSTR_IDENTITY")).toEqual([]);
    expect(statements.flatMap((statement) => findNodes(statement, "CreateSeqStmt"))).toEqual([]);
    const types = statements.flatMap((statement) => findNodes(statement, "TypeName").flatMap((type) => findNodes(type, "String")));
    expect(types.filter(({ sval }) => String(sval).includes("serial"))).toEqual([]);
    expect(statements.flatMap(calledFunctions).filter((name) => /nextval|notify/.test(name))).toEqual([]);
    const divided = statements.flatMap((statement) => findNodes(statement, "PartitionElem").map(({ name }) => name));
    expect(divided).toEqual(partitions === 0 ? [] : Array.from({ length: 8 }, () => "space"));
  });

  it("[PGS2] a key that does not begin with the space would be seen", async () => {
    const statements = await parseStatements(
      "CREATE TABLE h.a (id bigserial PRIMARY KEY, space text); CREATE UNIQUE INDEX b ON h.a (id, space)",
    );
    expect(uniqueKeys(statements)).toEqual([
      { table: "a", columns: ["id"] },
      { table: "a", columns: ["id", "space"] },
    ]);
    const [use] = tableUses(await parseStatements("UPDATE h.a SET id = 1 WHERE b.space = $1 OR a.space = $2"), "h");
    expect(use).toEqual({ table: "a", writes: true, bySpace: false });
  });

  it("[PGS3] every read and commit of a turn names the rows of each table by their space, and notifies nobody", async () => {
    for (const text of [...allReadTexts("h"), ...allCommitTexts("h"), ...allCommitTexts("h", () => null).slice(-2)]) {
      const statements = await parseStatements(text);
      expect(statements.length).toBe(1);
      const uses = tableUses(statements, "h");
      expect(uses.length).toBeGreaterThan(0);
      expect(uses.filter(({ bySpace, table }) => !bySpace || apart.has(table))).toEqual([]);
      expect(calledFunctions(statements).filter((name) => /nextval|notify/.test(name))).toEqual([]);
    }
  });

  describe("as it is sent", () => {
    const schemas = useTestSchemas();

    it("[PGS3] what looks over all spaces only reads, and is a sweep's or the feed's; but for a new epoch, which is an operator's", async () => {
      const schema = schemas.fresh();
      const own = new pg.Pool({ connectionString: schemas.url, max: 5 });
      const pool = recordStatements(own);
      const store = await postgresStore({ pool, schema });
      pool.texts.length = 0;
      const replica = replicaOf(1);
      await store.meta();
      await store.bindReplica(replica, "ann");
      const batch = batchOf("s", {
        head: 1,
        stream: [streamRow(1)],
        marks: [markRow("s", replica, 1)],
        records: [recordRow("notes", "a", 1), tombstoneRow("notes", "b", 1)],
        outcomes: [outcomeRow(replica, 1)],
        intents: [{ intent: "aa", bytes: bytesOf(1), atMs: 1 }],
        imprints: [{ replica, counterFirst: 1, counterLast: 1, bytes: bytesOf(1) }],
      });
      await commit(store, batch);
      await store.readSpaces(["s"]);
      await store.readMark("s", replica);
      await store.readStream("s", 0, 1, { countMax: 9, bytesMax: 9 });
      await store.readRecords("s", undefined, { countMax: 1, bytesMax: 9 });
      await store.readRecords("s", { collection: "notes", record: "a" }, { countMax: 1, bytesMax: 9 });
      await store.readAged("s", 1, 9, 9);
      await store.readTombstones("s", 1, { countMax: 9, bytesMax: 9 });
      await store.readCompactable(undefined, 9);
      const feed = await store.readFeed?.(undefined, 9, true);
      await store.readFeed?.(feed?.place, 9, true);
      await store.sizeOf("s");
      await store.countRecords("s");
      await store.writePositions([{ space: "s", replica, sequence: 1, atMs: 1 }]);
      await store.readPositions("s", 0, 9);
      await store.dropPositions(9, 9);
      await store.compact("s", 1);
      await store.dropStream("s", 9);
      await store.expireOutcomes(9);
      await store.startNewEpoch("ab".repeat(16));
      await store.close();
      await own.end();

      const across: string[] = [];
      for (const text of new Set(pool.texts)) {
        if (!text.includes(`${schema}.`)) continue;
        const statements = await parseStatements(text);
        const free = tableUses(statements, schema).filter(({ bySpace, table }) => !bySpace && !apart.has(table));
        if (free.length > 0)
          across.push(`${free.some(({ writes }) => writes) ? "writes" : "reads"} ${[...new Set(free.map(({ table }) => table))].join()}`);
        expect(findNodes(statements, "NotifyStmt")).toEqual([]);
      }
      const reads = ["intents", "outcomes", "positions", "spaces", "stream"].map((table) => `reads ${table}`);
      expect([...new Set(across)].sort()).toEqual([...reads, "writes spaces,stream"]);
    });
  });
});
