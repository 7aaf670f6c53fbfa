import type { RecordRow, Runtime, SpaceId, StoreReader, WriteBatch } from "@holdfast/core/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeAuthor as replica, changeOf as changeAlone } from "../testing/change-of.ts";
import { createMemoryBackend } from "../testing/memory-backend.ts";
import { optimisticLimits } from "./optimistic-limits.ts";
import { createOptimisticTurns, type OptimisticTurns } from "./optimistic-turns.ts";
import { createRowMemory, type RowMemoryLimits, rowMemoryLimits } from "./row-memory.ts";

const key = { collection: "notes", record: "a" };

function open() {
  const backend = createMemoryBackend();
  const clock = { nowMs: 0 };
  let reads = 0;
  backend.beforeRead = () => void reads++;
  const runtime: Runtime = {
    nowMs: () => clock.nowMs,
    wallMs: () => 0,
    random: () => 0.5,
    randomBytes: (length) => new Uint8Array(length),
    setTimer: (_, run) => (setImmediate(run), () => undefined),
  };
  const turns = createOptimisticTurns({ backend, runtime, defer: (run) => void setImmediate(run) });
  return {
    backend,
    clock,
    turns,
    /** How many reads the database was asked for by `run`. */
    async readsOf(run: () => Promise<unknown>): Promise<number> {
      const before = reads;
      await run();
      return reads - before;
    },
  };
}

function changeOf(space: SpaceId, head: number, records: readonly RecordRow[] = []): WriteBatch {
  const marks = [{ space, replica, mark: head, chain: Uint8Array.of(1), lamport: head, recordedThrough: 0 }];
  return changeAlone(space, head, { marks, records });
}

const rowOf = (sequence: number, bytes = 1): RecordRow => ({ ...key, sequence, state: new Uint8Array(bytes), deleted: false });

/** Reads all that a push reads, and appends; gives the numbers that it has read. */
function append(turns: OptimisticTurns, space: SpaceId = "s"): Promise<readonly unknown[]> {
  return turns.transact(space, async (reader) => {
    const found = await readAll(reader);
    const head = (found[0] as number) + 1;
    return { batch: changeOf(space, head, [rowOf(head)]), result: found };
  });
}

async function readAll(reader: StoreReader): Promise<readonly unknown[]> {
  const { head } = await reader.space();
  const [[mark], [record]] = await Promise.all([reader.marks([replica]), reader.records([key])]);
  return [head, mark?.mark, record?.sequence];
}

