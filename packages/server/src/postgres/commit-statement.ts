/**
 * Batches of many spaces as one statement, hence one transaction, one round trip and one flush: rows travel as arrays (`UNNEST`). A batch
 * wins if its space's row can be locked at once and has the version that the batch was decided over; of the others nothing is written, and
 * they hold nothing up.
 *
 *     asked ─► lock each space's row, or pass it by (SKIP LOCKED) ─► won[n] ─► every part writes the rows whose won[n] is true
 *
 * PostgreSQL's READ COMMITTED looks at a row anew once it is locked: the version that is compared is the last committed one, not the
 * statement's snapshot's. Only the parts that have rows stand in the statement: a text, and a plan on the server, for each combination.
 */
import type { RecordRow, WriteBatch } from "@holdfast/core/engine";
import { commitsRemembered, type VersionedBatch } from "../store/optimistic-backend.ts";
import { type ColumnType, encodeArray } from "./parameters.ts";
import type { Statement, TextRow } from "./connections.ts";
import { isDurable } from "./settings.ts";

interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: (row: Row) => unknown;
}

interface Part<Row> {
  readonly name: string;
  readonly rows: (batch: WriteBatch) => readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** `from`: the rows that won, under the columns' names, with `space`. */
  readonly sql: (schema: string, from: string, names: string) => string;
}

function part<Row>(definition: Part<Row>): Part<unknown> {
  return definition as Part<unknown>;
}

const insert = (schema: string, table: string, names: string, from: string): string =>
  `INSERT INTO ${schema}.${table} (space, ${names}) SELECT r.space, ${names} FROM ${from}`;

/** A record as a person reads it, in JSON; null for one that is not there. */
export type ReadableOf = (row: RecordRow) => string | null;

/** Never DO NOTHING: what is given twice must fail, whatever went wrong before (F01). */
const partsOf = (readableOf: ReadableOf | undefined): readonly Part<unknown>[] => [
  part({
    name: "marks",
    rows: (batch) => batch.marks,
    columns: [
      { name: "replica", type: "uuid", value: (row) => row.replica },
      { name: "mark", type: "int8", value: (row) => row.mark },
      { name: "chain", type: "bytea", value: (row) => row.chain },
      { name: "lamport", type: "int8", value: (row) => row.lamport },
      { name: "recorded_through", type: "int8", value: (row) => row.recordedThrough },
    ],
    sql: (schema, from, names) => `${insert(schema, "marks", names, from)} ON CONFLICT (space, replica) DO UPDATE
      SET mark = excluded.mark, chain = excluded.chain, lamport = excluded.lamport, recorded_through = excluded.recorded_through`,
  }),
  part({
    name: "stream",
    rows: (batch) => batch.stream,
    columns: [
      { name: "sequence", type: "int8", value: (row) => row.sequence },
      { name: "replica", type: "uuid", value: (row) => row.replica },
      { name: "counter_first", type: "int8", value: (row) => row.counterFirst },
      { name: "counter_last", type: "int8", value: (row) => row.counterLast },
      { name: "at", type: "int8", value: (row) => row.atMs },
      { name: "bytes", type: "bytea", value: (row) => row.bytes },
    ],
    sql: (schema, from, names) => insert(schema, "stream", names, from),
  }),
  part({
    name: "records",
    rows: (batch) => batch.records,
    columns: [
      { name: "collection", type: "text", value: (row) => row.collection },
      { name: "record", type: "text", value: (row) => row.record },
      { name: "sequence", type: "int8", value: (row) => row.sequence },
      { name: "deleted", type: "bool", value: (row) => row.deleted },
      { name: "state", type: "bytea", value: (row) => row.state },
      ...(readableOf === undefined ? [] : [{ name: "data", type: "jsonb" as const, value: readableOf }]),
    ],
    // Where nobody says what a person reads, the last that was said must not stay.
    sql: (schema, from, names) => `${insert(schema, "records", names, from)} ON CONFLICT (space, collection, record) DO UPDATE
      SET sequence = excluded.sequence, deleted = excluded.deleted, state = excluded.state, data = excluded.data`,
  }),
  part({
    name: "collected",
    rows: (batch) => batch.collected,
    columns: [
      { name: "collection", type: "text", value: (row) => row.collection },
      { name: "record", type: "text", value: (row) => row.record },
      { name: "sequence", type: "int8", value: (row) => row.sequence },
    ],
    sql: (schema, from) => `DELETE FROM ${schema}.records t USING ${from}
      AND t.space = r.space AND t.collection = r.collection AND t.record = r.record AND t.sequence = r.sequence`,
  }),
  part({
    name: "settled",
    rows: (batch) => batch.settled,
    columns: [
      { name: "replica", type: "uuid", value: (row) => row.replica },
      { name: "through", type: "int8", value: (row) => row.through },
    ],
    sql: (schema, from) => `UPDATE ${schema}.outcomes t SET bytes = substr(t.bytes, 1, 1) FROM ${from}
      AND t.space = r.space AND t.replica = r.replica AND t.counter <= r.through AND length(t.bytes) > 1`,
  }),
  part({
    name: "outcomes",
    rows: (batch) => batch.outcomes,
    columns: [
      { name: "replica", type: "uuid", value: (row) => row.replica },
      { name: "counter", type: "int8", value: (row) => row.counter },
      { name: "at", type: "int8", value: (row) => row.atMs },
      { name: "bytes", type: "bytea", value: (row) => row.bytes },
    ],
    sql: (schema, from, names) => insert(schema, "outcomes", names, from),
  }),
  part({
    name: "imprints",
    rows: (batch) => batch.imprints,
    columns: [
      { name: "replica", type: "uuid", value: (row) => row.replica },
      { name: "counter_first", type: "int8", value: (row) => row.counterFirst },
      { name: "counter_last", type: "int8", value: (row) => row.counterLast },
      { name: "bytes", type: "bytea", value: (row) => row.bytes },
    ],
    sql: (schema, from, names) => insert(schema, "imprints", names, from),
  }),
  part({
    name: "intents",
    rows: (batch) => batch.intents,
    columns: [
      { name: "intent", type: "text", value: (row) => row.intent },
      { name: "at", type: "int8", value: (row) => row.atMs },
      { name: "bytes", type: "bytea", value: (row) => row.bytes },
    ],
    sql: (schema, from, names) => insert(schema, "intents", names, from),
  }),
];

