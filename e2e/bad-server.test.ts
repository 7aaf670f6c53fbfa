import { afterEach, describe, expect, it } from "vitest";
import { answers, type LinkFaults, linkFaults } from "./harness/link-faults.ts";
import { messageName } from "./harness/message-name.ts";
import { type Device, openTestBed, type TestBed } from "./harness/test-bed.ts";
import { quickCycle, testSpace } from "./harness/test-replica.ts";
import { until, untilServed } from "./harness/until.ts";
import { writeTasks } from "./harness/write-tasks.ts";

const seed = 20261123;

/** Everything that a network between a device and r0 says instead of r0. */
const kinds: Readonly<Record<string, LinkFaults>> = {
  "500": linkFaults({ connect: "answer", answer: answers.status(500) }),
  "502": linkFaults({ connect: "answer", answer: answers.status(502, { "content-type": "text/html" }) }),
  "503": linkFaults({ connect: "answer", answer: answers.status(503) }),
  "429": linkFaults({ connect: "answer", answer: answers.status(429) }),
  "401 of a proxy": linkFaults({ connect: "answer", answer: answers.status(401, { "www-authenticate": "Basic" }) }),
  "407": linkFaults({ connect: "answer", answer: answers.status(407) }),
  "captive portal": linkFaults({ connect: "answer", answer: answers.captivePortal }),
  "truncated body": linkFaults({ connect: "answer", answer: answers.truncated }),
  "another protocol": linkFaults({ connect: "garbage" }),
  reset: linkFaults({ connect: "reset" }),
  silence: linkFaults({ connect: "silent" }),
  "cut in the handshake": linkFaults({ cutAfterBytes: { down: 60 } }),
  "cut before the push arrives": linkFaults({ decide: (message) => (messageName(message) === "push" ? "cut-before" : undefined) }),
  "the push is dropped": linkFaults({ decide: (message) => (messageName(message) === "push" ? "drop" : undefined) }),
  "the answer is dropped": linkFaults({ decide: (message) => (messageName(message) === "pushed" ? "drop" : undefined) }),
  "cut before the answer": linkFaults({ decide: (message) => (messageName(message) === "pushed" ? "cut-before" : undefined) }),
  "nothing arrives there": linkFaults({ blackhole: ["up"] }),
  "nothing arrives here": linkFaults({ blackhole: ["down"] }),
};

/**
 * The longest that the engine itself lets pass once the link is well, by its limits. What was under way may have met the fault, and is given up:
 * dialling and greeting have a deadline each (CYC2), and a request that nobody has answered is found out at the heartbeat after its own (CYC7).
 * Behind that comes a sleep, or the breaker's cooldown and a sleep (RES4); none of these answers names a time to come back.
 */
const { connectMsMax, requestMsMax, heartbeatMs, backoffCapMs, breaker } = quickCycle;
const engineMsMax = Math.max(2 * connectMsMax, requestMsMax + heartbeatMs) + breaker.cooldownMs + backoffCapMs;

/**
 * And for what is then to be done, by all devices at once, beside their proxies and r0: to dial, to greet, to push three times (of a push that was
 * cut off the first two go alone, CYC11), to pull. A device by itself takes 60 ms for it.
 */
const workMsMax = 1_000;

interface Sample {
  readonly pending: number;
  readonly synced: boolean | undefined;
  readonly lastSyncedAt: number | undefined;
}

describe("a server that is not itself", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  it("[SYS5][SYS6][F11][F19][F24][I4][I8] nothing is acknowledged, nothing is stuck, and the log drains by itself, after each kind of answer", async () => {
    bed = await openTestBed({ seed });
    const own = bed;
    const acknowledged = new Set<string>();
    const run = async ([kind, faults]: readonly [string, LinkFaults], index: number): Promise<void> => {
      const device = await own.device(`device-${index}`, { mode: "auto" });
      await until(`${kind}: in step at first`, () => isInStep(device));
      device.proxy.set(faults);
      device.proxy.cut();
      await writeTasks(device, { seed, part: "bad", count: 3, boards: [`board-${index}`] }, acknowledged);
      const samples = await sample(device, 900);
      device.proxy.set(linkFaults({}));
      // F11: no new write, no restart, no call.
      await untilServed(`${kind}: drained by itself`, () => isInStep(device), engineMsMax + workMsMax);
      expect(samples.length, kind).toBeGreaterThan(5);
      for (const { pending, synced, lastSyncedAt } of samples) {
        expect(pending, `${kind}: pending`).toBeGreaterThanOrEqual(3);
        expect(pending, `${kind}: pending`).toBe(samples[0]?.pending);
        expect(synced, `${kind}: synced`).toBe(false);
        expect(lastSyncedAt, `${kind}: lastSyncedAt`).toBe(samples[0]?.lastSyncedAt);
      }
    };
    await Promise.all(Object.entries(kinds).map(run));
    await bed.converge();
    expect(await bed.verdict(acknowledged)).toEqual([]);
  });

  it("[SYS7] a Retry-After is a floor: nothing is sent before it, and everything after it", async () => {
    bed = await openTestBed({ seed });
    const device = await bed.device("phone", { mode: "auto" });
    await until("in step", () => isInStep(device));
    device.proxy.set(linkFaults({ connect: "answer", answer: answers.status(429, { "retry-after": "2" }) }));
    device.proxy.cut();
    const acknowledged = new Set<string>();
    await writeTasks(device, { seed, part: "busy", count: 3, boards: ["board"] }, acknowledged);
    await until("the 429 was heard", () => {
      const { connection } = device.replica.status();
      return connection.kind === "waiting" && connection.reason === "unavailable";
    });
    const heardMs = performance.now();
    const asked = device.proxy.counts.connections;
    device.proxy.set(linkFaults({}));
    await until("it drains", () => device.replica.status().pending === 0);
    const waitedMs = performance.now() - heardMs;
    expect(waitedMs).toBeGreaterThan(1_800);
    expect(waitedMs).toBeLessThan(6_000);
    // A transport may ask once more over HTTP to learn the status; a hammering client would be far above.
    expect(device.proxy.counts.connections - asked).toBeLessThan(6);
    expect(await bed.verdict(acknowledged)).toEqual([]);
  });
});

function isInStep({ replica }: Device): boolean {
  const { pending, lastSyncedAt, spaces } = replica.status();
  return pending === 0 && lastSyncedAt !== undefined && spaces[testSpace]?.synced === true;
}

/** Every 50 ms, as F24 says. */
async function sample(device: Device, forMs: number): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    const { pending, lastSyncedAt, spaces } = device.replica.status();
    samples.push({ pending, lastSyncedAt, synced: spaces[testSpace]?.synced });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return samples;
}
