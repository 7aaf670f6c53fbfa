import type { Runtime, ServerStore, SpaceId } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { changeOf } from "../testing/change-of.ts";
import { createMemoryBackend, type MemoryBackend } from "../testing/memory-backend.ts";
import { findCommit } from "./optimistic-backend.ts";
import { createGroupCommit } from "./optimistic-groups.ts";
import { type OptimisticLimits, optimisticLimits } from "./optimistic-limits.ts";
import { createOptimisticTurns, type OptimisticTurns } from "./optimistic-turns.ts";

/** Sleeps take no time, and the clock moves by them. */
function createFastClock(): Runtime {
  let nowMs = 0;
  let drawn = 0;
  return {
    nowMs: () => nowMs,
    wallMs: () => 0,
    random: () => 0.5,
    randomBytes: (length) => Uint8Array.from({ length }, (_, i) => (i === 0 ? ++drawn : drawn >> 8)),
    setTimer(delayMs, run) {
      const timer = setImmediate(() => {
        nowMs += Math.max(1, delayMs);
        run();
      });
      return () => clearImmediate(timer);
    },
  };
}

function open(
  backend: MemoryBackend = createMemoryBackend(),
  limits: Partial<OptimisticLimits> = {},
  shardOf?: (space: SpaceId) => string,
) {
  const runtime = createFastClock();
  const turns = createOptimisticTurns({
    backend,
    runtime,
    limits,
    defer: (run) => void setImmediate(run),
    ...(shardOf === undefined ? {} : { shardOf }),
  });
  return { backend, runtime, turns };
}

/** Commits that take until they are released, of batches of one shard. */
function holdCommits() {
  const sizes: number[] = [];
  const release: (() => void)[] = [];
  const commits: Pick<Parameters<typeof createGroupCommit>[0], "commit" | "shardOf" | "defer"> = {
    commit: async (batches) => {
      sizes.push(batches.length);
      await new Promise<void>((resolve) => release.push(resolve));
      return batches.map(() => ({ type: "done" }));
    },
    shardOf: () => "",
    defer: (run) => void setImmediate(run),
  };
  return { sizes, release, commits };
}

/** Appends one change; gives its sequence number. */
function append(turns: Pick<ServerStore, "transact">, space: SpaceId, also: () => void | Promise<void> = () => {}): Promise<number> {
  return turns.transact(space, async (reader) => {
    const { head } = await reader.space();
    await also();
    return { batch: changeOf(space, head + 1), result: head + 1 };
  });
}

const headOf = (turns: OptimisticTurns, space: SpaceId): Promise<number> =>
  turns.transact(space, async (reader) => ({ batch: undefined, result: (await reader.space()).head }));

