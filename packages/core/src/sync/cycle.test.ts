import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReplicaId } from "../causality/replica-id.ts";
import { backoffWindowMs } from "../resilience/backoff.ts";
import * as wireLimits from "../wire/wire-limits.ts";
import type { ServerMessage, WelcomeSpace } from "../wire/messages.ts";
import { cycleDefaults } from "./cycle-defaults.ts";
import { isSpaceSynced } from "./cycle-space.ts";
import type { Connectivity, CycleEffect, CycleEvent, CycleState, SpaceCycle, SpaceFacts, TimerName } from "./cycle.ts";
import { createCycle } from "./create-cycle.ts";
import { stepCycle } from "./step-cycle.ts";

const replica = "00000000000000000000000000000001" as ReplicaId;
const cursor = new Uint8Array([1]);
const chain = new Uint8Array(8);

function facts(change: Partial<SpaceFacts> = {}): SpaceFacts {
  return { space: "s", cursor, sequence: 5, counter: 0, settledThrough: 0, bootstrapping: false, access: "write", ...change };
}

type Bare<T> = T extends unknown ? Omit<T, "nowMs" | "random"> : never;

/** Drives the machine and keeps what its effects say. */
function drive(start: readonly SpaceFacts[] = [facts()], opening?: Uint8Array) {
  let state: CycleState = createCycle({ replica, principal: "ann", schemaVersion: 1, spaces: start, ...(opening && { opening }) });
  let nowMs = 1_000;
  const effects: CycleEffect[] = [];
  const timers = new Map<TimerName, number>();
  const step = (event: Bare<CycleEvent>, random = 0.5): readonly CycleEffect[] => {
    const result = stepCycle(state, { ...event, nowMs, random }, cycleDefaults);
    state = result.state;
    for (const effect of result.effects) {
      effects.push(effect);
      if (effect.type === "set-timer") timers.set(effect.name, nowMs + effect.delayMs);
      if (effect.type === "clear-timer") timers.delete(effect.name);
    }
    return result.effects;
  };
  const message = (sent: ServerMessage) => step({ type: "message", message: sent });
  const fire = (name: TimerName) => {
    nowMs = Math.max(nowMs, timers.get(name) ?? nowMs);
    timers.delete(name);
    return step({ type: "timer", name });
  };
  const toLive = (welcome: Partial<SpaceFacts> = {}, head = 5) => {
    step({ type: state.link.kind === "stopped" ? "start" : "hurry" });
    step({ type: "token", token: "t" });
    step({ type: "opened" });
    message(welcomeOf(head));
    return step({ type: "applied", facts: facts({ ...space(), ...welcome }), waitingFor: new Map() });
  };
  const space = (): SpaceCycle => state.spaces.get("s") as SpaceCycle;
  const waitMs = (delayMs: number) => {
    nowMs += delayMs;
  };
  return { step, message, fire, toLive, space, timers, effects, waitMs, state: () => state, nowMs: () => nowMs };
}

function welcomeOf(head = 5): Extract<ServerMessage, { type: "welcome" }> {
  return {
    type: "welcome",
    protocol: 1,
    capabilities: [],
    epoch: "00000000000000000000000000000009",
    principal: "ann",
    schemaVersion: 1,
    pushBytesMax: 1_000_000,
    heartbeatMs: 15_000,
    spaces: [{ space: "s", access: "write", head, mark: 0, chain, lamport: 0 }],
  };
}

function pageOf(request: number, change: Partial<Extract<ServerMessage, { type: "page" }>> = {}): ServerMessage {
  return { type: "page", request, space: "s", content: { type: "changes", changes: [] }, cursor, head: 5, more: false, ...change };
}

function pushedOf(request: number, change: Partial<Extract<ServerMessage, { type: "pushed" }>> = {}): ServerMessage {
  return { type: "pushed", request, space: "s", mark: 1, chain, head: 6, outcomes: [], after: 5, cursor, stopped: undefined, ...change };
}

function requestOf(effects: readonly CycleEffect[], type: "push" | "pull"): number {
  for (const effect of effects) {
    if (type === "push" && effect.type === "push") return effect.request;
    if (type === "pull" && effect.type === "send" && effect.message.type === "pull") return effect.message.request;
  }
  throw new Error(`no ${type} among ${JSON.stringify(effects)}`);
}

const types = (effects: readonly CycleEffect[]) => effects.map((effect) => (effect.type === "send" ? effect.message.type : effect.type));

