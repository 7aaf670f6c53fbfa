import type { Notice, SpaceRow } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import type { LogEntry } from "../options.ts";
import { createTestClock } from "../testing/test-clock.ts";
import { SpaceWatch } from "./space-watch.ts";

const limits = { antiEntropyMs: 10_000, antiEntropySpacesMax: 3, doubtMsMax: 1_000 };
const row = (space: string, head: number): SpaceRow => ({ space, head, lamport: 0, horizon: 0 });
const noticeOf = (space: string, head: number): Notice => ({ space, head, after: head - 1, author: "a", changes: [] });
const ticks = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

function open({ isExclusive = false, random = 0.5 } = {}) {
  const clock = createTestClock();
  clock.runtime.random = () => random;
  const heads = new Map<string, number>();
  const asked: (readonly string[])[] = [];
  const handed: Notice[] = [];
  const log: LogEntry[] = [];
  let failing = false;
  let answer: Promise<void> = Promise.resolve();
  const store = {
    isExclusive,
    async readSpaces(spaces: readonly string[]) {
      asked.push(spaces);
      await answer;
      if (failing) throw new Error("the database is away");
      return spaces.map((space) => row(space, heads.get(space) ?? 0));
    },
  };
  const watch = new SpaceWatch({
    store,
    runtime: clock.runtime,
    limits,
    hand: (notice) => handed.push(notice),
    log: (entry) => log.push(entry),
  });
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await ticks();
  };
  return {
    ...{ watch, heads, asked, handed, log, advance },
    fail: (fails: boolean) => void (failing = fails),
    hold: (until: Promise<void>) => {
      answer = until;
    },
  };
}

describe("what an instance knows of the spaces that are followed on it", () => {
  it("[PSH3] news is handed on once, however often and late it is said", () => {
    const { watch, handed } = open();
    watch.follow("s");
    for (const head of [1, 2, 2, 1, 4, 3, 4]) watch.heard(noticeOf("s", head));
    watch.heard(noticeOf("other", 9));
    expect(handed.map(({ head }) => head)).toEqual([1, 2, 4]);
    watch.unfollow("s");
    watch.heard(noticeOf("s", 5));
    expect(handed).toHaveLength(3);
  });

  it("[PSH3][F08] what no news has told is found within one and a half periods, in batches, and only what is new is told", async () => {
    for (const random of [0, 0.5, 0.999]) {
      const { watch, heads, asked, handed, advance } = open({ random });
      const spaces = ["a", "b", "c", "d"];
      for (const space of spaces) watch.follow(space);
      watch.heard(noticeOf("a", 7));
      heads.set("a", 7).set("b", 3);
      let tookMs = 0;
      for (; asked.length < 2 && tookMs < 60_000; tookMs += 100) await advance(100);
      expect(tookMs).toBeLessThanOrEqual(1.5 * limits.antiEntropyMs + limits.doubtMsMax + 100);
      expect(asked).toEqual([["a", "b", "c"], ["d"]]);
      expect(handed.slice(1)).toEqual([{ space: "b", head: 3, after: 3, author: "", changes: [] }]);
      heads.set("d", 1);
      for (let ms = 0; handed.length < 3 && ms < 60_000; ms += 100) await advance(100);
      expect(handed.at(-1)).toMatchObject({ space: "d", head: 1 });
    }
  });

  it("[PSH3] a database that nobody else writes to is not asked", async () => {
    const { watch, asked, advance } = open({ isExclusive: true });
    watch.follow("s");
    for (let i = 0; i < 10; i++) await advance(60_000);
    expect(asked).toEqual([]);
  });

  it("[PSH3][T16] what the bus doubts is looked at soon, once for many doubts, and spread over the instances", async () => {
    const { watch, heads, asked, handed, advance } = open({ random: 0.4 });
    for (const space of ["a", "b"]) watch.follow(space);
    heads.set("a", 1).set("b", 1);
    for (let i = 0; i < 5; i++) watch.doubted(["a"]);
    await advance(399);
    expect(asked).toEqual([]);
    await advance(1);
    expect(asked).toEqual([["a"]]);
    expect(handed).toMatchObject([{ space: "a", head: 1 }]);
    watch.doubted(undefined);
    watch.doubted(["a"]);
    await advance(400);
    expect(asked.slice(1)).toEqual([["a", "b"]]);
  });

  it("[PSH3] a database that is slow or away is asked one round at a time, and again", async () => {
    const { watch, heads, asked, handed, log, advance, fail, hold } = open({ random: 0.5 });
    watch.follow("a");
    let release = (): void => {};
    hold(new Promise((resolve) => (release = resolve)));
    for (let i = 0; i < 5; i++) {
      watch.doubted(["a"]);
      await advance(500);
    }
    expect(asked).toHaveLength(1);
    fail(true);
    release();
    await ticks();
    expect(log.map(({ event }) => event)).toEqual(["heads-unread"]);
    fail(false);
    heads.set("a", 2);
    await advance(1_000);
    for (let ms = 0; handed.length === 0 && ms < 20_000; ms += 500) await advance(500);
    expect(handed).toMatchObject([{ space: "a", head: 2 }]);
    watch.stop();
    const before = asked.length;
    for (let i = 0; i < 10; i++) await advance(60_000);
    expect(asked).toHaveLength(before);
  });
});
