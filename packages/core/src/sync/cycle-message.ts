/** What r0 said, and what follows from it. */
import { recordOutcome } from "../resilience/circuit-breaker.ts";
import { backoffWindowMs } from "../resilience/backoff.ts";
import type { PushStop, ServerMessage } from "../wire/messages.ts";
import type { CycleState, Poison, PullInFlight, SpaceCycle } from "./cycle.ts";
import { armDelays, backoffOf, clearTimer, type Draft, setLink, setTimer, startApply, updateSpace } from "./cycle-draft.ts";
import { suspicionOf } from "./cycle-space.ts";
import { block, failAttempt, tryNow } from "./cycle-link.ts";
import { unreachable } from "../base/assert.ts";
import { compareBytes } from "../base/bytes.ts";

type Message<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

export function takeMessage(draft: Draft, message: ServerMessage): void {
  const { link } = draft.state;
  if (link.kind === "greeting") {
    if (message.type === "welcome") takeWelcome(draft, message);
    else if (message.type === "fault") takeFault(draft, message);
    return;
  }
  // A straggler of a session that has ended: the shell filters these, and this is the second line (simulator E6).
  if (link.kind !== "live") return;
  if (link.pingSentMs !== undefined) clearTimer(draft, "deadline");
  setLink(draft, { ...link, heardMs: draft.nowMs, pingSentMs: undefined });
  switch (message.type) {
    case "welcome":
      if (isSaidOtherwise(draft.state, link.epoch, message)) failAttempt(draft, "changed");
      else takeFollowed(draft, message);
      return;
    case "pushed":
      takePushed(draft, message);
      return;
    case "page":
      takePage(draft, message);
      return;
    case "poke":
      takePoke(draft, message);
      return;
    case "pong":
      return;
    case "fault":
      takeFault(draft, message);
      return;
    default:
      unreachable(message);
  }
}

function takeWelcome(draft: Draft, message: Message<"welcome">): void {
  const { state, nowMs, limits } = draft;
  if (state.principal !== "" && message.principal !== state.principal) {
    block(draft, "wrong-principal", `The replica is of "${state.principal}", the token of "${message.principal}".`);
    return;
  }
  const heartbeatMs = Math.min(limits.heartbeatMs, message.heartbeatMs);
  draft.state = {
    ...state,
    principal: message.principal,
    tokensRefused: 0,
    pushBytesMax: message.pushBytesMax,
    breaker: recordOutcome(state.breaker, false, nowMs, limits.breaker),
    link: {
      kind: "live",
      epoch: message.epoch,
      sinceMs: nowMs,
      heardMs: nowMs,
      pingSentMs: undefined,
      heartbeatMs,
      reconnectWithinMs: message.reconnectWithinMs ?? 0,
    },
  };
  clearTimer(draft, "deadline");
  setTimer(draft, "heartbeat", heartbeatMs);
  setTimer(draft, "anti-entropy", antiEntropyDelayMs(draft));
  // A push that r0 has put off is still put off: its timer went with the last session.
  armDelays(draft);
  applyWelcome(draft, message);
}

/** The answer to a `follow`. Once a space and session: told again, its marks are of the past, and r0 would seem to have lost what it confirmed since. */
function takeFollowed(draft: Draft, message: Message<"welcome">): void {
  // A head that has moved is news, whichever exchange over HTTP brings it.
  for (const { space: id, head } of message.spaces) {
    const known = draft.state.spaces.get(id);
    if (known?.welcomed === true) updateSpace(draft, id, { head: Math.max(known.head, head) });
  }
  const spaces = message.spaces.filter((welcomed) => {
    const space = draft.state.spaces.get(welcomed.space);
    return space !== undefined && !space.welcomed && !space.applies.includes("welcome");
  });
  if (spaces.length > 0) applyWelcome(draft, { ...message, spaces });
}

/**
 * Over HTTP each exchange begins with a welcome, and r0 may have been put back to a backup, or the user's access changed, since the last: what the
 * session rests on is not so any more. The next handshake takes it up, after a backoff, since two that contradict each other may take turns (trap 6).
 */
