/** The link: when to try, when to give up, when to ask the app. */
import { admitCall, breakerAtRest, recordOutcome } from "../resilience/circuit-breaker.ts";
import { backoffAtRest, backoffWindowMs, stepBackoff } from "../resilience/backoff.ts";
import { backoffOf, clearTimer, type Draft, setLink, setTimer, updateEachSpace, updateSpace } from "./cycle-draft.ts";
import { forgetSession, isResaying, suspicionOf } from "./cycle-space.ts";
import type { BlockReason, SpaceCycle, WaitReason } from "./cycle.ts";

/** Begins an attempt, unless the breaker is open or r0 asked for patience. */
export function tryNow(draft: Draft): void {
  const { state, nowMs, limits } = draft;
  if (state.link.kind === "waiting" && nowMs < state.link.notBeforeMs) return;
  const admitted = admitCall(state.breaker, nowMs);
  draft.state = { ...state, breaker: admitted.state };
  if (admitted.waitMs > 0) {
    // Over the backoff's window: cooldowns that began in one second would otherwise end in one (trap 16).
    const windowMs = backoffWindowMs(state.backoff.attempts, backoffOf(draft));
    waitUntil(draft, nowMs + admitted.waitMs + draft.random * windowMs, nowMs + admitted.waitMs, "circuit-open");
    return;
  }
  setLink(draft, { kind: "token", sinceMs: nowMs });
  clearTimer(draft, "retry");
  setTimer(draft, "deadline", limits.tokenMsMax);
  draft.effects.push({ type: "fetch-token", refused: state.tokensRefused > 0 });
}

/** The attempt or the session failed: full-jitter backoff, `Retry-After` as its floor, and always a timer (F11). */
export function failAttempt(draft: Draft, reason: WaitReason, retryAfterMs?: number): void {
  const { limits, nowMs } = draft;
  const { link } = draft.state;
  // What the far side has ended, it has likely ended for many. A silence is noticed by each at its own heartbeat, and often its own (F41).
  const windowMsMin = link.kind === "live" && reason === "closed" ? link.reconnectWithinMs : 0;
  endSession(draft, reason);
  const breaker = recordOutcome(draft.state.breaker, true, nowMs, limits.breaker);
  const step = stepBackoff(draft.state.backoff, { random: draft.random, retryAfterMs, windowMsMin }, backoffOf(draft));
  draft.state = { ...draft.state, breaker, backoff: step.state };
  waitUntil(draft, nowMs + step.delayMs, nowMs + (retryAfterMs ?? 0), reason);
}

function waitUntil(draft: Draft, untilMs: number, notBeforeMs: number, reason: WaitReason): void {
  setLink(draft, { kind: "waiting", untilMs, notBeforeMs, reason });
  setTimer(draft, "retry", Math.max(0, untilMs - draft.nowMs));
}

/** Nothing goes out until the app has done something about it: no request, no timer (F40). */
export function block(draft: Draft, reason: BlockReason, detail: string): void {
  endSession(draft, "closed");
  setLink(draft, { kind: "blocked", reason });
  const event = reason === "unauthenticated" ? "auth-required" : reason === "wrong-principal" ? "wrong-principal" : "upgrade-required";
  draft.effects.push({ type: "announce", event, detail });
}

/** Drops whatever connection there is. The shell never delivers anything of it afterwards (simulator E6). */
export function endSession(draft: Draft, reason: WaitReason): void {
  const { link } = draft.state;
  if (link.kind === "live") {
    if (draft.nowMs - link.sinceMs >= draft.limits.stableMs)
      draft.state = { ...draft.state, backoff: backoffAtRest, breaker: breakerAtRest };
    if (reason === "closed") for (const space of draft.state.spaces.values()) suspectPush(draft, space);
  }
  if (link.kind !== "stopped" && link.kind !== "waiting" && link.kind !== "blocked") draft.effects.push({ type: "disconnect" });
  updateEachSpace(draft, forgetSession);
  for (const name of ["deadline", "heartbeat", "anti-entropy", "retry"] as const) clearTimer(draft, name);
}

/**
 * The far side closed while a push was unanswered. Once is the network; again and again with the same first transaction, on
 * sessions that were otherwise well, may be a transaction that kills r0: halve the batch until it stands alone (F10).
 */
function suspectPush(draft: Draft, space: SpaceCycle): void {
  const transactions = space.push?.transactions ?? 0;
  if (transactions === 0) return;
  const counter = space.settledThrough + 1;
  const known = suspicionOf(space.poison, counter, transactions);
  // Not proved well, so it counts against nothing; but the next session proves itself first (the plan waits for the pull), or a
  // push that kills r0 faster than it answers anything would go out for ever.
  if (!space.pulled && !isResaying(space)) updateSpace(draft, space.space, { poison: known });
  else {
    const batchMax = Math.max(1, Math.floor(transactions / 2));
    updateSpace(draft, space.space, {
      poison: { ...known, closures: known.closures + 1, batchMax, alone: transactions === 1, named: false },
    });
  }
}

/** A ping is due: prove that the socket is not half open (trap 15). */
export function sendPing(draft: Draft): void {
  const { link } = draft.state;
  if (link.kind !== "live" || link.pingSentMs !== undefined) return;
  setLink(draft, { ...link, pingSentMs: draft.nowMs });
  draft.effects.push({ type: "send", message: { type: "ping", nonce: draft.state.nextRequest } });
  setTimer(draft, "deadline", draft.limits.pongMsMax);
}

/** The oldest request that r0 has not answered, by when it was sent. */
export function oldestRequestMs(spaces: Iterable<SpaceCycle>): number | undefined {
  let oldest: number | undefined;
  for (const space of spaces)
    for (const flight of [space.push, space.pull])
      if (flight !== undefined && (oldest === undefined || flight.sinceMs < oldest)) oldest = flight.sinceMs;
  return oldest;
}
