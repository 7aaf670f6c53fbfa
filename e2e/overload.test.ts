/** What a server refuses because it has too much to do is never lost: real devices, far more work than it takes at once. */
import { describe, expect, it, onTestFinished } from "vitest";
import { openTestBed } from "./harness/test-bed.ts";
import { writeTasks } from "./harness/write-tasks.ts";

async function run(options: Omit<Parameters<typeof openTestBed>[0], "seed" | "observe">, during?: (bed: Bed) => Promise<void>) {
  const refused = new Map<string, number>();
  const bed = await openTestBed({
    seed: 7,
    observe: (event) => {
      if (event.type === "refused") refused.set(event.reason, (refused.get(event.reason) ?? 0) + 1);
    },
    ...options,
  });
  onTestFinished(() => bed.close());
  for (const name of ["phone", "tablet", "watch"]) await bed.device(name, { user: `user-${name}` });
  const acknowledged = new Set<string>();
  const writing = bed.devices.map((device) =>
    writeTasks(device, { seed: 7, part: "a", count: 60, boards: ["board"], pauseMsMax: 10 }, acknowledged),
  );
  await during?.(bed);
  await Promise.all(writing);
  await bed.converge(60_000);
  expect(bed.devices.map(({ replica }) => replica.status().refused)).toEqual([0, 0, 0]);
  expect(acknowledged.size).toBe(180);
  expect(await bed.verdict(acknowledged)).toEqual([]);
  return refused;
}
type Bed = Awaited<ReturnType<typeof openTestBed>>;

describe("what is refused for load", () => {
  it("[OVL7][OVL4] is confirmed later: users above their budget", { timeout: 90_000 }, async () => {
    const refused = await run({ rates: { perSeconds: 1, principal: { operations: 40 } }, limits: { retryAfterMs: 20 } });
    expect(refused.get("rate-principal")).toBeGreaterThan(0);
  });

  it("[OVL7][OVL1] is confirmed later: a queue that takes one push at a time", { timeout: 90_000 }, async () => {
    const slow = {
      space: () => "write" as const,
      operation: () => new Promise<never>((resolve) => setTimeout(resolve, 1, { type: "accept" })),
    };
    const refused = await run({ authorize: slow, limits: { waitingPushesMax: 1, retryAfterMs: 20 } });
    expect([...refused.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  });

  it("[OVL7][OVL9] is confirmed later: a server that drains while devices write, and comes back", { timeout: 90_000 }, async () => {
    let drains = 0;
    await run({ limits: { drainMsMax: 300, retryAfterMs: 50 } }, async (bed) => {
      for (; drains < 3; drains++) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        await bed.server().drain();
        await bed.stopServer();
        await bed.startServer();
      }
    });
    expect(drains).toBe(3);
  });
});
