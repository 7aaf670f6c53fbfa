import { describe, expect, it } from "vitest";
import type { LogEntry, Principal } from "../options.ts";
import { memoryRateLimits } from "../rate-limits/memory-rate-limits.ts";
import type { RateLimits } from "../rate-limits/rate-limits.ts";
import { createTestClock } from "../testing/test-clock.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import { openTestServer } from "../testing/test-server.ts";
import type { ConnectedDevices, PushAnswer, PushOptions, PushTarget, WakeUp } from "./push-gateway.ts";
import { DeviceWaker, wakeUps } from "./waker.ts";

const sent: PushAnswer = { type: "sent" };
const ticks = async (count = 40): Promise<void> => {
  for (let i = 0; i < count; i++) await Promise.resolve();
};
/** Every take is allowed, or none for so long. */
const limitsOf = (retryAfterMs: () => number): RateLimits => ({
  counter: () => ({ take: async () => ({ allowed: retryAfterMs() === 0, retryAfterMs: retryAfterMs() }) }),
  close: async () => {},
});

function open(change: Partial<PushOptions<string, Principal>> = {}, { retryAfterMs = (): number => 0 } = {}) {
  const clock = createTestClock();
  const woken: { readonly subscription: string; readonly wakeUp: WakeUp; readonly atMs: number }[] = [];
  const dropped: string[] = [];
  const log: LogEntry[] = [];
  const targets = new Map<string, readonly PushTarget<string>[]>();
  const answers: PushAnswer[] = [];
  let drawn = 0;
  // 0, 0.1 … 0.9, again and again.
  const runtime = { ...clock.runtime, random: () => (drawn++ % 10) / 10 };
  const options: PushOptions<string, Principal> = {
    gateway: {
      async send(subscription, wakeUp) {
        woken.push({ subscription, wakeUp, atMs: runtime.nowMs() });
        return answers.shift() ?? sent;
      },
    },
    deviceOf: ({ id }) => id,
    subscriptionsOf: (space) => targets.get(space) ?? [],
    dropped: ({ device }) => void dropped.push(device),
    ...change,
  };
  const host = { runtime, rateLimits: limitsOf(retryAfterMs), callbackMsMax: 1_000, log: (entry: LogEntry) => void log.push(entry) };
  const waker = new DeviceWaker(options as unknown as PushOptions<unknown, Principal>, host);
  const subscribe = (space: string, ...devices: readonly string[]): void =>
    void targets.set(
      space,
      devices.map((device) => ({ device, subscription: `to ${device}` })),
    );
  const advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      await ticks();
    }
  };
  return { waker, woken, dropped, log, answers, subscribe, advance };
}

