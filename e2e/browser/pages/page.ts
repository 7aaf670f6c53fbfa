/** What a browser test does inside a page: each function takes and gives what can be said in JSON. */
import { openReplica, type Replica, type WebReplicaOptions } from "@holdfast/client/web";
import { newerSchema } from "./newer-schema.ts";
import { type WorkloadSchema, workloadSchema } from "../../harness/workload-schema.ts";

export const space = "team";

export interface OpenRequest {
  readonly store: string;
  readonly server?: string;
  readonly token?: string;
  readonly sync?: WebReplicaOptions<WorkloadSchema>["sync"];
  readonly tabLimits?: WebReplicaOptions<WorkloadSchema>["tabLimits"];
  /** The app after an update. */
  readonly newer?: boolean;
}

let replica: Replica<WorkloadSchema> | undefined;
let worker: Worker | undefined;
interface TextBinding {
  readonly text: { insert(at: number, text: string): void; toString(): string };
  flush(): Promise<void>;
}

let text: TextBinding | undefined;
let writing = false;
let longestMs = 0;
let sleeps = 0;
for (const event of ["freeze", "resume"]) document.addEventListener(event, () => sleeps++);

function opened(): Replica<WorkloadSchema> {
  if (replica === undefined) throw new Error("Nothing is open.");
  return replica;
}

/** `code message`, so that a test can look at the code. */
async function told<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    throw new Error(`${code ?? "untyped"}: ${message}`, { cause: error });
  }
}

/** A page that has slept in between has not waited. */
async function timed<T>(body: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const sleptBefore = sleeps;
  try {
    return await body();
  } finally {
    if (sleeps === sleptBefore) longestMs = Math.max(longestMs, performance.now() - startMs);
  }
}

