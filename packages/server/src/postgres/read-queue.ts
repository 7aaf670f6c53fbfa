/**
 * Reads of turns and pages that are asked in the same moment, of any spaces, as one statement: a fixed number of round trips, however many
 * ask. What it answers is of one moment, and tells each space's version with it.
 */
import type { CounterRange, SpaceId } from "@holdfast/core/engine";
import type { Connections, TextRow } from "./connections.ts";
import { type ColumnType, encodeArray } from "./parameters.ts";

interface QuestionColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** What can be asked; `sql` reads `q`, a row of arguments with `space` and its ordinal `n`, and gives (n, four numbers, bytes). */
const kinds = {
  space: {
    columns: [],
    sql: (schema: string, q: string) =>
      `SELECT q.n, t.version, t.head, t.lamport, t.horizon, ''::bytea FROM ${q} JOIN ${schema}.spaces t ON t.space = q.space`,
  },
  marks: {
    columns: [{ name: "replica", type: "uuid" }],
    sql: (schema: string, q: string) =>
      `SELECT q.n, t.mark, t.lamport, t.recorded_through, 0, t.chain FROM ${q} JOIN ${schema}.marks t ON t.space = q.space AND t.replica = q.replica`,
  },
  records: {
    columns: [
      { name: "collection", type: "text" },
      { name: "record", type: "text" },
    ],
    sql: (schema: string, q: string) => `SELECT q.n, t.sequence, t.deleted::int, 0, 0, t.state FROM ${q}
      JOIN ${schema}.records t ON t.space = q.space AND t.collection = q.collection AND t.record = q.record`,
  },
  outcomes: {
    columns: [
      { name: "replica", type: "uuid" },
      { name: "first", type: "int8" },
      { name: "through", type: "int8" },
      { name: "count_max", type: "int8" },
    ],
    sql: (schema: string, q: string) => `SELECT q.n, t.counter, t.at, 0, 0, t.bytes FROM ${q} JOIN LATERAL
      (SELECT o.counter, o.at, o.bytes FROM ${schema}.outcomes o WHERE o.space = q.space AND o.replica = q.replica
        AND o.counter BETWEEN q.first AND q.through ORDER BY o.counter LIMIT q.count_max) t ON true`,
  },
  // Rows do not overlap, so that the one before the range's first is the only earlier one that can reach into it.
  imprints: {
    columns: [
      { name: "replica", type: "uuid" },
      { name: "first", type: "int8" },
      { name: "through", type: "int8" },
      { name: "count_max", type: "int8" },
    ],
    sql: (schema: string, q: string) => `SELECT q.n, t.counter_first, t.counter_last, 0, 0, t.bytes FROM ${q} JOIN LATERAL
      (SELECT o.counter_first, o.counter_last, o.bytes FROM ${schema}.imprints o WHERE o.space = q.space AND o.replica = q.replica
        AND o.counter_last >= q.first AND o.counter_first <= q.through AND o.counter_first >= coalesce((SELECT max(p.counter_first)
          FROM ${schema}.imprints p WHERE p.space = q.space AND p.replica = q.replica AND p.counter_first <= q.first), 0)
        ORDER BY o.counter_first LIMIT q.count_max) t ON true`,
  },
  intents: {
    columns: [{ name: "intent", type: "text" }],
    sql: (schema: string, q: string) =>
      `SELECT q.n, t.at, 0, 0, 0, t.bytes FROM ${q} JOIN ${schema}.intents t ON t.space = q.space AND t.intent = q.intent`,
  },
} as const satisfies Readonly<
  Record<string, { readonly columns: readonly QuestionColumn[]; readonly sql: (schema: string, q: string) => string }>
>;

export type QuestionKind = keyof typeof kinds;

const kindNames = Object.keys(kinds) as readonly QuestionKind[];

export interface FoundRow {
  /** Which of the question's arguments it answers. */
  readonly index: number;
  readonly numbers: readonly number[];
  /** As the driver gives bytes; see `decodeBytes`. */
  readonly bytes: string;
}

export interface Answer {
  readonly version: number;
  /** In the order of the arguments. */
  readonly rows: readonly FoundRow[];
}