describe("devices that are asleep", () => {
  it("[PSH6] are woken after a change, once for what comes together, and are told where and not what", async () => {
    const { waker, woken, subscribe, advance } = open();
    subscribe("s", "phone");
    subscribe("t", "phone", "tablet");
    for (let i = 0; i < 20; i++) waker.changed("s");
    waker.changed("t");
    await advance(1_900);
    expect(woken).toEqual([]);
    await advance(10_000);
    expect(woken.map(({ subscription, wakeUp }) => [subscription, [...wakeUp.spaces].sort()])).toEqual([
      ["to phone", ["s", "t"]],
      ["to tablet", ["t"]],
    ]);
    await advance(60_000);
    expect(woken).toHaveLength(2);
  });

  it("[PSH6][T16] of one space do not come at once: a random moment each, within a window by their number", async () => {
    const { waker, woken, subscribe, advance } = open({ limits: { wakeUpsPerSecond: 10 } });
    subscribe("s", ...Array.from({ length: 200 }, (_, index) => `device ${index}`));
    waker.changed("s");
    await advance(30_000);
    expect(woken).toHaveLength(200);
    const perSecond = new Map<number, number>();
    for (const { atMs } of woken) perSecond.set(Math.floor(atMs / 1_000), (perSecond.get(Math.floor(atMs / 1_000)) ?? 0) + 1);
    expect(perSecond.size).toBeGreaterThanOrEqual(10);
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(20);
    const few = open();
    few.subscribe("s", "a", "b", "c", "d", "e");
    few.waker.changed("s");
    await few.advance(10_000);
    expect(new Set(few.woken.map(({ atMs }) => atMs)).size).toBe(5);
  });

  it("[PSH6] are not woken more often than their budget says, and hear then of all that has come since", async () => {
    let waitMs = 0;
    const { waker, woken, subscribe, advance } = open({}, { retryAfterMs: () => waitMs });
    subscribe("s", "phone");
    subscribe("t", "phone");
    waker.changed("s");
    await advance(10_000);
    expect(woken).toHaveLength(1);
    waitMs = 20_000;
    waker.changed("s");
    await advance(8_000);
    waker.changed("t");
    await advance(8_000);
    expect(woken).toHaveLength(1);
    waitMs = 0;
    await advance(60_000);
    expect(woken).toHaveLength(2);
    expect([...(woken[1]?.wakeUp.spaces ?? [])].sort()).toEqual(["s", "t"]);
  });

  it("[PSH7] are those without a session, here or on another instance, also when their moment has come", async () => {
    const elsewhere = new Set(["on the other instance"]);
    const here = new Set<string>();
    const devices: ConnectedDevices = {
      arrived: (device) => void here.add(device),
      left: (device) => void here.delete(device),
      areConnected: async (asked) => asked.map((device) => here.has(device) || elsewhere.has(device)),
      close: async () => {},
    };
    const { waker, woken, subscribe, advance } = open({ devices });
    subscribe("s", "here", "on the other instance", "asleep", "in time", "gone since");
    const left = waker.arrived({ id: "here" });
    // Connected when the change came, it was told of it.
    const leaves = waker.arrived({ id: "gone since" });
    waker.changed("s");
    await advance(2_100);
    leaves();
    elsewhere.add("in time");
    await advance(20_000);
    expect(woken.map(({ subscription }) => subscription)).toEqual(["to asleep"]);
    left();
    waker.changed("s");
    await advance(20_000);
    expect(woken.map(({ subscription }) => subscription).sort()).toEqual(["to asleep", "to asleep", "to gone since", "to here"]);
  });

  it("[PSH7] two sessions of a device are one device that is connected", async () => {
    const { waker, woken, subscribe, advance } = open();
    subscribe("s", "phone");
    const [first, second] = [waker.arrived({ id: "phone" }), waker.arrived({ id: "phone" })];
    first();
    waker.changed("s");
    await advance(10_000);
    expect(woken).toEqual([]);
    second();
    waker.changed("s");
    await advance(10_000);
    expect(woken).toHaveLength(1);
  });

  it("[PSH8] a subscription that is gone is dropped, patience is given as asked, and failures are tried so often and no more", async () => {
    const { waker, woken, dropped, log, answers, subscribe, advance } = open();
    subscribe("s", "phone");
    answers.push({ type: "gone" });
    waker.changed("s");
    await advance(10_000);
    expect([woken.length, dropped]).toEqual([1, ["phone"]]);
    answers.push({ type: "later", retryAfterMs: 120_000, detail: "busy" });
    waker.changed("s");
    await advance(115_000);
    expect(woken).toHaveLength(2);
    await advance(150_000);
    expect(woken).toHaveLength(3);
    for (let i = 0; i < 9; i++) answers.push({ type: "later", retryAfterMs: undefined, detail: "busy" });
    waker.changed("s");
    await advance(600_000);
    expect(woken).toHaveLength(6);
    expect(log.map(({ event }) => event)).toEqual(["wake-failed"]);
    answers.splice(0, 9, { type: "refused", detail: "too large" });
    waker.changed("s");
    await advance(600_000);
    expect(woken).toHaveLength(7);
    expect(dropped).toEqual(["phone"]);
  });

  it("[PSH8] what throws, or does not answer, is logged, and harms nobody else", async () => {
    const asked: string[] = [];
    const { waker, log, subscribe, advance } = open({
      subscriptionsOf: async (space) => {
        asked.push(space);
        if (space === "broken") throw new Error("the database is away");
        if (space === "hangs") return new Promise(() => {});
        return [{ device: "phone", subscription: "to phone" }];
      },
      gateway: {
        send: () => {
          throw new Error("no network");
        },
      },
      dropped: () => {
        throw new Error("the database is away");
      },
    });
    subscribe("s", "phone");
    for (const space of ["broken", "hangs", "s"]) waker.changed(space);
    await advance(300_000);
    expect(asked).toEqual(["broken", "hangs", "s"]);
    expect(log.map(({ event }) => event)).toEqual(["wake-failed", "wake-failed", "wake-failed"]);
    await waker.stop();
  });

  it("[PSH8][T16] what waits is bounded, in spaces and in devices", async () => {
    for (const [limits, expected] of [
      [{ spacesMax: 2 }, ["to a1", "to a2", "to b1", "to b2"]],
      [{ devicesMax: 3 }, ["to a1", "to a2", "to b1"]],
    ] as const) {
      const { waker, woken, subscribe, advance } = open({ limits });
      for (const space of ["a", "b", "c"]) subscribe(space, `${space}1`, `${space}2`);
      for (const space of ["a", "b", "c"]) waker.changed(space);
      await advance(20_000);
      expect(woken.map(({ subscription }) => subscription).sort()).toEqual(expected);
    }
  });

  it("[PSH6][PSH7] at a server: the author and who is connected are not woken, who has gone is", async () => {
    const woken: string[] = [];
    const push = wakeUps<string, Principal>({
      gateway: { send: async (subscription) => (woken.push(subscription), sent) },
      deviceOf: ({ id }) => id,
      subscriptionsOf: () => ["ann", "bob", "cid"].map((device) => ({ device, subscription: device })),
      dropped: () => {},
    });
    const { server, clock, connect, dispose } = await openTestServer({ push, rateLimits: memoryRateLimits() });
    try {
      const replica = new TestReplica(replicaId(1));
      const [ann, bob] = [await connect(replica, { user: "ann" }), await connect(new TestReplica(replicaId(2)), { user: "bob" })];
      const pass = async (): Promise<void> => {
        for (let i = 0; i < 100; i++) {
          clock.advance(100);
          await ticks();
          if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await replica.write((tx) => void tx.notes.create({ title: "a" }));
      await ann.push();
      await pass();
      expect(woken).toEqual(["cid"]);
      bob.close();
      await server.space("s").write((tx) => tx.notes.create({ title: "b" }));
      await pass();
      expect(woken.filter((device) => device === "bob")).toEqual(["bob"]);
      expect(woken).not.toContain("ann");
    } finally {
      await dispose();
    }
  });
});