describe("the sync cycle", () => {
  it("[CYC1][F11] a whole cycle, as a trace", () => {
    const run = drive();
    expect(types(run.step({ type: "start" }))).toEqual(["clear-timer", "set-timer", "fetch-token"]);
    expect(types(run.step({ type: "token", token: "t" }))).toEqual(["set-timer", "connect"]);
    expect(types(run.step({ type: "opened" }))).toEqual(["set-timer", "hello"]);
    expect(types(run.message(welcomeOf()))).toEqual(["clear-timer", "set-timer", "set-timer", "apply-welcome"]);
    const pulled = run.step({ type: "applied", facts: facts(), waitingFor: new Map() });
    expect(types(pulled)).toEqual(["pull"]);
    expect(types(run.message(pageOf(requestOf(pulled, "pull"))))).toEqual(["apply-page"]);
    expect(isSpaceSynced(run.state(), run.space())).toBe(false);
    run.step({ type: "applied", facts: facts(), waitingFor: new Map() });
    expect(isSpaceSynced(run.state(), run.space())).toBe(true);
    const pushing = run.step({ type: "written", space: "s", counter: 1 });
    expect(types(pushing)).toEqual(["push"]);
    expect(isSpaceSynced(run.state(), run.space())).toBe(false);
    const request = requestOf(pushing, "push");
    run.step({ type: "sent", space: "s", request, through: 1, transactions: 1 });
    expect(types(run.message(pushedOf(request)))).toEqual(["apply-pushed"]);
    run.step({ type: "applied", facts: facts({ counter: 1, settledThrough: 1, sequence: 6 }), waitingFor: new Map() });
    expect(isSpaceSynced(run.state(), run.space())).toBe(true);
  });

  it("[CYC2][F11] after any failure, whatever its kind, there is a retry timer and a pending log is pushed without help", () => {
    const failures: readonly Bare<CycleEvent>[] = [
      { type: "closed", fault: { type: "timeout", detail: "" } },
      { type: "closed", fault: { type: "unreachable", detail: "" } },
      { type: "closed", fault: { type: "not-a-server", detail: "" } },
      { type: "closed", fault: { type: "unavailable", detail: "", retryAfterMs: 3_000 } },
      { type: "closed", fault: { type: "closed", detail: "" } },
      { type: "token-failed", detail: "down" },
      { type: "message", message: { type: "fault", request: 0, code: "overloaded", message: "", retryAfterMs: 100 } },
      { type: "message", message: { type: "fault", request: 0, code: "server-error", message: "", retryAfterMs: undefined } },
      { type: "timer", name: "deadline" },
    ];
    for (const failure of failures)
      for (const phase of ["token", "connecting", "greeting", "live"] as const) {
        const run = drive([facts({ counter: 3 })]);
        run.step({ type: "start" });
        if (phase !== "token") run.step({ type: "token", token: "t" });
        if (phase === "greeting" || phase === "live") run.step({ type: "opened" });
        if (phase === "live") {
          run.message(welcomeOf());
          run.step({ type: "applied", facts: facts({ counter: 3 }), waitingFor: new Map() });
        }
        run.step(failure);
        if (run.state().link.kind === "waiting") {
          expect(run.timers.has("retry"), `${failure.type} in ${phase}`).toBe(true);
          run.fire("retry");
        } else expect([...run.timers.keys()].length, `${failure.type} in ${phase}: something must end the wait`).toBeGreaterThan(0);
        while (run.state().link.kind === "waiting") run.fire("retry");
        if (run.state().link.kind === "token") expect(run.toLive().some((effect) => effect.type === "push")).toBe(true);
      }
  });

  it("[RES4][CYC2][F11] however it fails, and however often, the next attempt begins within what its limits and r0 name", () => {
    const windowMs = (attempts: number): number =>
      backoffWindowMs(attempts, { baseMs: cycleDefaults.backoffBaseMs, capMs: cycleDefaults.backoffCapMs });
    const chance = fc.oneof(fc.constantFrom(0, 0.999999), fc.double({ min: 0, max: 0.999999, noNaN: true }));
    const failure = fc.record({
      retryAfterMs: fc.option(fc.nat(120_000), { nil: undefined, freq: 1 }),
      random: chance,
      again: chance,
      pauseMs: fc.nat(500),
    });
    fc.assert(
      fc.property(fc.array(failure, { minLength: 1, maxLength: 30 }), (failures) => {
        const run = drive([facts({ counter: 3 })]);
        run.step({ type: "start" });
        for (const { retryAfterMs, random, again, pauseMs } of failures) {
          run.step({ type: "token", token: "t" });
          run.waitMs(pauseMs);
          const { attempts } = run.state().backoff;
          run.step({ type: "closed", fault: { type: "unavailable", detail: "", retryAfterMs } }, random);
          const failedMs = run.nowMs();
          while (run.state().link.kind === "waiting") {
            run.waitMs((run.timers.get("retry") ?? Number.NaN) - run.nowMs());
            run.step({ type: "timer", name: "retry" }, again);
          }
          const namedMs = retryAfterMs ?? 0;
          const restMsMax = Math.max(
            namedMs + Math.max(windowMs(attempts), namedMs),
            cycleDefaults.breaker.cooldownMs + windowMs(attempts + 1),
          );
          expect(run.state().link.kind).toBe("token");
          expect(run.nowMs() - failedMs).toBeLessThanOrEqual(restMsMax);
        }
      }),
      { seed: 20261124, numRuns: 200 },
    );
  });

  it("[CYC3] the push names what is settled on disk, and waits for the first page of a new replica", () => {
    const run = drive([facts({ counter: 9, settledThrough: 4 })]);
    const effects = run.toLive();
    expect(effects.find((effect) => effect.type === "push")).toMatchObject({ after: 4 });
    const fresh = drive([facts({ counter: 1, cursor: new Uint8Array(), sequence: 0 })]);
    expect(types(fresh.toLive())).toEqual(["pull"]);
    const receiving = drive([facts({ counter: 1, bootstrapping: true })]);
    expect(types(receiving.toLive())).toEqual(["pull"]);
  });

  it("[CYC4] one push in flight a space; what is written meanwhile follows it", () => {
    const run = drive([facts({ counter: 1 })]);
    const request = requestOf(run.toLive(), "push");
    expect(run.step({ type: "written", space: "s", counter: 2 })).toEqual([]);
    run.step({ type: "sent", space: "s", request, through: 1, transactions: 1 });
    run.message(pushedOf(request));
    const next = run.step({ type: "applied", facts: facts({ counter: 2, settledThrough: 1, sequence: 6 }), waitingFor: new Map() });
    expect(next.find((effect) => effect.type === "push")).toMatchObject({ after: 1 });
  });

  it("[CYC5] Retry-After is a floor that hurrying does not shorten; without it hurrying connects at once", () => {
    const run = drive();
    run.step({ type: "start" });
    run.step({ type: "token", token: "t" });
    run.step({ type: "closed", fault: { type: "unavailable", detail: "", retryAfterMs: 5_000 } });
    run.step({ type: "hurry" });
    expect(run.state().link.kind).toBe("waiting");
    expect(run.timers.get("retry")).toBeGreaterThanOrEqual(run.nowMs() + 5_000);
    const other = drive();
    other.step({ type: "start" });
    other.step({ type: "token", token: "t" });
    other.step({ type: "closed", fault: { type: "unreachable", detail: "" } });
    other.step({ type: "hurry" });
    expect(other.state().link.kind).toBe("token");
  });

  it("[CYC26] a network that is back ends a cooldown at once, but not what r0 asked for", () => {
    const run = drive();
    run.step({ type: "start" });
    while (run.state().breaker.kind === "closed") {
      run.step({ type: "token", token: "t" });
      run.step({ type: "closed", fault: { type: "unreachable", detail: "" } });
      run.step({ type: "hurry" });
    }
    expect(run.state().link).toMatchObject({ kind: "waiting", reason: "circuit-open" });
    run.step({ type: "hurry" });
    expect(run.state().link.kind).toBe("waiting");
    run.step({ type: "online" });
    expect(run.state().link.kind).toBe("token");
    run.step({ type: "token", token: "t" });
    run.step({ type: "closed", fault: { type: "unavailable", detail: "", retryAfterMs: 5_000 } });
    run.step({ type: "online" });
    expect(run.state().link.kind).toBe("waiting");
  });

  it("[CYC6][T15] a silent peer is found: an unanswered ping ends the session within pongMsMax, a heard byte saves it", () => {
    const run = drive();
    run.message(pageOf(requestOf(run.toLive(), "pull")));
    expect(types(run.fire("heartbeat"))).toContain("ping");
    expect(run.timers.get("deadline")).toBe(run.nowMs() + cycleDefaults.pongMsMax);
    run.message({ type: "pong", nonce: 1 });
    expect(run.timers.has("deadline")).toBe(false);
    run.fire("heartbeat");
    expect(types(run.fire("deadline"))).toContain("disconnect");
    expect(run.state().link.kind).toBe("waiting");
    const resumed = drive();
    resumed.toLive();
    expect(types(resumed.step({ type: "hurry" }))).toContain("ping");
  });

  it("[CYC7][F11] a request without an answer ends the session at a heartbeat after requestMsMax, also while other bytes arrive", () => {
    const run = drive([facts({ counter: 1 })]);
    run.toLive();
    for (let beats = 0; beats < 5 && run.state().link.kind === "live"; beats++) {
      run.fire("heartbeat");
      if (run.state().link.kind === "live") run.message({ type: "pong", nonce: 1 });
    }
    expect(run.state().link).toMatchObject({ kind: "waiting", reason: "timeout" });
  });

  it("[CYC8][F40] the first refused token is replaced, the second blocks without any further request until there are credentials", () => {
    const refused: ServerMessage = { type: "fault", request: 0, code: "unauthenticated", message: "expired", retryAfterMs: undefined };
    const run = drive();
    run.step({ type: "start" });
    run.step({ type: "token", token: "old" });
    run.step({ type: "opened" });
    expect(run.message(refused)).toContainEqual({ type: "fetch-token", refused: true });
    run.step({ type: "token", token: "revoked" });
    run.step({ type: "opened" });
    expect(run.message(refused)).toContainEqual({ type: "announce", event: "auth-required", detail: "expired" });
    for (const event of [{ type: "hurry" }, { type: "timer", name: "retry" }, { type: "written", space: "s", counter: 1 }] as const)
      run.step(event);
    expect(run.state().link).toEqual({ kind: "blocked", reason: "unauthenticated" });
    expect(types(run.step({ type: "credentials" }))).toContain("fetch-token");
  });

  it("[CYC9][T13] a welcome for another principal blocks, and nothing is pushed to it", () => {
    const run = drive([facts({ counter: 2 })]);
    run.step({ type: "start" });
    run.step({ type: "token", token: "bob's" });
    run.step({ type: "opened" });
    const effects = run.message({ ...welcomeOf(), principal: "bob" });
    expect(run.state().link).toEqual({ kind: "blocked", reason: "wrong-principal" });
    expect(types(effects)).not.toContain("apply-welcome");
    expect(types(run.effects)).not.toContain("push");
  });

  it("[CYC10][F10] a transaction that r0 names as failing is withdrawn at poisonAttemptsMax, and only that one", () => {
    const run = drive([facts({ counter: 9 })]);
    let effects = run.toLive();
    run.message(pageOf(requestOf(effects, "pull")));
    run.step({ type: "applied", facts: facts({ counter: 9 }), waitingFor: new Map() });
    let attempts = 0;
    while (!effects.some((effect) => effect.type === "withdraw")) {
      const request = requestOf(effects, "push");
      attempts++;
      run.step({ type: "sent", space: "s", request, through: 1, transactions: 1 });
      run.message(pushedOf(request, { mark: 0, stopped: { type: "failed", counter: 1, detail: "boom", retryAfterMs: undefined } }));
      effects = run.step({ type: "applied", facts: facts({ counter: 9 }), waitingFor: new Map() });
      expect(effects.some((effect) => effect.type === "push")).toBe(false);
      effects = run.fire("retry");
      expect(attempts).toBeLessThan(20);
    }
    expect(attempts).toBe(cycleDefaults.poisonAttemptsMax);
    expect(effects.find((effect) => effect.type === "withdraw")).toMatchObject({ counter: 1 });
  });

  it("[CYC29][F10][F37] a push that meets lost access is no transaction's failure: the session ends, and the next welcome tells", () => {
    const run = drive([facts({ counter: 9 })]);
    const effects = run.toLive();
    run.message(pageOf(requestOf(effects, "pull")));
    run.step({ type: "applied", facts: facts({ counter: 9 }), waitingFor: new Map() });
    const request = requestOf(effects, "push");
    run.step({ type: "sent", space: "s", request, through: 1, transactions: 1 });
    run.message({ type: "fault", request, code: "no-access", message: "No.", retryAfterMs: undefined });
    expect(run.state().link.kind).toBe("waiting");
    expect(run.space().poison).toBeUndefined();
  });

  it("[CYC25][F24] over HTTP every exchange begins with a welcome: a head that it names beyond what is here is asked for", () => {
    const run = drive();
    run.message(pageOf(requestOf(run.toLive(), "pull")));
    run.step({ type: "applied", facts: facts(), waitingFor: new Map() });
    expect(isSpaceSynced(run.state(), run.space())).toBe(true);
    expect(types(run.message(welcomeOf(5)))).not.toContain("pull");
    expect(types(run.message(welcomeOf(7)))).toContain("pull");
    expect(isSpaceSynced(run.state(), run.space())).toBe(false);
  });

  it("[CYC22][T6][F26] r0 having come back from a backup, what is pending is said again before anything is pulled", () => {
    const restored = { cursor: new Uint8Array(0), sequence: 0, counter: 3, resaying: true };
    const run = drive([facts(restored)]);
    const effects = run.toLive();
    expect(types(effects)).toEqual(["push"]);
    const request = requestOf(effects, "push");
    run.step({ type: "sent", space: "s", request, through: 3, transactions: 3 });
    run.message(pushedOf(request, { mark: 3, cursor: new Uint8Array(0) }));
    expect(types(run.step({ type: "applied", facts: facts({ ...restored, settledThrough: 3 }), waitingFor: new Map() }))).toEqual(["pull"]);
  });

  it("[CYC22][CYC23] an app that never stops writing has the snapshot all the same, unless r0 lets the writes wait", () => {
    const restored = { cursor: new Uint8Array(0), sequence: 0, counter: 3, resaying: true };
    for (const waits of [false, true]) {
      const run = drive([facts(restored)]);
      const request = requestOf(run.toLive(), "push");
      run.step({ type: "sent", space: "s", request, through: 3, transactions: 3 });
      if (waits) {
        run.message(pushedOf(request, { mark: 0, stopped: { type: "awaits", counter: 1, retryAfterMs: 10_000 } }));
        run.step({ type: "applied", facts: facts(restored), waitingFor: new Map() });
      }
      expect(types(run.fire("anti-entropy")).includes("pull")).toBe(!waits);
    }
  });

  it("[CYC23][T6][T9] what r0 lets wait for another device counts as no failure, and is asked about again when r0 says", () => {
    const run = drive([facts({ counter: 1 })]);
    let effects = run.toLive();
    run.message(pageOf(requestOf(effects, "pull")));
    effects = [...effects, ...run.step({ type: "applied", facts: facts({ counter: 1 }), waitingFor: new Map() })];
    for (let n = 0; n < 3 * cycleDefaults.poisonAttemptsMax; n++) {
      const request = requestOf(effects, "push");
      run.step({ type: "sent", space: "s", request, through: 1, transactions: 1 });
      run.message(pushedOf(request, { mark: 0, stopped: { type: "awaits", counter: 1, retryAfterMs: 10_000 } }));
      expect(types(run.step({ type: "applied", facts: facts({ counter: 1 }), waitingFor: new Map() }))).not.toContain("push");
      const askedMs = run.nowMs();
      effects = run.fire("retry");
      expect(run.nowMs()).toBe(askedMs + 10_000);
    }
    expect(run.effects.some((effect) => effect.type === "withdraw")).toBe(false);
  });

  it("[CYC24] a timer that fired a little early is set again by whole milliseconds: less may be nothing to a host's clock", () => {
    const run = drive([facts({ counter: 1 })]);
    const effects = run.toLive();
    run.message(pageOf(requestOf(effects, "pull")));
    const request = requestOf(effects, "push");
    run.waitMs(0.25);
    run.step({ type: "sent", space: "s", request, through: 1, transactions: 1 });
    run.message(pushedOf(request, { mark: 0, stopped: { type: "failed", counter: 1, detail: "", retryAfterMs: 10 } }));
    run.timers.set("retry", (run.timers.get("retry") ?? 0) - 2 ** -20);
    const delays = run.fire("retry").flatMap((effect) => (effect.type === "set-timer" ? [effect.delayMs] : []));
    expect(delays).toEqual([1]);
  });

  it("[CYC11][F10] a transaction on which the far side dies is isolated by halving and withdrawn at poisonClosuresMax; a dead link is never counted", () => {
    const run = drive([facts({ counter: 8 })]);
    const sizes: number[] = [];
    let withdrawn = false;
    for (let session = 0; session < 40 && !withdrawn; session++) {
      const pull = run.toLive();
      const paged = run.message(pageOf(requestOf(pull, "pull")));
      const effects = [...pull, ...paged, ...run.step({ type: "applied", facts: facts({ counter: 8 }), waitingFor: new Map() })];
      withdrawn = effects.some((effect) => effect.type === "withdraw");
      if (withdrawn) break;
      const push = effects.find((effect) => effect.type === "push");
      if (push?.type !== "push") throw new Error("no push");
      const transactions = Math.min(8, push.transactionsMax);
      sizes.push(transactions);
      run.step({ type: "sent", space: "s", request: push.request, through: transactions, transactions });
      run.step({ type: "closed", fault: { type: "closed", detail: "reset" } });
      while (run.state().link.kind === "waiting") run.fire("retry");
    }
    expect(withdrawn).toBe(true);
    expect(sizes.slice(0, 4)).toEqual([8, 4, 2, 1]);
    expect(sizes.length).toBeLessThanOrEqual(cycleDefaults.poisonClosuresMax + 1);
    const offline = drive([facts({ counter: 8 })]);
    for (let session = 0; session < 30; session++) {
      const effects = offline.toLive();
      const request = requestOf(effects, "push");
      offline.step({ type: "sent", space: "s", request, through: 1, transactions: 1 });
      offline.step({ type: "closed", fault: { type: "timeout", detail: "" } });
      while (offline.state().link.kind === "waiting") offline.fire("retry");
      expect(offline.space().poison).toBeUndefined();
    }
  });

  it("[CYC10][CYC11][F10] connections that died on a transaction do not make of r0's first failure its last", () => {
    const run = drive([facts({ counter: 1 })]);
    for (let session = 1; session <= cycleDefaults.poisonClosuresMax; session++) {
      const pull = run.toLive();
      const paged = run.message(pageOf(requestOf(pull, "pull")));
      const effects = [...pull, ...paged, ...run.step({ type: "applied", facts: facts({ counter: 1 }), waitingFor: new Map() })];
      const request = requestOf(effects, "push");
      run.step({ type: "sent", space: "s", request, through: 1, transactions: 1 });
      if (session < cycleDefaults.poisonClosuresMax) {
        run.step({ type: "closed", fault: { type: "closed", detail: "reset" } });
        while (run.state().link.kind === "waiting") run.fire("retry");
      } else run.message(pushedOf(request, { mark: 0, stopped: { type: "failed", counter: 1, detail: "boom", retryAfterMs: undefined } }));
    }
    run.step({ type: "applied", facts: facts({ counter: 1 }), waitingFor: new Map() });
    const effects = run.fire("retry");
    expect(types(effects)).not.toContain("withdraw");
    expect(types(effects)).toContain("push");
  });

  it("[CYC12] a page held back by another space is asked for again once that space is there, and not before", () => {
    const run = drive([facts(), facts({ space: "other", sequence: 3 })]);
    run.step({ type: "start" });
    run.step({ type: "token", token: "t" });
    run.step({ type: "opened" });
    run.message({
      ...welcomeOf(9),
      spaces: [...welcomeOf(9).spaces, { space: "other", access: "write", head: 7, mark: 0, chain, lamport: 0 }],
    });
    const first = requestOf(run.step({ type: "applied", facts: facts(), waitingFor: new Map() }), "pull");
    run.message(pageOf(first, { head: 9 }));
    expect(types(run.step({ type: "applied", facts: facts(), waitingFor: new Map([["other", 7]]) }))).toEqual([]);
    const other = requestOf(run.step({ type: "applied", facts: facts({ space: "other", sequence: 3 }), waitingFor: new Map() }), "pull");
    run.message({ ...pageOf(other), space: "other", head: 7 } as ServerMessage);
    const after = run.step({ type: "applied", facts: facts({ space: "other", sequence: 7 }), waitingFor: new Map() });
    expect(after).toContainEqual(expect.objectContaining({ type: "send", message: expect.objectContaining({ type: "pull", space: "s" }) }));
  });

  it("[CYC21][T6][T11] what r0 does not have either is waited for no longer, but only a page that was asked for after it says so", () => {
    const run = drive([facts(), facts({ space: "other", sequence: 3 })]);
    run.step({ type: "start" });
    run.step({ type: "token", token: "t" });
    run.step({ type: "opened" });
    run.message({
      ...welcomeOf(9),
      spaces: [...welcomeOf(9).spaces, { ...(welcomeOf().spaces[0] as WelcomeSpace), space: "other", head: 3 }],
    });
    const before = requestOf(run.step({ type: "applied", facts: facts({ space: "other", sequence: 3 }), waitingFor: new Map() }), "pull");
    const first = requestOf(run.step({ type: "applied", facts: facts(), waitingFor: new Map() }), "pull");
    run.message(pageOf(first, { head: 9 }));
    const held = { type: "applied", facts: facts(), waitingFor: new Map([["other", 7]]) } as const;
    expect(run.step(held)).toEqual([]);
    const other = facts({ space: "other", sequence: 3 });
    const answer = (request: number) => [
      ...run.message({ ...pageOf(request), space: "other", head: 3 } as ServerMessage),
      ...run.step({ type: "applied", facts: other, waitingFor: new Map() }),
    ];
    const asked = answer(before).filter((effect) => effect.type === "send");
    expect(asked).toMatchObject([{ message: { type: "pull", space: "other" } }]);
    const again = answer(requestOf(asked, "pull")).filter((effect) => effect.type === "send");
    expect(again).toMatchObject([{ message: { type: "pull", space: "s" } }]);
    const released = run.message(pageOf(requestOf(again, "pull"), { head: 9 }));
    expect(released).toMatchObject([{ type: "apply-page", released: new Map([["other", 7]]) }]);
  });

  it("[CYC21][T6] spaces whose changes wait for each other, which no r0 lets in, are asked for again; a chain waits", () => {
    const names = ["s", "a", "b"];
    const waiting = (waits: Readonly<Record<string, string>>) => {
      const run = drive(names.map((name) => facts({ space: name })));
      run.step({ type: "start" });
      run.step({ type: "token", token: "t" });
      run.step({ type: "opened" });
      run.message({ ...welcomeOf(9), spaces: names.map((name) => ({ ...(welcomeOf(9).spaces[0] as WelcomeSpace), space: name })) });
      for (const name of names) run.step({ type: "applied", facts: facts({ space: name }), waitingFor: new Map() });
      for (const name of names) {
        const request = run.state().spaces.get(name)?.pull?.request ?? 0;
        run.message({ ...pageOf(request, { head: 9 }), space: name } as ServerMessage);
      }
      for (const name of names) {
        const on = waits[name];
        run.step({ type: "applied", facts: facts({ space: name }), waitingFor: new Map(on === undefined ? [] : [[on, 8]]) });
      }
      return names.filter((name) => run.state().spaces.get(name)?.pull !== undefined);
    };
    expect(waiting({ s: "a", a: "b" })).toEqual(["b"]);
    expect(waiting({ s: "a", a: "b", b: "s" })).toEqual(["s", "a", "b"]);
    expect(waiting({ s: "s" })).toEqual(["s", "a", "b"]);
  });

  it("[CYC11][F10] a push on which r0 died before it had answered anything waits for the pull next time, and its batch stays small after progress", () => {
    const run = drive([facts({ counter: 8 })]);
    const push = (effects: readonly CycleEffect[]) => effects.find((effect) => effect.type === "push");
    const first = push(run.toLive());
    run.step({ type: "sent", space: "s", request: first?.request ?? 0, through: 8, transactions: 8 });
    run.step({ type: "closed", fault: { type: "closed", detail: "reset" } });
    const pull = run.toLive();
    expect(types(pull)).toEqual(["pull"]);
    const afterPull = (effects: readonly CycleEffect[]) => [
      ...run.message(pageOf(requestOf(effects, "pull"))),
      ...run.step({ type: "applied", facts: facts({ counter: 8 }), waitingFor: new Map() }),
    ];
    const second = push(afterPull(pull));
    expect(second?.transactionsMax).toBe(8);
    run.step({ type: "sent", space: "s", request: second?.request ?? 0, through: 8, transactions: 8 });
    run.step({ type: "closed", fault: { type: "closed", detail: "reset" } });
    const third = push(afterPull(run.toLive()));
    expect(third?.transactionsMax).toBe(4);
    run.step({ type: "sent", space: "s", request: third?.request ?? 0, through: 4, transactions: 4 });
    run.message(pushedOf(third?.request ?? 0, { mark: 4 }));
    const fourth = push(run.step({ type: "applied", facts: facts({ counter: 8, settledThrough: 4 }), waitingFor: new Map() }));
    expect(fourth?.transactionsMax).toBe(4);
  });

  it("[CYC2][F11][F26] a push that r0 has put off goes out at its time, though the session has ended meanwhile", () => {
    for (const type of ["awaits", "failed"] as const) {
      const run = drive([facts({ counter: 1 })]);
      const request = requestOf(run.toLive(), "push");
      run.step({ type: "sent", space: "s", request, through: 1, transactions: 1 });
      run.message(pageOf(requestOf(run.effects, "pull")));
      run.step({ type: "applied", facts: facts({ counter: 1 }), waitingFor: new Map() });
      const stopped = type === "awaits" ? { type, counter: 1, retryAfterMs: 9_000 } : { type, counter: 1, detail: "", retryAfterMs: 9_000 };
      run.message(pushedOf(request, { mark: 0, stopped }));
      run.step({ type: "applied", facts: facts({ counter: 1 }), waitingFor: new Map() });
      run.step({ type: "background" });
      expect(run.timers.has("retry")).toBe(false);
      run.waitMs(1_000);
      const back = run.toLive();
      expect(types(back)).not.toContain("push");
      run.message(pageOf(requestOf(back, "pull")));
      run.step({ type: "applied", facts: facts({ counter: 1 }), waitingFor: new Map() });
      expect(types(run.fire("retry"))).toContain("push");
    }
  });

  it("[CYC2][F11] a retry timer that the host fires a little early is set again, also when r0 named the moment", () => {
    const run = drive([facts({ counter: 1 })]);
    run.toLive();
    run.step({ type: "closed", fault: { type: "unavailable", detail: "", retryAfterMs: 3_000 } }, 0);
    run.waitMs(2_999.5);
    const early = run.step({ type: "timer", name: "retry" });
    expect(early).toEqual([{ type: "set-timer", name: "retry", delayMs: 1 }]);
    run.waitMs(1);
    expect(types(run.step({ type: "timer", name: "retry" }))).toContain("fetch-token");
  });

  it("[CYC13] messages of an ended session change nothing", () => {
    const run = drive([facts({ counter: 1 })]);
    const request = requestOf(run.toLive(), "push");
    run.step({ type: "closed", fault: { type: "timeout", detail: "" } });
    const before = run.state();
    for (const late of [pushedOf(request), pageOf(request), { type: "poke", space: "s", head: 99, changes: [], cursor } as ServerMessage]) {
      expect(run.message(late)).toEqual([]);
      expect(run.state()).toEqual(before);
    }
  });

  it("[CYC13][T3] a welcome that is told twice is taken once: its marks are of the past by then", () => {
    const run = drive([facts({ counter: 1 })]);
    const request = requestOf(run.toLive(), "push");
    run.message(pushedOf(request));
    const before = run.state();
    expect(types(run.message(welcomeOf()))).not.toContain("apply-welcome");
    expect(run.state().spaces).toEqual(before.spaces);
  });

  it("[CYC19][T6][T12][F09] a welcome within a session that names another epoch, user or access, or a lower mark, begins the handshake anew", () => {
    const start = facts({ counter: 3, settledThrough: 2 });
    const [welcomed] = welcomeOf().spaces;
    const as = (change: Partial<WelcomeSpace>) => ({ ...welcomeOf(), spaces: [{ ...(welcomed as WelcomeSpace), mark: 2, ...change }] });
    const others = [
      { ...as({}), epoch: "00000000000000000000000000000010" },
      { ...as({}), principal: "bob" },
      as({ access: "none" }),
      as({ access: "read" }),
      as({ mark: 1 }),
    ];
    for (const other of others) {
      const run = drive([start]);
      run.toLive();
      expect(types(run.message(as({ mark: 3, head: 8 })))).toEqual([]);
      expect(types(run.message(other))).toContain("disconnect");
      expect(run.state().link).toMatchObject({ kind: "waiting", reason: "changed" });
      run.fire("retry");
      run.step({ type: "token", token: "t" });
      run.step({ type: "opened" });
      const anew = run.message(other);
      expect(types(anew)).toContain(other.principal === "bob" ? "announce" : "apply-welcome");
    }
  });

  it("[CYC19][T6][F26] a push that is stopped for a gap no higher than what r0 has confirmed begins the handshake anew, and is not repeated at once", () => {
    for (const mark of [1, 2]) {
      const run = drive([facts({ counter: 3, settledThrough: 2 })]);
      const request = requestOf(run.toLive(), "push");
      run.step({ type: "sent", space: "s", request, through: 3, transactions: 1 });
      const effects = run.message(pushedOf(request, { mark, stopped: { type: "gap" } }));
      expect(types(effects)).not.toContain("push");
      expect(run.state().link).toMatchObject({ kind: "waiting", reason: "changed" });
      expect(run.space().poison).toBeUndefined();
    }
    // Of what is offered before a new id is taken it is the answer.
    const asking = drive([facts({ counter: 3, settledThrough: 2, parting: "asking" })]);
    const request = requestOf(asking.toLive(), "push");
    asking.step({ type: "sent", space: "s", request, through: 3, transactions: 1 });
    expect(types(asking.message(pushedOf(request, { mark: 1, stopped: { type: "gap" } })))).toContain("apply-pushed");
  });

  it("[CYC19][F09] where two servers contradict each other in turn, the handshakes are spread by the backoff", () => {
    const run = drive();
    for (let turn = 0; turn < 6; turn++) {
      run.toLive();
      run.message({ ...welcomeOf(), epoch: "0000000000000000000000000000000a" });
    }
    expect(run.state().backoff.attempts).toBe(6);
  });

  it("[CYC20][F09] a page that brings nothing, though r0 had named a higher head or says that there is more, is not asked for again in the session", () => {
    for (const page of [{ head: 5 }, { head: 9, more: true }]) {
      const run = drive();
      const effects = run.message(pageOf(requestOf(run.toLive({}, 9), "pull"), page));
      expect(types(effects)).toContain("disconnect");
      expect(types(effects)).not.toContain("pull");
      expect(run.state().link).toMatchObject({ kind: "waiting", reason: "changed" });
      // The next welcome names the head that there is now.
      run.message(pageOf(requestOf(run.toLive({}, 5), "pull")));
      run.step({ type: "applied", facts: facts(), waitingFor: new Map() });
      expect(isSpaceSynced(run.state(), run.space())).toBe(true);
    }
    const overtaken = drive();
    const request = requestOf(overtaken.toLive(), "pull");
    overtaken.message({ type: "poke", space: "s", head: 6, changes: [], cursor });
    overtaken.message(pageOf(request));
    const again = overtaken.step({ type: "applied", facts: facts(), waitingFor: new Map() });
    expect(types(again)).toEqual(["pull"]);
  });

  it("[CYC30][T24] answers to an earlier opening of the file are nobody's: requests are numbered from elsewhere at each", () => {
    const firstOf = (opening: Uint8Array | undefined): number => {
      const run = drive([facts()], opening);
      return requestOf(run.toLive(), "pull");
    };
    const earlier = firstOf(new Uint8Array([3, 7, 9]));
    expect([firstOf(undefined), firstOf(new Uint8Array([3, 8, 9])), firstOf(new Uint8Array([4, 7, 9]))]).toEqual([
      2,
      earlier + 1,
      earlier + 256,
    ]);
    const run = drive([facts()], new Uint8Array([200, 1]));
    run.toLive({}, 9);
    for (const head of [8, 9]) expect(run.message(pageOf(earlier, { head, cursor: new Uint8Array([head]) }))).toEqual([]);
    expect(run.space().pull).toBeDefined();
  });

  it("[CYC14][T4] a fork says hello again under the new id with what the shell restamped", () => {
    const run = drive([facts({ counter: 3 })]);
    const request = requestOf(run.toLive(), "push");
    const effects = run.message(pushedOf(request, { stopped: { type: "forked", through: 0 } }));
    expect(types(effects)).toEqual(["apply-pushed"]);
    const id = "00000000000000000000000000000002" as ReplicaId;
    run.step({ type: "forked", replica: id, facts: [facts({ counter: 2 })] });
    run.step({ type: "token", token: "t" });
    expect(run.step({ type: "opened" })).toContainEqual(
      expect.objectContaining({ message: expect.objectContaining({ type: "hello", replica: id }) }),
    );
  });

  it("[CYC18][T4] about to leave its id, it pulls nothing and offers what is pending without a first page; where the two have parted, nothing", () => {
    const fresh = facts({ cursor: new Uint8Array(0), sequence: 0, counter: 3 });
    for (const start of [fresh, facts({ counter: 3 }), facts({ counter: 3, bootstrapping: true })]) {
      const run = drive([start]);
      const offered = run.toLive({ parting: "asking" });
      expect(types(offered)).toEqual(["push"]);
      run.step({ type: "sent", space: "s", request: requestOf(offered, "push"), through: 3, transactions: 3 });
      run.message(pushedOf(requestOf(offered, "push"), { mark: 9, stopped: { type: "forked", through: 1 } }));
      const parted = facts({ ...run.space(), settledThrough: 1, parting: "parted" });
      expect(run.step({ type: "applied", facts: parted, waitingFor: new Map() })).toEqual([]);
      expect(run.step({ type: "written", space: "s", counter: 4 })).toEqual([]);
      expect(isSpaceSynced(run.state(), run.space())).toBe(false);
    }
  });

  it("[CYC18][CLI61][T4][F10] offers all that is pending in one, where r0 knows more than a cut batch had reached", () => {
    const run = drive([facts({ counter: 9 })]);
    const cut = run.toLive({ parting: "asking" });
    run.step({ type: "sent", space: "s", request: requestOf(cut, "push"), through: 2, transactions: 1 });
    const answered = run.message(pushedOf(requestOf(cut, "push"), { mark: 5, stopped: { type: "forked", through: 0 } }));
    expect(answered).toMatchObject([{ type: "apply-pushed", offersMore: true }]);
    const all = run.step({ type: "applied", facts: facts({ ...run.space(), parting: "asking" }), waitingFor: new Map() });
    expect(all).toMatchObject([{ type: "push", after: 0, transactionsMax: wireLimits.transactionsPerBatchMax }]);
    run.step({ type: "sent", space: "s", request: requestOf(all, "push"), through: 4, transactions: 2 });
    const last = run.message(pushedOf(requestOf(all, "push"), { mark: 5, stopped: { type: "forked", through: 4 } }));
    expect(last).toMatchObject([{ type: "apply-pushed", offersMore: false }]);
  });

  it("[CYC15][T16] backoff starts over only after a session that lasted stableMs", () => {
    const brief = drive();
    for (let i = 0; i < 3; i++) {
      brief.toLive();
      brief.step({ type: "closed", fault: { type: "closed", detail: "" } });
    }
    expect(brief.state().backoff.attempts).toBe(3);
    const stable = drive();
    stable.toLive();
    stable.step({ type: "closed", fault: { type: "closed", detail: "" } });
    stable.toLive();
    stable.waitMs(cycleDefaults.stableMs);
    stable.step({ type: "closed", fault: { type: "closed", detail: "" } });
    expect(stable.state().backoff.attempts).toBe(1);
  });

  it("[CYC27][F42][T16] after a session the first sleep is as wide as r0 has said, and no wider than the cap", () => {
    const lost = (reconnectWithinMs: number | undefined, random: number, type: "closed" | "timeout" = "closed") => {
      const run = drive();
      run.step({ type: "start" });
      run.step({ type: "token", token: "t" });
      run.step({ type: "opened" });
      run.message({ ...welcomeOf(), ...(reconnectWithinMs === undefined ? {} : { reconnectWithinMs }) });
      run.step({ type: "closed", fault: { type, detail: "" } }, random);
      return (run.timers.get("retry") ?? 0) - run.nowMs();
    };
    expect([0, 0.5, 0.999].map((random) => lost(10_000, random))).toEqual([0, 5_000, 9_990]);
    expect(lost(undefined, 0.5)).toBe(cycleDefaults.backoffBaseMs / 2);
    expect(lost(100, 0.5)).toBe(cycleDefaults.backoffBaseMs / 2);
    expect(lost(86_400_000, 0.5)).toBe(cycleDefaults.backoffCapMs / 2);
    // A link that went silent is one device's, and noticed at its own heartbeat.
    expect(lost(10_000, 0.5, "timeout")).toBe(cycleDefaults.backoffBaseMs / 2);
    // The next failure is of no session, and sleeps over a window that goes on from there (RES3); a hint of the host ends our own jitter.
    const again = drive();
    again.step({ type: "start" });
    again.step({ type: "token", token: "t" });
    again.step({ type: "opened" });
    again.message({ ...welcomeOf(), reconnectWithinMs: 10_000 });
    again.step({ type: "closed", fault: { type: "closed", detail: "" } });
    again.step({ type: "online" });
    expect(again.state().link.kind).toBe("token");
    again.step({ type: "token", token: "t" });
    again.step({ type: "closed", fault: { type: "unreachable", detail: "" } }, 0.999);
    expect((again.timers.get("retry") ?? 0) - again.nowMs()).toBe(15_984);
  });

  it("[CYC28][T16] a head that many are told of is asked for after a random part of the window, once, and at once for any other reason", () => {
    const poked = (random: number, change: Partial<Extract<ServerMessage, { type: "poke" }>> = {}) => {
      const run = drive();
      const request = requestOf(run.toLive(), "pull");
      run.message(pageOf(request));
      run.step({ type: "applied", facts: facts(), waitingFor: new Map() });
      const effects = run.step(
        { type: "message", message: { type: "poke", space: "s", head: 6, withinMs: 4_000, changes: [], cursor, ...change } },
        random,
      );
      return { run, effects };
    };
    const { run, effects } = poked(0.5);
    expect(types(effects)).toEqual(["set-timer"]);
    expect(isSpaceSynced(run.state(), run.space())).toBe(false);
    const dueMs = run.timers.get("retry") ?? 0;
    expect(dueMs - run.nowMs()).toBe(2_000);
    // A second poke puts nothing off.
    run.waitMs(1_500);
    expect(
      types(run.step({ type: "message", message: { type: "poke", space: "s", head: 7, withinMs: 4_000, changes: [], cursor } })),
    ).toEqual([]);
    expect(types(run.fire("retry"))).toContain("pull");
    expect(run.nowMs()).toBe(dueMs);

    expect(types(poked(0).effects)).toContain("pull");
    const hurried = poked(0.9).run;
    expect(types(hurried.step({ type: "hurry" }))).toContain("pull");
    const periodic = poked(0.9, { withinMs: 3_600_000 }).run;
    expect((periodic.timers.get("retry") ?? 0) - periodic.nowMs()).toBe(0.9 * cycleDefaults.antiEntropyMs);
    expect(types(periodic.fire("anti-entropy"))).toContain("pull");
  });

  it("[CYC16] in the background nothing runs: no timer, no connection; the foreground connects at once", () => {
    const run = drive([facts({ counter: 1 })]);
    run.toLive();
    expect(types(run.step({ type: "background" }))).toContain("disconnect");
    expect([...run.timers.keys()]).toEqual([]);
    expect(types(run.step({ type: "foreground" }))).toContain("fetch-token");
  });
});

