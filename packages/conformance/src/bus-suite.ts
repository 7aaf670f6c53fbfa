/** What r0 relies on in every bus (rules BUS of `docs/spec/server.md`), which is little: notices are hints. */
import assert from "node:assert/strict";
import type { Bus, Notice } from "@holdfast/core/engine";
import type { SuiteRunner } from "./suite-runner.ts";

export interface BusFixture {
  /** Two instances' ends of one bus; the same one for a bus within a process. */
  readonly here: Bus;
  readonly there: Bus;
  /** Resolves when what was published has arrived, as far as it will. */
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
      const heardHere: number[] = [];
      const heardThere: number[] = [];
      here.subscribe((notice) => heardHere.push(notice.head));
      there.subscribe((notice) => heardThere.push(notice.head));
      for (let head = 1; head <= 5; head++) here.publish(noticeOf(head));
      await settled();
      assert.deepEqual(heardHere, [1, 2, 3, 4, 5]);
      assert.deepEqual(heardThere, [1, 2, 3, 4, 5]);
    });

    it("[BUS2] who has stopped listening hears nothing more", async ({ here, there, settled }) => {
      const heard: number[] = [];
      const stop = there.subscribe((notice) => heard.push(notice.head));
      here.publish(noticeOf(1));
      await settled();
      stop();
      here.publish(noticeOf(2));
      await settled();
      assert.deepEqual(heard, [1]);
    });

    it("[BUS3][F08] publishing never throws: not when a listener does, and not on a closed bus", async ({ here, there, settled }) => {
      const heard: number[] = [];
      there.subscribe(() => {
        throw new Error("a listener broke");
      });
      there.subscribe((notice) => heard.push(notice.head));
      here.publish(noticeOf(1));
      await settled();
      assert.deepEqual(heard, [1]);
      await here.close();
      here.publish(noticeOf(2));
    });
  });
}

function noticeOf(head: number): Notice {
  return { space: "s", head, after: head - 1, author: "", changes: [] };
}
