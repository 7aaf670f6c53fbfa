/** After the last fault everything drains by itself, and the status says what is so. */
import type { Mutant } from "../mutant.ts";
import { background, calm, crowd, partition, serverKill } from "./directions.ts";

const link = "packages/core/src/sync/cycle-link.ts";
const space = "packages/core/src/sync/cycle-space.ts";
const step = "packages/core/src/sync/step-cycle.ts";
const plan = "packages/core/src/sync/cycle-plan.ts";
const backoff = "packages/core/src/resilience/backoff.ts";
const breaker = "packages/core/src/resilience/circuit-breaker.ts";

const bad = { ...calm, cutPerMessage: 0.1, unreachablePerConnection: 0.5, unavailablePerConnection: 0.4 } as const;
const outage = { faults: [partition, serverKill], faultsCount: 4, durationMs: 300_000, network: bad } as const;
const silent = { ...crowd, network: { ...calm, swallowPerMessage: 0.1 } } as const;

export const livenessMutants: readonly Mutant[] = [
  {
    id: "breaker-stays-open",
    protects: "An open breaker lets a probe through when its time is over",
    ids: ["L1", "F11"],
    file: breaker,
    find: `  if (nowMs < state.untilMs) return { state, waitMs: state.untilMs - nowMs };`,
    replace: `  if (state.untilMs > 0) return { state, waitMs: Math.max(1_000, state.untilMs - nowMs) };`,
    directed: outage,
  },
  {
    id: "no-retry-timer",
    protects: "Whoever waits has a timer to wait for",
    ids: ["F11", "L1", "L2"],
    file: link,
    find: `  setTimer(draft, "retry", Math.max(0, untilMs - draft.nowMs));\n`,
    replace: "",
    directed: outage,
  },
  {
    id: "backoff-without-cap",
    protects: "The backoff's window has an end",
    ids: ["T16", "L1"],
    file: backoff,
    find: `return Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(attempts, 40));`,
    replace: `return limits.baseMs * 2 ** Math.min(attempts, 40);`,
    directed: { ...outage, durationMs: 3_600_000 },
  },
  {
    id: "half-open-unnoticed",
    protects: "A connection that carries nothing is given up after a deadline",
    ids: ["T15", "L1"],
    file: link,
    find: `  if (link.kind !== "live" || link.pingSentMs !== undefined) return;`,
    replace: `  if (link.kind !== "live" || draft.nowMs >= 0) return;`,
    also: [
      {
        file: step,
        find: `  if (oldestMs !== undefined && draft.nowMs - oldestMs >= draft.limits.requestMsMax) {`,
        replace: `  if (oldestMs !== undefined && draft.nowMs < 0) {`,
      },
    ],
    directed: silent,
  },
  {
    id: "handshake-without-deadline",
    protects: "A handshake that nobody answers is given up after a deadline",
    ids: ["T15", "L1"],
    file: step,
    find: `      if (link.kind === "token" || link.kind === "connecting" || link.kind === "greeting") failAttempt(draft, "timeout");
      else if`,
    replace: `      if`,
    directed: silent,
  },
  {
    id: "push-never-given-up",
    protects: "A push that its session did not answer is pushed again in the next",
    ids: ["F11", "L2"],
    file: space,
    find: `return { ...before, ...unasked };`,
    replace: `return { ...before, ...unasked, push: before.push };`,
    directed: outage,
  },
  {
    id: "pull-never-given-up",
    protects: "A pull that its session did not answer is asked again in the next",
    ids: ["F11", "L1"],
    file: space,
    find: `return { ...before, ...unasked };`,
    replace: `return { ...before, ...unasked, pull: before.pull };`,
    directed: outage,
  },
  {
    id: "failed-push-waits-for-a-write",
    protects: "A push that r0 failed on is tried again by itself",
    ids: ["F11", "L2"],
    file: plan,
    find: `  if (nowMs < space.pushNotBeforeMs) return;`,
    replace: `  if (space.pushNotBeforeMs > 0) return;`,
    directed: outage,
  },
  {
    id: "status-without-pending",
    protects: "A status counts everything that r0 has not answered",
    ids: ["F24", "L7"],
    file: "packages/client/src/compose-status.ts",
    find: `const own = row.access === "none" ? 0 : row.counter - row.settledThrough;`,
    replace: `const own = 0;`,
    directed: crowd,
  },
  {
    id: "status-synced-early",
    protects: "In step means: everything up to r0's head as this session heard it",
    ids: ["F24", "L7"],
    file: space,
    find: `    !space.bootstrapping &&
    space.sequence >= space.head
  );`,
    replace: `    !space.bootstrapping
  );`,
    directed: silent,
  },
  {
    id: "status-synced-offline",
    protects: "In step is a statement about now: it ends with the session",
    ids: ["F24", "L7", "T15"],
    file: space,
    find: `    state.link.kind === "live" &&
    space.welcomed &&
    space.pulled &&`,
    replace: `    (space.sequence > 0 || state.link.kind === "live") &&`,
    directed: { ...silent, faults: [partition, background], faultsCount: 4 },
  },
];