/** Every event in every state of the link: the table names the kinds that may follow, and nothing throws. */
const table: Record<Connectivity["kind"], Partial<Record<string, readonly Connectivity["kind"][]>>> = {
  stopped: { start: ["token"], foreground: ["token"] },
  waiting: {
    start: ["token"],
    foreground: ["token"],
    hurry: ["token"],
    online: ["token"],
    credentials: ["token"],
    stop: ["stopped"],
    background: ["stopped"],
    timer: ["waiting", "token"],
    forked: ["token"],
  },
  token: {
    token: ["connecting"],
    "token-failed": ["waiting"],
    stop: ["stopped"],
    background: ["stopped"],
    timer: ["token", "waiting"],
    forked: ["token"],
  },
  connecting: {
    opened: ["greeting"],
    closed: ["waiting"],
    stop: ["stopped"],
    background: ["stopped"],
    timer: ["connecting", "waiting"],
    forked: ["token"],
  },
  greeting: {
    message: ["greeting", "live", "blocked", "waiting", "token"],
    closed: ["waiting"],
    stop: ["stopped"],
    background: ["stopped"],
    timer: ["greeting", "waiting"],
    forked: ["token"],
  },
  live: {
    message: ["live", "waiting", "blocked", "token"],
    closed: ["waiting"],
    stop: ["stopped"],
    background: ["stopped"],
    timer: ["live", "waiting"],
    forked: ["token"],
  },
  blocked: { credentials: ["token"], stop: ["stopped"], background: ["stopped"] },
};