describe("rows that an instance remembers", () => {
  it("[OPT10] a turn that follows on another asks the database for nothing, and decides over the same rows", async () => {
    const { turns, readsOf } = open();
    expect(await append(turns)).toEqual([0, undefined, undefined]);
    let found: readonly unknown[] = [];
    expect(await readsOf(async () => (found = await append(turns)))).toBe(0);
    expect(found).toEqual([1, 1, 1]);
  });

  it("[OPT10][F01] what another instance has written meanwhile is never overwritten: the turn is decided again over it", async () => {
    const { backend, turns } = open();
    await append(turns);
    // The other instance's turns know nothing of this one's memory.
    const other = createOptimisticTurns({ backend, runtime: otherRuntime, defer: (run) => void setImmediate(run) });
    await append(other);
    expect(await append(turns)).toEqual([2, 2, 2]);
    expect(backend.locks).toEqual([]);
  });

  it("[OPT10] a turn that commits nothing, or throws, has done so over rows that are there still", async () => {
    for (const end of ["nothing", "throw"] as const) {
      const { backend, turns } = open();
      await append(turns);
      backend.overtake("s");
      let runs = 0;
      const turn = turns.transact("s", async (reader) => {
        await reader.space();
        runs++;
        if (end === "throw") throw new Error("refused");
        return { batch: undefined, result: "nothing" };
      });
      await expect(turn.catch((error: Error) => error.message)).resolves.toBe(end === "throw" ? "refused" : "nothing");
      expect(runs).toBe(2);
    }
  });

  it("[OPT11] lets rows go when a connection breaks, and after a while", async () => {
    const { backend, clock, turns, readsOf } = open();
    await append(turns);
    backend.broken++;
    expect(await readsOf(() => append(turns))).toBeGreaterThan(0);
    expect(await readsOf(() => append(turns))).toBe(0);
    clock.nowMs += rowMemoryLimits.ageMsMax + 1;
    expect(await readsOf(() => append(turns))).toBeGreaterThan(0);
  });

  it("[OPT11] does not remember, for some turns, a space that others write", async () => {
    const { backend, turns, readsOf } = open();
    await append(turns);
    backend.overtake("s");
    await append(turns);
    for (let n = 0; n < optimisticLimits.doubtedTurns; n++) expect(await readsOf(() => append(turns))).toBeGreaterThan(0);
    expect(await readsOf(() => append(turns))).toBe(0);
  });

  it("[OPT11] a row that was on its way when rows were let go is not remembered", async () => {
    const memory = createRowMemory(() => 0);
    let arrive = (_: unknown): void => undefined;
    const inner = { space: () => new Promise((resolve) => (arrive = resolve)) } as unknown as StoreReader;
    const reading = memory.reader("s", inner, () => 1).space();
    memory.forget();
    arrive({ space: "s", head: 0, lamport: 0, horizon: 0 });
    await reading;
    expect(memory.versionOf("s")).toBeUndefined();
  });

  const readerOf = (space: SpaceId, horizon = 0): StoreReader =>
    ({
      space: async () => ({ space, head: 0, lamport: 0, horizon }),
      records: async (keys: readonly unknown[]) => keys.map(() => rowOf(0)),
    }) as unknown as StoreReader;

  it("[OPT10][F01] keeps nothing of a space that a commit, or what was read, shows at another version", async () => {
    for (const version of [1, 2]) {
      const memory = createRowMemory(() => 0);
      await memory.reader("s", readerOf("s"), () => 1).space();
      await memory.reader("s", readerOf("s"), () => version).records([key]);
      expect(memory.versionOf("s")).toBe(version === 1 ? 1 : undefined);
      await memory.reader("s", readerOf("s"), () => 1).space();
      memory.committed(changeOf("s", 1), version, version + 1);
      expect(memory.versionOf("s")).toBe(version === 1 ? 2 : undefined);
    }
  });

  it("[OPT10][CMP1] a commit leaves the horizon to compaction", async () => {
    const memory = createRowMemory(() => 0);
    const reader = memory.reader("s", readerOf("s", 5), () => 1);
    await reader.space();
    memory.committed(changeOf("s", 9), 1, 2);
    expect(await reader.space()).toMatchObject({ head: 9, horizon: 5 });
  });

  it("[OPT11] a space that is written all the time is remembered, takes the place of no other, and no more than its share", async () => {
    let nowMs = 0;
    const memory = createRowMemory(() => nowMs, { ...rowMemoryLimits, rowsMax: 24, ageMsMax: 10 });
    for (const space of ["a", "b"]) await memory.reader(space, readerOf(space), () => 1).space();
    for (let head = 1; head < 100; head++) memory.committed(changeOf("b", head, [rowOf(head)]), 1, 1);
    expect(["a", "b"].map((space) => memory.versionOf(space))).toEqual([1, 1]);
    for (nowMs = 8; nowMs < 40; nowMs += 8) memory.committed(changeOf("b", nowMs, [rowOf(nowMs)]), 1, 1);
    expect(["a", "b"].map((space) => memory.versionOf(space))).toEqual([undefined, 1]);
    memory.committed(
      changeOf(
        "b",
        50,
        Array.from({ length: 6 }, (_, n) => ({ ...rowOf(50), record: `${n}` })),
      ),
      1,
      1,
    );
    expect(memory.versionOf("b")).toBeUndefined();
  });

  it("[OPT10] says what the store says, however little it may hold", async () => {
    const limits = fc.record({
      rowsMax: fc.integer({ min: 4, max: 60 }),
      bytesMax: fc.integer({ min: 40, max: 600 }),
      ageMsMax: fc.constant(10),
    });
    const step = fc.record({
      space: fc.constantFrom("s", "t"),
      keys: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 3 }),
      does: fc.constantFrom("read", "write", "collect", "forget", "wait"),
      bytes: fc.nat(40),
    });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { maxLength: 60, size: "max" }), async (bounds, steps) => {
        let nowMs = 0;
        const truth = new Map<string, RecordRow | undefined>();
        const heads = new Map<string, number>();
        const memory = createRowMemory(() => nowMs, bounds);
        for (const { space, keys, does, bytes } of steps) {
          const named = keys.map((n) => ({ collection: "notes", record: `${n}` }));
          const inner = {
            space: async () => ({ space, head: heads.get(space) ?? 0, lamport: 0, horizon: 0 }),
            marks: async () => [undefined],
            records: async (asked: readonly { readonly record: string }[]) => asked.map(({ record }) => truth.get(space + record)),
          } as unknown as StoreReader;
          const reader = memory.reader(space, inner, () => 1);
          expect((await reader.space()).head).toBe(heads.get(space) ?? 0);
          expect(await reader.records(named)).toEqual(named.map(({ record }) => truth.get(space + record)));
          if (does === "wait") nowMs += 20;
          if (does === "forget") memory.forget(space);
          if (does !== "write" && does !== "collect") continue;
          const head = (heads.get(space) ?? 0) + 1;
          heads.set(space, head);
          const rows = named.map((name): RecordRow => ({ ...name, sequence: head, state: new Uint8Array(bytes), deleted: false }));
          for (const row of rows) truth.set(space + row.record, does === "write" ? row : undefined);
          const batch = changeOf(space, head, does === "write" ? rows : []);
          memory.committed({ ...batch, collected: does === "collect" ? rows : [] }, 1, 1);
        }
      }),
      { seed: 20261123, numRuns: 300 },
    );
  });

  it("[OPT11] bounds the rows and the bytes that it holds", async () => {
    const inner = { records: async () => [rowOf(1, 60)] } as unknown as StoreReader;
    const held = async (limits: Partial<RowMemoryLimits>, spaces: number): Promise<number> => {
      const memory = createRowMemory(() => 0, { ...rowMemoryLimits, ...limits });
      for (let n = 0; n < spaces; n++) {
        const reader = memory.reader(
          `${n}`,
          { ...inner, space: async () => ({ space: `${n}`, head: 1, lamport: 1, horizon: 0 }) },
          () => 1,
        );
        await reader.space();
        await reader.records([key]);
      }
      return Array.from({ length: spaces }, (_, n) => memory.versionOf(`${n}`)).filter((version) => version !== undefined).length;
    };
    expect(await held({}, 100)).toBe(100);
    expect(await held({ rowsMax: 20 }, 100)).toBeLessThanOrEqual(20);
    expect(await held({ bytesMax: 600 }, 100)).toBeLessThanOrEqual(20);
  });
});

const otherRuntime: Runtime = {
  nowMs: () => 0,
  wallMs: () => 0,
  random: () => 0.5,
  randomBytes: (length) => new Uint8Array(length).fill(7),
  setTimer: (_, run) => (setImmediate(run), () => undefined),
};
