import { describe, expect, it } from "vitest";
import { serverLimits, type ServerLimits } from "../limits.ts";
import { createAdmission, type Waiting } from "./admission.ts";

function open(limits: Partial<ServerLimits> = {}) {
  let nowMs = 0;
  let drawn = 0;
  const admission = createAdmission(
    { ...serverLimits, ...limits },
    { nowMs: () => nowMs, random: () => (drawn++ % 100) / 100 }, // evenly, in order
  );
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  const job = (space: string, principal: string, bytes = 1): Waiting => ({ space, principal, bytes });
  return { admission, pass, job, draws: () => drawn };
}

describe("admission", () => {
  it("[OVL1] bounds what waits in all, of a space and of a principal, and a place that is left is free", () => {
    const { admission, job } = open({ waitingPushesMax: 6, spacePushesMax: 3, principalPushesMax: 2 });
    expect(admission.enter(job("s", "ann"))).toBeUndefined();
    expect(admission.enter(job("s", "ann"))).toBeUndefined();
    expect(admission.enter(job("s", "ann"))?.reason).toBe("principal-full");
    expect(admission.enter(job("t", "ann"))?.reason).toBe("principal-full");
    expect(admission.enter(job("s", "ben"))).toBeUndefined();
    expect(admission.enter(job("s", "cat"))?.reason).toBe("space-full");
    // The backend is no user.
    for (let n = 0; n < 3; n++) expect(admission.enter(job("t", ""))).toBeUndefined();
    expect(admission.enter(job("u", "dan"))?.reason).toBe("queue-full");
    admission.left(job("s", "ann"));
    expect(admission.enter(job("s", "cat"))).toBeUndefined();
    expect([admission.waiting, admission.waitingBytes]).toEqual([6, 6]);
  });

  it("[OVL1][F16] bounds the bytes that wait, but takes one push of any size when nothing waits", () => {
    const { admission, job } = open({ waitingBytesMax: 100 });
    expect(admission.enter(job("s", "ann", 1_000))).toBeUndefined();
    expect(admission.enter(job("t", "ben", 1))?.reason).toBe("bytes-full");
    admission.left(job("s", "ann", 1_000));
    expect(admission.enter(job("t", "ben", 60))).toBeUndefined();
    expect(admission.enter(job("t", "ben", 60))?.reason).toBe("bytes-full");
  });

  it("[OVL2] sheds where waits are long: a slow space by itself, and the instance only if no space is quick", () => {
    const { admission, pass, job } = open({ queueTargetMs: 100, queueIntervalMs: 1_000 });
    const shedOf = (space: string): number =>
      Array.from({ length: 100 }, () => admission.enter(job(space, "ann"))).filter((refused) => refused?.reason === "shed").length;
    for (let n = 0; n < 4; n++) {
      admission.began("slow", 5_000);
      admission.began("quick", 1);
      pass(700);
    }
    expect(shedOf("slow")).toBeGreaterThan(10);
    expect(shedOf("quick")).toBe(0);
    expect(admission.isShedding()).toBe(false);
    for (let n = 0; n < 4; n++) {
      admission.began("slow", 5_000);
      pass(700);
    }
    expect(admission.isShedding()).toBe(true);
    expect(shedOf("quick")).toBeGreaterThan(10);
    admission.began("quick", 1);
    expect(shedOf("quick")).toBe(0);
    admission.emptied("slow");
    expect(shedOf("slow")).toBe(0);
  });

  it("[OVL3][T16] spreads when to come back over twice the floor", () => {
    const { admission, job } = open({ waitingPushesMax: 0, retryAfterMs: 1_000 });
    const told = Array.from({ length: 100 }, () => admission.enter(job("s", "ann"))?.retryAfterMs ?? 0);
    expect(Math.min(...told)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...told)).toBeGreaterThan(2_900);
    expect(new Set(told).size).toBe(100);
  });
});