const driver = {
  open: ({ store, server, token = "ada", sync, tabLimits, newer = false }: OpenRequest) =>
    told(async () => {
      const startMs = performance.now();
      replica = await openReplica({
        schema: newer ? (newerSchema as unknown as WorkloadSchema) : workloadSchema,
        name: store,
        spaces: [space],
        auth: () => token,
        worker: () => {
          worker = newer
            ? new Worker(new URL("./newer.worker.ts", import.meta.url), { type: "module" })
            : new Worker(new URL("./replica.worker.ts", import.meta.url), { type: "module" });
          return worker;
        },
        ...(server === undefined ? {} : { server }),
        ...(sync === undefined ? {} : { sync }),
        ...(tabLimits === undefined ? {} : { tabLimits }),
      });
      return { openMs: performance.now() - startMs, durability: replica.status().durability };
    }),
  /** Ids in the order in which they were acknowledged. */
  add: (ids: readonly string[]) =>
    told(async () => {
      const acknowledged: string[] = [];
      await Promise.all(
        ids.map(async (id) => {
          await opened().write(space, (tx) => {
            tx.entries.create({ writer: "page", effect: "none" }, { id });
          });
          acknowledged.push(id);
        }),
      );
      return acknowledged;
    }),
  addOneByOne: async (prefix: string, count: number) => {
    for (let n = 0; n < count; n++) await driver.add([`${prefix}.${n}`]);
    return count;
  },
  addTotal: (id: string, by: number) =>
    told(async () => {
      await opened().write(space, async (tx) => {
        if ((await tx.totals.get(id)) === undefined) tx.totals.create({}, { id });
        tx.totals.counter(id, "sum").add(by);
      });
    }),
  /** Reads and writes: others that write meanwhile make it run again. */
  raise: (id: string) =>
    told(async () => {
      await opened().write(space, async (tx) => {
        const row = await tx.values.get(id);
        if (row === undefined) tx.values.create({ value: 1 }, { id });
        else tx.values.update(id, { value: (row.value as number) + 1 });
      });
    }),
  createBoard: (id: string) =>
    told(async () => {
      await opened().write(space, (tx) => {
        tx.boards.create({ title: "t" }, { id });
      });
    }),
  openText: (id: string) =>
    told(async () => {
      text = (await opened().space(space).boards.openText(id, "body")) as unknown as TextBinding;
    }),
  /** Not awaited: what is typed goes out by itself. Where the end is, depends on what has come in by then. */
  type: (at: number | "end", inserted: string) => text?.text.insert(at === "end" ? text.text.toString().length : at, inserted),
  textShown: () => text?.text.toString(),
  flushText: () => told(async () => text?.flush()),
  textKept: async (id: string) => (await opened().space(space).boards.get(id))?.body,
  /** How each of many writes at once ended: its code, or nothing. */
  addMany: async (ids: readonly string[]) => {
    const settled = await Promise.allSettled(ids.map((id) => driver.add([id])));
    return settled.map((each) => (each.status === "rejected" ? String(each.reason).split(": ")[1] : ""));
  },
  /** How r0 decided. */
  spend: (account: string, receipt: string, amount: number) =>
    told(async () => (await opened().request(space, "spend", { account, receipt, amount })).decided),
  confirmed: (id: string) =>
    told(async () => {
      const written = await opened().write(space, (tx) => {
        tx.entries.create({ writer: "page" }, { id });
      });
      return written.confirmed;
    }),
  rename: (id: string, title: string) =>
    told(async () => {
      await opened().write(space, (tx) => {
        tx.boards.update(id, { title });
      });
    }),
  title: async (id: string) => (await opened().space(space).boards.get(id))?.title,
  deadLetters: () => opened().deadLetters.list(),
  discard: (id: number) => told(() => opened().deadLetters.discard(id)),
  conflicts: () => opened().conflicts.list(),
  restore: (id: number) => told(async () => void (await opened().conflicts.restore(id))),
  listen(name: "refused" | "conflict" | "signed-out"): void {
    const heard: unknown[] = [];
    Object.assign(globalThis, { [`heard ${name}`]: heard });
    opened().on(name, (event) => heard.push(event));
  },
  heard: (name: string): number => (globalThis as unknown as Record<string, readonly unknown[]>)[`heard ${name}`]?.length ?? 0,
  background: () => opened().background(),
  foreground: () => opened().foreground(),
  sql: () => told(async () => (await opened().sql`select count(*) as n from entries where writer = ${"page"}`.all()) as unknown),
  inspect: (id: string) => told(() => opened().inspect.record(space, "boards", id)),
  unknown: () =>
    told(async () => {
      opened().space("nobody's");
    }),
  signOut: () => told(async () => (await opened().signOut({ pending: "keep" })).length),
  requestWhatCannotBeSent: () =>
    told(async () => {
      await opened().request(space, "spend", { account: (() => "a") as never, receipt: "r", amount: 1 });
    }),
  /**
   * Writers that set two records alike, and readers that see both, each with a pause after each: what was refused or torn, how long reads
   * took, and how long it takes a worker with nothing to do to answer meanwhile.
   */
  crowd: async (name: string, many: number, pauseMs: number, forMs: number) => {
    const endMs = performance.now() + forMs;
    const failures: string[] = [];
    const readMs: number[] = [];
    let writes = 0;
    const loop = async (turn: (n: number) => Promise<void>): Promise<void> => {
      for (let n = 0; performance.now() < endMs; n++) {
        await turn(n).catch((error: unknown) => failures.push(String(error)));
        await new Promise((resolve) => setTimeout(resolve, pauseMs * Math.random()));
      }
    };
    const writer = (i: number) =>
      loop(async (n) => {
        const value = `${name}.${i}.${n}`;
        await opened().write(space, (tx) => {
          for (const id of ["left", "right"]) tx.values.update(id, { value });
        });
        writes++;
      });
    const reader = () =>
      loop(async () => {
        const startMs = performance.now();
        const rows = await opened().sql`select value from "values" where id in (${"left"}, ${"right"})`.all<{ readonly value: string }>();
        readMs.push(performance.now() - startMs);
        if (rows.length !== 2 || rows[0]?.value !== rows[1]?.value) failures.push(`torn: ${JSON.stringify(rows)}`);
      });
    const echoMs: number[] = [];
    await Promise.all([...Array.from({ length: many }, (_, i) => [writer(i), reader()]).flat(), echo(endMs, echoMs)]);
    readMs.sort((a, b) => a - b);
    echoMs.sort((a, b) => a - b);
    return {
      writes,
      reads: readMs.length,
      p50Ms: readMs[Math.floor(readMs.length / 2)] ?? 0,
      p99Ms: readMs[Math.floor(readMs.length * 0.99)] ?? 0,
      echoP99Ms: echoMs[Math.floor(echoMs.length * 0.99)] ?? 0,
      echoMaxMs: echoMs.at(-1) ?? 0,
      failures,
    };
  },
  createPair: () =>
    told(async () => {
      await opened().write(space, (tx) => {
        for (const id of ["left", "right"]) tx.values.create({ value: "" }, { id });
      });
    }),
  value: async (id: string): Promise<unknown> => (await opened().space(space).values.get(id))?.value,
  total: async (id: string) => (await opened().space(space).totals.get(id))?.sum,
  ids: () => told(async () => (await opened().space(space).entries.orderBy("id").all()).map(({ id }) => id)),
  count: () => told(async () => opened().space(space).entries.count()),
  status: () => opened().status(),
  sync: () => told(async () => (await opened().sync()).pending),
  digest: () => told(async () => opened().digest(space)),
  integrity: () => told(async () => (await opened().sql`select integrity_check as found from pragma_integrity_check`.all()) as unknown),
  close: () => told(async () => opened().close()),
  killWorker: () => worker?.terminate(),
  /** Writes until told otherwise; every acknowledged id is told to the test at once. */
  startWriting(prefix: string, everyMs: number) {
    writing = true;
    const { acknowledged } = globalThis as unknown as { readonly acknowledged: (id: string) => Promise<void> };
    const run = async (): Promise<void> => {
      for (let n = 0; writing; n++) {
        const id = `${prefix}.${n}`;
        try {
          await timed(() => driver.add([id]));
          await acknowledged(id);
          await timed(() => driver.count());
        } catch (error) {
          // A page that is closed in the middle is no failure.
          if (!String(error).includes("closed")) await acknowledged(`failed ${String(error)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    };
    void run();
  },
  stopWriting() {
    writing = false;
  },
  longestMs: () => longestMs,
  follow: (seen: string) => {
    opened()
      .space(space)
      .entries.where({})
      .subscribe((rows) => {
        (globalThis as unknown as Record<string, unknown>)[seen] = rows.length;
      });
  },
  /** How many rows each result of a live query of all entries had. */
  followSizes: () => {
    const sizes: number[] = [];
    Object.assign(globalThis, { sizes });
    opened()
      .space(space)
      .entries.where({})
      .subscribe((rows) => sizes.push(rows.length));
  },
  sizes: () => (globalThis as unknown as { readonly sizes: readonly number[] }).sizes,
  /** A live query for each writer; what has fired since it was asked last, and whether a row that had not changed was another object. */
  followWriters: (writers: number) => {
    const fired: string[] = [];
    Object.assign(globalThis, { fired });
    for (let n = 0; n < writers; n++) {
      let before: ReadonlyMap<string, object> = new Map();
      opened()
        .space(space)
        .entries.where({ writer: `w${n}` })
        .subscribe((rows, change) => {
          const changed = new Set([...change.added, ...change.updated].map(({ id }) => id));
          fired.push(rows.every((row) => changed.has(row.id) || before.get(row.id) === row) ? `w${n}` : `w${n} with other objects`);
          before = new Map(rows.map((row) => [row.id, row]));
        });
    }
  },
  fired: () => (globalThis as unknown as { readonly fired: string[] }).fired.splice(0),
  addFor: (writers: readonly string[], prefix: string) =>
    told(async () => {
      await opened().write(space, (tx) => {
        for (const [n, writer] of writers.entries()) tx.entries.create({ writer }, { id: `${prefix}.${n}` });
      });
    }),
  amount: (id: string, amount: number) =>
    told(async () => {
      await opened().write(space, (tx) => {
        tx.entries.update(id, { amount });
      });
    }),
  seen: (name: string) => (globalThis as unknown as Record<string, unknown>)[name],
};

export type Driver = typeof driver;

Object.assign(globalThis, { driver });

/** Of a worker that only says again what it is told. */
async function echo(untilMs: number, tookMs: number[]): Promise<void> {
  const url = URL.createObjectURL(new Blob(["onmessage = ({ data }) => postMessage(data)"], { type: "text/javascript" }));
  const idle = new Worker(url);
  while (performance.now() < untilMs) {
    const startMs = performance.now();
    await new Promise((resolve) => {
      idle.onmessage = resolve;
      idle.postMessage(0);
    });
    tookMs.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  idle.terminate();
  URL.revokeObjectURL(url);
}