function isSaidOtherwise({ principal, spaces }: CycleState, epoch: string, message: Message<"welcome">): boolean {
  if (message.epoch !== epoch || message.principal !== principal) return true;
  return message.spaces.some((welcomed) => {
    const space = spaces.get(welcomed.space);
    return space?.welcomed === true && (welcomed.access !== space.access || welcomed.mark < space.settledThrough);
  });
}

/** Between half and one and a half of the stated period, so that a fleet does not ask in step (trap 16). */
export function antiEntropyDelayMs(draft: Draft): number {
  return Math.floor(draft.limits.antiEntropyMs * (0.5 + draft.random));
}

function applyWelcome(draft: Draft, message: Message<"welcome">): void {
  for (const welcomed of message.spaces) {
    updateSpace(draft, welcomed.space, { head: welcomed.head, access: welcomed.access });
    startApply(draft, welcomed.space, "welcome");
    if (welcomed.access === "none")
      draft.effects.push({
        type: "announce",
        event: "no-access",
        detail: `The user may not read "${welcomed.space}".`,
        space: welcomed.space,
      });
  }
  draft.effects.push({ type: "apply-welcome", message });
}

function takePushed(draft: Draft, message: Message<"pushed">): void {
  const space = draft.state.spaces.get(message.space);
  if (space?.push?.request !== message.request) return;
  // It misses what it has confirmed, or where it begins: pushed again at once from there, it would miss it for ever.
  if (message.stopped?.type === "gap" && message.mark <= space.settledThrough && space.parting === undefined) {
    failAttempt(draft, "changed");
    return;
  }
  const offersMore = isCutOffer(space, message);
  updateSpace(draft, message.space, {
    push: undefined,
    head: Math.max(space.head, message.head),
    poison: message.stopped?.type === "forked" ? space.poison : poisonAfter(draft, space, message.mark),
    // r0 decides nothing of it: nothing of it can be poison.
    ...(offersMore ? { offersAll: true, poison: undefined } : {}),
  });
  startApply(draft, message.space, "pushed");
  draft.effects.push({ type: "apply-pushed", message, offersMore });
  if (message.stopped !== undefined) takePushStop(draft, message, message.stopped);
}

/**
 * Where another copy has withdrawn something, the histories part in it and are one behind it: how far r0 has a batch says nothing of what is
 * pending after the batch, up to r0's mark (trap 4, F10).
 */
function isCutOffer(space: SpaceCycle, { stopped, mark }: Message<"pushed">): boolean {
  const { push, parting, offersAll, counter } = space;
  return stopped?.type === "forked" && parting === "asking" && !offersAll && push !== undefined && push.through < Math.min(mark, counter);
}

/**
 * Some got through: what kills r0 is behind them, and likely in what the last batch held beyond this one, so that the size stays, and
 * grows again from the second success on. Back to whole batches at once, the search would begin anew at each step.
 */
function poisonAfter({ limits }: Draft, { poison, settledThrough }: SpaceCycle, mark: number): Poison | undefined {
  if (poison === undefined || mark <= settledThrough) return poison;
  if (poison.named) return undefined;
  const batchMax = poison.closures + poison.failures > 0 ? poison.batchMax : poison.batchMax * 2;
  if (batchMax >= limits.pushTransactionsMax) return undefined;
  return suspicionOf(undefined, mark + 1, batchMax);
}

function takePushStop(draft: Draft, message: Message<"pushed">, stopped: PushStop): void {
  // Nothing counts against it, however long it takes.
  if (stopped.type === "awaits") {
    updateSpace(draft, message.space, { awaits: stopped.counter });
    delayPush(draft, message.space, stopped.retryAfterMs);
  }
  if (stopped.type !== "failed") return;
  const space = draft.state.spaces.get(message.space);
  if (space === undefined) return;
  countFailure(draft, space, stopped.counter, 1, true, stopped.retryAfterMs);
}

/** r0 failed on a push that begins with `counter`, or on that alone: it is tried again in smaller batches, after a while that grows. */
function countFailure(draft: Draft, space: SpaceCycle, counter: number, batchMax: number, alone: boolean, retryAfterMs = 0): void {
  const known = suspicionOf(space.poison, counter, batchMax);
  const failures = known.failures + 1;
  updateSpace(draft, space.space, { push: undefined, poison: { ...known, failures, batchMax, alone, named: alone } });
  delayPush(draft, space.space, retryAfterMs + Math.floor(draft.random * backoffWindowMs(failures - 1, backoffOf(draft))));
}

