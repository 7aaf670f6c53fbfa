/** What r0 relies on in every bus (rules BUS of `docs/spec/server.md`), which is little: notices are hints. */
import assert from "node:assert/strict";
import type { Bus, Notice, SpaceId } from "@holdfast/core/engine";
import type { SuiteRunner } from "./suite-runner.ts";

export interface BusFixture {
  /** Two instances' ends of one bus; the same one for a bus within a process. */
  readonly here: Bus;
  readonly there: Bus;
  /** Resolves when what was followed is heard from now on, and what was published has arrived, as far as it will. */
  readonly settled: () => Promise<void>;
  dispose(): Promise<void>;
}

export function describeBus(runner: SuiteRunner, name: string, open: () => Promise<BusFixture>): void {
  const it = (title: string, body: (fixture: BusFixture) => Promise<void>): void => {
    runner.it(title, async () => {
      const fixture = await open();
      try {
        await body(fixture);
      } finally {
        await fixture.dispose();
      }
    });
  };
  runner.describe(`the bus contract: ${name}`, () => {
    it("[BUS1] a notice reaches every listener, the publisher's own too, once and in order", async ({ here, there, settled }) => {
      const [mine, theirs] = [listen(here, "s"), listen(there, "s")];
      await settled();
      for (let head = 1; head <= 5; head++) here.publish(noticeOf(head));
      assert.deepEqual(mine.heads, [1, 2, 3, 4, 5], "the publisher's own hear it at once");
      await settled();
      assert.deepEqual(mine.heads, [1, 2, 3, 4, 5]);
      assert.deepEqual(theirs.heads, [1, 2, 3, 4, 5]);
    });

    it("[BUS1] a notice arrives as it was published, with its changes", async ({ here, there, settled }) => {
      const { notices } = listen(there, "Käse 🧀:1");
      await settled();
      const notice = { ...noticeOf(7, "Käse 🧀:1"), author: replica, changes: [changeOf(6), changeOf(7)], after: 5 };
      here.publish(notice);
      await settled();
      assert.deepEqual(notices, [notice]);
    });

    it("[BUS2] who has stopped listening hears nothing more", async ({ here, there, settled }) => {
      const { heads, subscription } = listen(there, "s");
      await settled();
      here.publish(noticeOf(1));
      await settled();
      subscription.stop();
      here.publish(noticeOf(2));
      subscription.follow("s");
      await settled();
      here.publish(noticeOf(3));
      await settled();
      assert.deepEqual(heads, [1]);
    });

    it("[BUS3][F08] publishing never throws: not when a listener does, and not on a closed bus", async ({ here, there, settled }) => {
      const broken = there.subscribe({
        heard: () => {
          throw new Error("a listener broke");
        },
        doubted: () => {
          throw new Error("a listener broke");
        },
      });
      broken.follow("s");
      const { heads } = listen(there, "s");
      await settled();
      here.publish(noticeOf(1));
      await settled();
      assert.deepEqual(heads, [1]);
      await here.close();
      here.publish(noticeOf(2));
    });

    it("[BUS4] a listener hears of the spaces that it follows, and of no other", async ({ here, there, settled }) => {
      const one = listen(there, "a");
      const both = listen(there, "a", "b");
      await settled();
      for (const space of ["a", "b", "c"]) here.publish(noticeOf(1, space));
      await settled();
      assert.deepEqual(one.spaces(), ["a"]);
      assert.deepEqual(both.spaces(), ["a", "b"]);
      both.subscription.unfollow("a");
      await settled();
      for (const space of ["a", "b", "c"]) here.publish(noticeOf(2, space));
      await settled();
      assert.deepEqual(one.spaces(), ["a", "a"]);
      assert.deepEqual(both.spaces(), ["a", "b", "b"]);
      both.subscription.follow("a");
      await settled();
      here.publish(noticeOf(3, "a"));
      await settled();
      assert.deepEqual(both.spaces(), ["a", "b", "b", "a"]);
    });

    it("[BUS6] a whisper reaches the other instances that follow its space, at most once, and is owed to nobody", async ({
      here,
      there,
      settled,
    }) => {
      const heard: string[] = [];
      const follower = there.subscribe({
        heard: () => {},
        doubted: () => {},
        whispered: (space, bytes) => heard.push(`${space}: ${bytes.join(" ")}`),
      });
      follower.follow("s");
      listen(there, "s");
      await settled();
      here.whisper("s", Uint8Array.of(1, 2, 3));
      here.whisper("other", Uint8Array.of(4));
      await settled();
      assert.deepEqual(heard, ["s: 1 2 3"]);
      follower.stop();
      here.whisper("s", Uint8Array.of(5));
      await settled();
      assert.deepEqual(heard, ["s: 1 2 3"]);
      await here.close();
      here.whisper("s", Uint8Array.of(6));
    });

    it("[BUS5][F08] what a listener has not heard since it followed the space, it is told to doubt", async ({ here, there, settled }) => {
      const late = listen(there, "s");
      // Published before the bus is sure to hear the space.
      here.publish(noticeOf(1));
      await settled();
      assert.ok(late.heads.length === 1 || late.doubts.some((spaces) => spaces === undefined || spaces.includes("s")));
    });
  });
}

function listen(bus: Bus, ...spaces: readonly SpaceId[]) {
  const notices: Notice[] = [];
  const heads: number[] = [];
  const doubts: (readonly SpaceId[] | undefined)[] = [];
  const subscription = bus.subscribe({
    heard: (notice) => {
      notices.push(notice);
      heads.push(notice.head);
    },
    doubted: (doubted) => doubts.push(doubted),
  });
  for (const space of spaces) subscription.follow(space);
  return { notices, heads, doubts, subscription, spaces: () => notices.map(({ space }) => space) };
}

const replica = "000102030405060708090a0b0c0d0e0f";

function noticeOf(head: number, space = "s"): Notice {
  return { space, head, after: head - 1, author: "", changes: [] };
}

function changeOf(sequence: number): Notice["changes"][number] {
  return {
    sequence,
    transaction: {
      replica: replica as Notice["changes"][number]["transaction"]["replica"],
      counter: sequence,
      lamport: sequence,
      schemaVersion: 1,
      wallMs: 0,
      dependencies: new Map(),
      body: { type: "void", counters: 1 },
      extensions: [],
    },
  };
}