const spaceColumns: readonly Column<VersionedBatch>[] = [
  { name: "space", type: "text", value: ({ batch }) => batch.space.space },
  { name: "version", type: "int8", value: ({ version }) => version },
  { name: "id", type: "int8", value: ({ id }) => BigInt.asIntN(64, BigInt(`0x${id}`)) },
  { name: "head", type: "int8", value: ({ batch }) => batch.space.head },
  { name: "lamport", type: "int8", value: ({ batch }) => batch.space.lamport },
  { name: "stream_bytes", type: "int8", value: ({ batch }) => batch.stream.reduce((sum, { bytes }) => sum + bytes.length, 0) },
  { name: "state_bytes", type: "int8", value: ({ batch }) => batch.stateBytes },
];

/** All of them are of spaces that have a row, or all of spaces that have none: see `optimistic-groups.ts`. */
export type CommitKind = "known" | "new";

export interface CommitStatements {
  of(batches: readonly VersionedBatch[]): Statement;
}

export function createCommitStatements(schema: string, readableOf?: ReadableOf): CommitStatements {
  const parts = partsOf(readableOf);
  const texts = new Map<string, string>();
  return {
    of(batches) {
      const kind: CommitKind = batches[0]?.version === 0 ? "new" : "known";
      const used = parts.filter((each) => batches.some(({ batch }) => each.rows(batch).length > 0));
      const name = `hf_commit_${kind}_${used.map((each) => each.name.slice(0, 3)).join("")}`;
      const text = texts.get(name) ?? commitText(schema, kind, used);
      texts.set(name, text);
      return { name, text, values: valuesOf(batches, used) };
    },
  };
}

/** Every statement that there can be, for who wants to look at them. */
export function allCommitTexts(schema: string, readableOf?: ReadableOf): readonly string[] {
  const parts = partsOf(readableOf);
  const subsets = Array.from({ length: 2 ** parts.length }, (_, mask) => parts.filter((_, i) => (mask & (2 ** i)) !== 0));
  return subsets.flatMap((used) => [commitText(schema, "known", used), commitText(schema, "new", used)]);
}