const arbitraryMessage: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.constant(welcomeOf()),
  fc.constant({ ...welcomeOf(), principal: "bob" }),
  fc.nat(12).map((request) => pageOf(request)),
  fc.nat(12).map((request) => pageOf(request, { more: true, head: 8 })),
  fc.nat(12).map((request) => pushedOf(request)),
  fc.nat(12).map((request) => pushedOf(request, { stopped: { type: "failed", counter: 1, detail: "", retryAfterMs: 10 } })),
  fc.nat(12).map((request) => pushedOf(request, { stopped: { type: "forked", through: 0 } })),
  fc.constant<ServerMessage>({ type: "poke", space: "s", head: 9, changes: [], cursor }),
  fc.constant<ServerMessage>({ type: "poke", space: "s", head: 12, withinMs: 20_000, changes: [], cursor }),
  fc.constant<ServerMessage>({ ...welcomeOf(9), reconnectWithinMs: 10_000 }),
  fc.constant<ServerMessage>({ type: "pong", nonce: 1 }),
  fc
    .constantFrom(
      "unauthenticated",
      "wrong-principal",
      "replica-taken",
      "client-too-old",
      "overloaded",
      "no-access",
      "server-error" as const,
    )
    .chain((code) => fc.nat(12).map((request) => ({ type: "fault", request, code, message: "", retryAfterMs: undefined }) as const)),
);