describe("optimistic turns", () => {
  it("[OPT1][F01][T5] a turn that was overtaken is decided again over what is there then: numbers are dense, over any number of instances", async () => {
    const backend = createMemoryBackend();
    const instances = Array.from({ length: 4 }, () => open(backend).turns);
    const given = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        append(instances[i % 4] as OptimisticTurns, "s", () => new Promise((resolve) => setImmediate(resolve))),
      ),
    );
    expect([...given].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(await headOf(instances[0] as OptimisticTurns, "s")).toBe(40);
  });

  it("[OPT1] what is read between another's commits is never committed over them", async () => {
    const { backend, turns } = open();
    await append(turns, "s");
    let runs = 0;
    backend.faults.push(() => backend.overtake("s"));
    expect(await append(turns, "s", () => void runs++)).toBe(2);
    expect(runs).toBe(2);
  });

  it("[OPT2] an attempt that read rows of two versions is nobody's outcome, whatever its callbacks made of it", async () => {
    for (const end of ["throws", "answers", "writes"] as const) {
      const { backend, turns } = open();
      await append(turns, "s");
      let runs = 0;
      const result = await turns.transact("s", async (reader) => {
        const { head } = await reader.space();
        if (++runs === 1) backend.overtake("s");
        const rows = await reader.marks([]).catch(() => "caught" as const);
        if (rows === "caught" && end === "throws") throw new Error("decided over a mixture");
        return { batch: end === "writes" ? changeOf("s", head + 1) : undefined, result: rows };
      });
      expect([result, runs]).toEqual([[], 2]);
    }
  });

  it("[DBS3] a turn that throws over rows that belong together has thrown", async () => {
    const { turns, backend } = open();
    let runs = 0;
    const failing = turns.transact("s", async (reader) => {
      await reader.space();
      runs++;
      throw new Error("the arbiter broke");
    });
    await expect(failing).rejects.toThrow("the arbiter broke");
    expect([runs, backend.commits]).toEqual([1, []]);
  });

  it("[OPT3] a turn that is overtaken again and again is committed under the space's lock", async () => {
    const { backend, turns } = open();
    await append(turns, "s");
    for (let i = 0; i < optimisticLimits.overtakenMax; i++) backend.faults.push(() => backend.overtake("s"));
    let runs = 0;
    expect(await append(turns, "s", () => void runs++)).toBe(2);
    expect([runs, backend.locks]).toEqual([optimisticLimits.overtakenMax + 1, ["s"]]);
    expect(await append(turns, "s")).toBe(3);
  });

  it("[OPT3] a turn that cannot have the lock goes on without it", async () => {
    const { backend, turns } = open();
    await append(turns, "s");
    backend.lock = async () => undefined;
    for (let i = 0; i < 2 * optimisticLimits.overtakenMax; i++) backend.faults.push(() => backend.overtake("s"));
    expect(await append(turns, "s")).toBe(2);
  });

  it("[OPT3] a lock is let go of, also when its turn throws or has nothing to write", async () => {
    const { backend, turns } = open(createMemoryBackend(), { overtakenMax: 0 });
    await expect(turns.transact("s", () => Promise.reject(new Error("broke")))).rejects.toThrow("broke");
    expect(await headOf(turns, "s")).toBe(0);
    expect(await append(turns, "s")).toBe(1);
    expect(backend.locks).toEqual(["s", "s", "s"]);
  });

  it("[OPT4][F12] a commit whose answer was lost is done once, whether it was done or not", async () => {
    for (const fault of ["lost-after", "lost-before"] as const)
      for (const overtakenMax of [0, 3]) {
        const { backend, turns } = open(createMemoryBackend(), { overtakenMax });
        let runs = 0;
        await append(turns, "s");
        backend.faults.push(fault, "deadlock", fault);
        expect(await append(turns, "s", () => void runs++)).toBe(2);
        expect([runs, await headOf(turns, "s")]).toEqual([1, 2]);
      }
  });

  it("[OPT4] a lost commit is found behind others that came after it, and decided again if one of them came before", async () => {
    for (const [fault, heads, runs] of [
      ["lost-after", 2, 1],
      ["lost-before", 2, 2],
    ] as const) {
      const { backend, turns } = open();
      await append(turns, "s");
      let ran = 0;
      backend.faults.push(fault, () => {
        for (let i = 0; i < 7; i++) backend.overtake("s");
      });
      expect(await append(turns, "s", () => void ran++)).toBe(2);
      expect([ran, await headOf(turns, "s")]).toEqual([runs, heads]);
    }
  });

  it("[OPT4] a lost commit of which nobody can tell any more is told as unknown, and is not repeated", async () => {
    for (const fault of ["lost-after", "lost-before"] as const) {
      const { backend, turns } = open();
      await append(turns, "s");
      let runs = 0;
      backend.faults.push(fault, () => {
        for (let i = 0; i < 9; i++) backend.overtake("s");
      });
      await expect(append(turns, "s", () => void runs++)).rejects.toMatchObject({ code: "commit-unknown", retry: false });
      expect(runs).toBe(1);
    }
  });

  it("[OPT4] what a space's row names tells a commit's fate, or that nobody can tell", () => {
    const batch = { batch: changeOf("s", 1), version: 5, id: "0000000100000009" };
    const others = (count: number) => Array.from({ length: count }, (_, i) => `a000000${i}00000001`);
    expect(findCommit(batch, { version: 5, ids: others(8) })).toBe(false);
    expect(findCommit(batch, { version: 6, ids: [...others(4), batch.id] })).toBe(true);
    expect(findCommit(batch, { version: 99, ids: [batch.id, ...others(7)] })).toBe(true);
    expect(findCommit(batch, { version: 99, ids: ["0000000100000008", ...others(7)] })).toBe(false);
    expect(findCommit(batch, { version: 99, ids: others(7) })).toBe(false);
    expect(findCommit(batch, { version: 12, ids: others(8) })).toBe(false);
    expect(findCommit(batch, { version: 13, ids: others(8) })).toBeUndefined();
  });

  it("[OPT7] a database that does not come back within a turn's time: the turn has changed nothing, or is unknown", async () => {
    const { backend, turns } = open();
    backend.faults.push(...Array.from({ length: 10_000 }, () => "deadlock" as const));
    await expect(append(turns, "s")).rejects.toMatchObject({ code: "store-busy", origin: "disk", retry: true });
    backend.faults.length = 0;
    expect(await append(turns, "s")).toBe(1);
    backend.faults.push(...Array.from({ length: 10_000 }, () => "lost-before" as const));
    await expect(append(turns, "s")).rejects.toMatchObject({ code: "commit-unknown" });
    backend.faults.length = 0;
    expect(await append(turns, "s")).toBe(2);
  });

  it("[OPT7] a read that fails for a reason that passes is read again", async () => {
    const { backend, turns } = open();
    const { HoldfastError } = await import("@holdfast/core/engine");
    let reads = 0;
    backend.beforeRead = () => {
      if (++reads < 4) throw new HoldfastError("store-failed", "away", { origin: "disk", retry: true, advice: "" });
    };
    expect(await append(turns, "s")).toBe(1);
    expect(reads).toBeGreaterThan(3);
    backend.beforeRead = () => {
      throw new HoldfastError("store-corrupt", "gone", { origin: "disk", retry: false, advice: "" });
    };
    await expect(append(turns, "t")).rejects.toMatchObject({ code: "store-corrupt" });
  });

  it("[OPT6][DBS2][F01] a space that somebody else holds delays its own turns only", async () => {
    const { backend, turns } = open();
    await Promise.all([append(turns, "slow"), append(turns, "quick")]);
    const release = backend.hold("slow");
    const order: string[] = [];
    const slow = append(turns, "slow").then(() => order.push("slow"));
    for (let i = 0; i < 20; i++) await append(turns, "quick");
    order.push("quick");
    release();
    await slow;
    expect(order).toEqual(["quick", "slow"]);
  });

  it("[OPT6][T9] a batch that cannot be written takes no other with it", async () => {
    const { backend, turns } = open();
    const spaces = Array.from({ length: 9 }, (_, i) => `s${i}`);
    await Promise.all(spaces.map((space) => append(turns, space)));
    backend.commits.length = 0;
    const results = await Promise.allSettled(
      spaces.map((space, i) =>
        i === 4 ? turns.transact(space, async () => ({ batch: changeOf(space, 1), result: 0 })) : append(turns, space),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(spaces.map((_, i) => (i === 4 ? "rejected" : "fulfilled")));
    expect(backend.commits.length).toBeLessThan(9);
  });

  it("[OPT5] batches that come together share a commit; of spaces that are new, and of other shards, they go apart", async () => {
    const { backend, turns } = open(createMemoryBackend(), {}, (space) => space.slice(0, 1));
    const all = ["a1", "b1", "a2", "b2"];
    await Promise.all(all.map((space) => append(turns, space)));
    await Promise.all([...all, "a3"].map((space) => append(turns, space)));
    expect(backend.commits.map((group) => group.join())).toEqual(["a1,a2", "b1,b2", "a1,a2", "b1,b2", "a3"]);
  });

  it("[OPT5] a commit is bounded by batches, bytes and how many are under way; the others wait together", async () => {
    const { sizes, release, commits } = holdCommits();
    const groups = createGroupCommit({
      ...commits,
      setTimer: () => () => undefined,
      limits: { groupBatchesMax: 3, groupBytesMax: 1_000, groupsInFlightMax: 2, companyBatchesMin: 1, companyMsMax: 1 },
    });
    const large = {
      ...changeOf("x", 1),
      records: [{ collection: "c", record: "r", state: new Uint8Array(2_000), sequence: 1, deleted: false }],
    };
    const add = (i: number) => groups.add({ batch: i === 7 ? large : changeOf(`${i}`, 2), version: 1, id: `${i}` });
    const all = Promise.all(Array.from({ length: 10 }, (_, i) => add(i)));
    const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
    await settle();
    expect(sizes).toEqual([3, 3]);
    while (release.length > 0) {
      release.shift()?.();
      await settle();
    }
    expect(sizes).toEqual([3, 3, 1, 1, 2]);
    expect((await all).every(({ type }) => type === "done")).toBe(true);
  });

  it("[OPT5] beside a commit that is under way another one waits for company, and not for long", async () => {
    const { sizes, release, commits } = holdCommits();
    const timers: { readonly delayMs: number; readonly run: () => void; over: boolean }[] = [];
    const groups = createGroupCommit({
      ...commits,
      setTimer: (delayMs, run) => {
        const timer = { delayMs, run, over: false };
        timers.push(timer);
        return () => void (timer.over = true);
      },
      limits: { ...optimisticLimits, groupsInFlightMax: 3, companyBatchesMin: 3, companyMsMax: 7 },
    });
    const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
    let added = 0;
    const add = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) void groups.add({ batch: changeOf(`${++added}`, 2), version: 1, id: `${added}` });
      await settle();
    };
    await add(1);
    await add(2);
    expect([sizes, timers.map(({ delayMs }) => delayMs)]).toEqual([[1], [7]]);
    await add(1);
    expect([sizes, timers[0]?.over]).toEqual([[1, 3], true]);
    await add(1);
    timers[1]?.run();
    await settle();
    expect(sizes).toEqual([1, 3, 1]);
    // All that may be under way are; the rest goes together when one of them ends.
    await add(4);
    release.splice(0).forEach((done) => done());
    await settle();
    expect(sizes).toEqual([1, 3, 1, 4]);
    release.splice(0).forEach((done) => done());
  });

  it("[OPT8] who closes waits for the turns that are under way", async () => {
    const { turns } = open();
    const appended = append(turns, "s");
    await turns.drained();
    expect(await Promise.race([appended, Promise.resolve("still under way")])).toBe(1);
    await turns.drained();
  });
});