function delayPush(draft: Draft, space: string, delayMs: number): void {
  updateSpace(draft, space, { pushNotBeforeMs: draft.nowMs + delayMs });
  armDelays(draft);
}

function takePage(draft: Draft, message: Message<"page">): void {
  const space = draft.state.spaces.get(message.space);
  if (space?.pull?.request !== message.request) return;
  if (isFruitless(space.pull, message)) {
    failAttempt(draft, "changed");
    return;
  }
  const { doubted, released } = space.pull;
  updateSpace(draft, message.space, { pull: undefined, pulled: !message.more && !doubted, head: Math.max(space.head, message.head) });
  startApply(draft, message.space, "page");
  draft.effects.push({ type: "apply-page", message, ...(released.size > 0 ? { released } : {}) });
}

/** Nothing new, though r0 has named more than that or says that there is: asked again at once, it would be asked for ever. */
function isFruitless(pull: PullInFlight, { cursor, head, more }: Message<"page">): boolean {
  return (more || head < pull.head) && compareBytes(cursor, pull.cursor) === 0;
}

/** A hint. Its changes are used if they follow on what is here; otherwise the plan pulls, because the head has moved. */
function takePoke(draft: Draft, message: Message<"poke">): void {
  const space = draft.state.spaces.get(message.space);
  if (space === undefined || !space.welcomed) return;
  updateSpace(draft, message.space, { head: Math.max(space.head, message.head) });
  if (message.changes.length === 0 && message.withinMs !== undefined) delayPull(draft, space, message.withinMs);
  if (message.changes.length === 0 || space.bootstrapping || space.cursor.length === 0) return;
  startApply(draft, message.space, "page");
  draft.effects.push({ type: "apply-page", message });
}

/** Drawn once: a second poke must not put off what the first has planned. */
function delayPull(draft: Draft, space: SpaceCycle, withinMs: number): void {
  const { nowMs, random, limits } = draft;
  if (space.pullNotBeforeMs > nowMs) return;
  updateSpace(draft, space.space, { pullNotBeforeMs: nowMs + Math.floor(random * Math.min(withinMs, limits.antiEntropyMs)) });
  armDelays(draft);
}

function takeFault(draft: Draft, message: Message<"fault">): void {
  switch (message.code) {
    case "unauthenticated":
      draft.state = { ...draft.state, tokensRefused: draft.state.tokensRefused + 1 };
      // The first refusal may be an expired token: ask once for a fresh one. The second is an answer.
      if (draft.state.tokensRefused > 1) block(draft, "unauthenticated", message.message);
      else {
        failAttempt(draft, "closed");
        tryNow(draft);
      }
      return;
    case "wrong-principal":
    case "client-too-old":
    case "server-too-old":
      block(draft, message.code, message.message);
      return;
    case "replica-taken":
      draft.effects.push({ type: "fork" });
      return;
    case "overloaded":
      failAttempt(draft, "overloaded", message.retryAfterMs);
      return;
    case "too-large":
    case "malformed":
    case "server-error":
      takeRequestFault(draft, message);
      return;
    default:
      // `no-access` says nothing of a transaction: the next welcome tells what may be read, and whatever goes with lost access goes there.
      // An unknown code of a newer server: a failure like any other.
      failAttempt(draft, "server-error", message.retryAfterMs);
  }
}

/** r0 could not answer one request. A push counts against its first transaction; anything else ends the session, to be tried again. */
function takeRequestFault(draft: Draft, message: Message<"fault">): void {
  for (const space of draft.state.spaces.values()) {
    if (message.request === 0 || space.push?.request !== message.request) continue;
    const transactions = space.push.transactions ?? 0;
    const batchMax = Math.max(1, Math.floor(transactions / 2));
    countFailure(draft, space, space.settledThrough + 1, batchMax, transactions <= 1, message.retryAfterMs);
    return;
  }
  failAttempt(draft, "server-error", message.retryAfterMs);
}