const arbitraryEvent: fc.Arbitrary<Bare<CycleEvent>> = fc.oneof(
  fc.constantFrom<Bare<CycleEvent>>(
    { type: "start" },
    { type: "hurry" },
    { type: "online" },
    { type: "opened" },
    { type: "token", token: "t" },
    { type: "credentials" },
  ),
  fc.constantFrom<Bare<CycleEvent>>({ type: "stop" }, { type: "background" }, { type: "foreground" }, { type: "token-failed", detail: "" }),
  fc.constantFrom<TimerName>("retry", "deadline", "heartbeat", "anti-entropy").map((name) => ({ type: "timer", name }) as const),
  fc
    .constantFrom("closed", "timeout", "unreachable", "not-a-server")
    .map((type) => ({ type: "closed", fault: { type, detail: "" } }) as const),
  arbitraryMessage.map((message) => ({ type: "message", message }) as const),
  fc.nat(6).map((counter) => ({ type: "written", space: "s", counter }) as const),
  fc.record({ request: fc.nat(12), transactions: fc.nat(3) }).map((sent) => ({ type: "sent", space: "s", through: 1, ...sent }) as const),
  fc.nat(6).map((settledThrough) => ({ type: "applied", facts: facts({ settledThrough, counter: 6 }), waitingFor: new Map() }) as const),
  fc.constant({ type: "forked", replica, facts: [facts()] } as const),
);