interface Waiting {
  readonly space: SpaceId;
  readonly kind: QuestionKind;
  readonly items: readonly (readonly unknown[])[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export interface ReadQueue {
  /** `items`: the values of the kind's columns, one row each. */
  ask(space: SpaceId, kind: QuestionKind, items: readonly (readonly unknown[])[]): Promise<Answer>;
}

export interface ReadQueueParts {
  readonly connections: Connections;
  readonly schema: string;
  readonly defer: (run: () => void) => void;
  readonly limits: { readonly readRowsMax: number; readonly readsInFlightMax: number };
}

export function rangeItem({ replica, from, through, countMax }: CounterRange): readonly unknown[] {
  return [replica, from, through, countMax];
}

export function createReadQueue({ connections, schema, defer, limits }: ReadQueueParts): ReadQueue {
  const texts = new Map<string, { readonly name: string; readonly text: string }>();
  const waiting: Waiting[] = [];
  let scheduled = false;
  let inFlight = 0;

  function statementOf(used: readonly QuestionKind[]): { readonly name: string; readonly text: string } {
    const name = `hf_read_${used.map((kind) => kind.slice(0, 2)).join("")}`;
    const statement = texts.get(name) ?? { name, text: readText(schema, used) };
    texts.set(name, statement);
    return statement;
  }

  function schedule(): void {
    if (scheduled || waiting.length === 0 || inFlight >= limits.readsInFlightMax) return;
    scheduled = true;
    defer(() => {
      scheduled = false;
      void readGroup(takeGroup());
      schedule();
    });
  }

  function takeGroup(): readonly Waiting[] {
    let rows = 0;
    let count = 0;
    for (const { items } of waiting) {
      rows += items.length + 1;
      if (count > 0 && rows > limits.readRowsMax) break;
      count++;
    }
    return waiting.splice(0, count);
  }

  async function readGroup(group: readonly Waiting[]): Promise<void> {
    inFlight++;
    try {
      const plan = planRead(group);
      const rows = await connections.run({ ...statementOf(plan.used), values: plan.values });
      answer(group, plan, rows);
    } catch (error) {
      for (const each of group) each.reject(error);
    }
    inFlight--;
    schedule();
  }

  return {
    ask: (space, kind, items) =>
      new Promise((resolve, reject) => {
        waiting.push({ space, kind, items, resolve, reject });
        schedule();
      }),
  };
}

interface ReadPlan {
  readonly used: readonly QuestionKind[];
  readonly values: readonly Buffer[];
  readonly spaces: ReadonlyMap<SpaceId, number>;
}

/** The spaces' rows come first, and for each further kind its arguments, in the order of the questions. */
function planRead(group: readonly Waiting[]): ReadPlan {
  const spaces = new Map<SpaceId, number>();
  for (const { space } of group) if (!spaces.has(space)) spaces.set(space, spaces.size);
  const used = kindNames.filter((kind) => kind === "space" || group.some((each) => each.kind === kind));
  const values = [encodeArray("text", [...spaces.keys()])];
  for (const kind of used) {
    if (kind === "space") continue;
    const asked = group.filter((each) => each.kind === kind);
    values.push(
      encodeArray(
        "text",
        asked.flatMap(({ space, items }) => items.map(() => space)),
      ),
    );
    for (const [i, { type }] of kinds[kind].columns.entries())
      values.push(
        encodeArray(
          type,
          asked.flatMap(({ items }) => items.map((item) => item[i])),
        ),
      );
  }
  return { used, values, spaces };
}

/** The kind's place, the ordinal of its argument, and what was found. */
export function readText(schema: string, used: readonly QuestionKind[]): string {
  let parameter = 0;
  const selects = used.map((kind) => {
    const columns: readonly QuestionColumn[] = [{ name: "space", type: "text" }, ...kinds[kind].columns];
    const arrays = columns.map(({ type }) => `$${++parameter}::${type}[]`).join(", ");
    const names = columns.map(({ name }) => name).join(", ");
    const body = kinds[kind].sql(schema, `unnest(${arrays}) WITH ORDINALITY AS q(${names}, n)`);
    return body.replace("SELECT ", `SELECT ${kindNames.indexOf(kind)} AS kind, `);
  });
  return `${selects.join("\nUNION ALL ")}\nORDER BY 1, 2, 3`;
}

/** Every statement that there can be, for who wants to look at them. */
export function allReadTexts(schema: string): readonly string[] {
  const rest = kindNames.slice(1);
  return Array.from({ length: 2 ** rest.length }, (_, mask) =>
    readText(schema, ["space", ...rest.filter((_, i) => (mask & (2 ** i)) !== 0)]),
  );
}

function answer(group: readonly Waiting[], plan: ReadPlan, rows: readonly TextRow[]): void {
  const spaceRows = new Map<number, FoundRow>();
  const found = new Map<QuestionKind, FoundRow[]>();
  for (const [kind, n, ...rest] of rows) {
    const name = kindNames[Number(kind)] as QuestionKind;
    const row = { index: Number(n) - 1, numbers: rest.slice(0, 4).map(Number), bytes: rest[4] ?? "\\x" };
    if (name === "space") {
      spaceRows.set(row.index, row);
      continue;
    }
    const of = found.get(name);
    if (of === undefined) found.set(name, [row]);
    else of.push(row);
  }
  const passed = new Map<QuestionKind, number>();
  const places = new Map<QuestionKind, number>();
  for (const { space, kind, items, resolve } of group) {
    const spaceRow = spaceRows.get(plan.spaces.get(space) as number);
    const version = spaceRow?.numbers[0] ?? 0;
    if (kind === "space") {
      resolve({ version, rows: spaceRow === undefined ? [] : [spaceRow] });
      continue;
    }
    const of = found.get(kind) ?? [];
    const first = passed.get(kind) ?? 0;
    let place = places.get(kind) ?? 0;
    const own: FoundRow[] = [];
    for (let row = of[place]; row !== undefined && row.index < first + items.length; row = of[++place])
      own.push({ ...row, index: row.index - first });
    passed.set(kind, first + items.length);
    places.set(kind, place);
    resolve({ version, rows: own });
  }
}
