/** What the bench does inside a page. Times are the page's own. */
import { openReplica, type Replica } from "@holdfast/client/web";
import { noteOf, schema } from "../schema.ts";

const space = "bench";
let replica: Replica<typeof schema> | undefined;
let lives: readonly { stop(): void }[] = [];
let told = 0;

function opened(): Replica<typeof schema> {
  if (replica === undefined) throw new Error("Nothing is open.");
  return replica;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const driver = {
  async open(store: string, server: string): Promise<number> {
    const startMs = performance.now();
    replica = await openReplica({
      schema,
      name: store,
      spaces: [space],
      auth: () => "bench",
      worker: () => new Worker(new URL("./replica.worker.ts", import.meta.url), { type: "module" }),
      ...(server === "" ? {} : { server }),
    });
    return performance.now() - startMs;
  },
  floor: (count: number) =>
    new Promise<readonly number[]>((resolve) => {
      const worker = new Worker(new URL("./floor.worker.ts", import.meta.url), { type: "module" });
      worker.addEventListener("message", ({ data }: MessageEvent<readonly number[]>) => {
        worker.terminate();
        resolve(data);
      });
      worker.postMessage(count);
    }),
  async writes(count: number): Promise<readonly number[]> {
    const samples: number[] = [];
    for (let n = 0; n < count; n++) {
      const startMs = performance.now();
      await opened().write(space, (tx) => tx.notes.create(noteOf(n)));
      samples.push(performance.now() - startMs);
    }
    return samples;
  },
  /** Writes a second. */
  async writers(count: number, writers: number): Promise<number> {
    const startMs = performance.now();
    await Promise.all(
      Array.from({ length: writers }, async () => {
        for (let n = 0; n < count / writers; n++) await opened().write(space, (tx) => tx.notes.create(noteOf(n)));
      }),
    );
    return count / ((performance.now() - startMs) / 1_000);
  },
  async firstRecord(): Promise<number> {
    const startMs = performance.now();
    await opened().space(space).notes.limit(1).all();
    return performance.now() - startMs;
  },
  async untilSynced(): Promise<void> {
    await until(() => opened().status().spaces[space]?.synced === true);
  },
  count: () => opened().space(space).notes.count(),
  /** Keeps when each title was first shown, by the wall clock that all pages of a machine share. */
  watch(id: string): void {
    const seen: Record<string, number> = {};
    Object.assign(globalThis, { seen });
    opened()
      .space(space)
      .notes.where({ id })
      .subscribe((rows) => {
        const title = rows[0]?.title;
        if (title !== undefined) seen[title] ??= performance.timeOrigin + performance.now();
      });
  },
  seen: () => (globalThis as unknown as { readonly seen: Readonly<Record<string, number>> }).seen,
  async create(id: string): Promise<void> {
    await opened().write(space, (tx) => {
      tx.notes.create(noteOf(0), { id });
    });
  },
  /** When each edit was asked for. */
  async edits(id: string, count: number, everyMs: number): Promise<Readonly<Record<string, number>>> {
    const asked: Record<string, number> = {};
    for (let n = 0; n < count; n++) {
      const title = `edit ${n}`;
      asked[title] = performance.timeOrigin + performance.now();
      await opened().write(space, (tx) => {
        tx.notes.update(id, { title });
      });
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    return asked;
  },
  /** Live queries over parts of the collection, each with its first result. */
  async watchParts(queries: number): Promise<void> {
    let first = 0;
    const notes = opened().space(space).notes;
    const from = (n: number): string => `Note ${n.toString(36).padStart(6, "0")}`;
    lives = Array.from({ length: queries }, (_, n) => {
      let isFirst = true;
      return notes.where({ title: { gte: from(n * 300), lt: from(n * 300 + 100) } }).subscribe(() => {
        if (isFirst) first++;
        else told++;
        isFirst = false;
      });
    });
    await until(() => first >= queries);
  },
  /** One record's changes: how many of the live queries were told of each, and after what time. */
  async changeOne(changes: number) {
    const notes = opened().space(space).notes;
    const [first] = await notes
      .where({ title: { gte: "Note 000000" } })
      .orderBy("title")
      .limit(1)
      .all();
    if (first === undefined) throw new Error("There are no notes.");
    const firedBy: number[] = [];
    const tookMs: number[] = [];
    for (let n = 0; n < changes; n++) {
      told = 0;
      const startMs = performance.now();
      await opened().write(space, (tx) => tx.notes.update(first.id, { updatedAt: n }));
      await until(() => told > 0);
      tookMs.push(performance.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, 100));
      firedBy.push(told);
    }
    return { firedBy, tookMs };
  },
  idle: (forMs: number) => new Promise<void>((resolve) => setTimeout(resolve, forMs)),
  stopWatching(): void {
    for (const live of lives) live.stop();
    lives = [];
  },
};

export type BenchDriver = typeof driver;

Object.assign(globalThis, { driver });