describe("any history of events", () => {
  it("[CYC17] moves only along the table, keeps one push and one pull a space, and always has something that ends a wait", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(arbitraryEvent, fc.nat(40_000)), { maxLength: 60 }), (events) => {
        const run = drive([facts({ counter: 2 })]);
        for (const [event, delayMs] of events) {
          run.waitMs(delayMs);
          const before = run.state().link.kind;
          run.step(event);
          const after = run.state().link.kind;
          if (after !== before) expect(table[before][event.type] ?? [], `${before} → ${event.type} → ${after}`).toContain(after);
          if (after === "waiting") expect(run.timers.has("retry")).toBe(true);
          if (after === "token" || after === "connecting" || after === "greeting") expect(run.timers.has("deadline")).toBe(true);
          if (after === "live") expect(run.timers.has("heartbeat") || event.type === "timer").toBe(true);
          if (after === "stopped" || after === "blocked") expect([...run.timers.keys()]).toEqual([]);
          // A head that is to be asked for later has a timer, whatever happens meanwhile.
          const { pulled, pull, pullNotBeforeMs, head, sequence } = run.space();
          if (after === "live" && pulled && pull === undefined && head > sequence && pullNotBeforeMs > run.nowMs())
            expect(run.timers.has("retry")).toBe(true);
        }
      }),
      { seed: 20261123, numRuns: 2_000 },
    );
  });
});