function valuesOf(batches: readonly VersionedBatch[], used: readonly Part<unknown>[]): readonly Buffer[] {
  const values = spaceColumns.map(({ type, value }) => encodeArray(type, batches.map(value)));
  for (const { rows, columns } of used) {
    const all: unknown[] = [];
    const spaces: string[] = [];
    const numbers: number[] = [];
    for (const [i, { batch }] of batches.entries())
      for (const row of rows(batch)) {
        all.push(row);
        spaces.push(batch.space.space);
        numbers.push(i + 1);
      }
    values.push(encodeArray("int4", numbers), encodeArray("text", spaces));
    for (const { type, value } of columns) values.push(encodeArray(type, all.map(value)));
  }
  return values;
}

function commitText(schema: string, kind: CommitKind, used: readonly Part<unknown>[]): string {
  let parameter = 0;
  const unnest = (columns: readonly { readonly type: ColumnType }[]): string =>
    `unnest(${columns.map(({ type }) => `$${++parameter}::${type}[]`).join(", ")})`;
  const names = spaceColumns.map(({ name }) => name).join(", ");
  const steps = [
    `asked AS MATERIALIZED (SELECT * FROM ${unnest(spaceColumns)} WITH ORDINALITY AS a(${names}, n))`,
    ...wonSteps(schema, kind),
  ];
  for (const { name, columns, sql } of used) {
    const own = columns.map((column) => column.name).join(", ");
    const from = `${unnest([{ type: "int4" }, { type: "text" }, ...columns])} AS r(n, space, ${own}) WHERE (SELECT won FROM bits)[r.n]`;
    steps.push(`${name}_in AS (${sql(schema, from, own)})`);
  }
  return `WITH ${steps.join(",\n")}\nSELECT won::text, held::text, current_setting('synchronous_commit') FROM bits`;
}

function wonSteps(schema: string, kind: CommitKind): readonly string[] {
  if (kind === "new")
    return [
      // In the order of their names, so that two instances that create the same ones do not wait for each other in a circle.
      `born AS (INSERT INTO ${schema}.spaces (space, version, commits, head, lamport, stream_bytes, state_bytes)
        SELECT space, 1, ARRAY[id], head, lamport, stream_bytes, state_bytes FROM asked ORDER BY space ON CONFLICT (space) DO NOTHING RETURNING space)`,
      `bits AS MATERIALIZED (SELECT array_agg(a.space IN (SELECT space FROM born) ORDER BY n) AS won, array_agg(true ORDER BY n) AS held FROM asked a)`,
    ];
  return [
    `bits AS MATERIALIZED (SELECT array_agg(coalesce(x.fresh, false) ORDER BY a.n) AS won, array_agg(x.fresh IS NOT NULL ORDER BY a.n) AS held
      FROM asked a LEFT JOIN LATERAL
        (SELECT s.version = a.version AS fresh FROM ${schema}.spaces s WHERE s.space = a.space FOR UPDATE SKIP LOCKED) x ON true)`,
    `moved AS (UPDATE ${schema}.spaces s SET version = s.version + 1, head = a.head, lamport = a.lamport,
        stream_bytes = s.stream_bytes + a.stream_bytes, state_bytes = s.state_bytes + a.state_bytes,
        commits = a.id || ARRAY(SELECT o.id FROM unnest(s.commits) AS o(id) WHERE o.id >> 32 <> a.id >> 32 LIMIT ${commitsRemembered - 1})
      FROM asked a WHERE s.space = a.space AND (SELECT won FROM bits)[a.n])`,
  ];
}

/** PostgreSQL's text of an array of booleans, `{t,f}`. */
export function readBits(text: string | null | undefined): readonly boolean[] {
  return (text ?? "{}")
    .slice(1, -1)
    .split(",")
    .map((bit) => bit === "t" || bit === "true");
}

export function readCommitted(rows: readonly TextRow[]): {
  readonly won: readonly boolean[];
  readonly held: readonly boolean[];
  readonly durable: boolean;
} {
  const [row] = rows;
  return { won: readBits(row?.[0]), held: readBits(row?.[1]), durable: isDurable(row?.[2]) };
}
