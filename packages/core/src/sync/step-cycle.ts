/**
 * The client's sync cycle: one pure step (paper 5.2; architecture 4).
 *
 * Rules, by id, in `docs/spec/cycle.md`. What matters most: it is level-triggered (CYC1: after every step each space starts
 * whatever it has to do), it always has a timer or an answer to wait for while it wants to be connected (CYC2), and it asks
 * for nothing that is not on disk (CYC3: pushes are read from the change log, cursors from rows).
 */
import { unreachable } from "../base/assert.ts";
import { breakerAtRest } from "../resilience/circuit-breaker.ts";
import { protocolVersion, protocolVersionMin, capabilities } from "../wire/protocol.ts";
import { armDelays, type Draft, setLink, setTimer, takeRequest, updateEachSpace, updateSpace } from "./cycle-draft.ts";
import { endSession, failAttempt, oldestRequestMs, sendPing, tryNow } from "./cycle-link.ts";
import { antiEntropyDelayMs, takeMessage } from "./cycle-message.ts";
import { planSpaces } from "./cycle-plan.ts";
import { spaceAtRest, spacesAtRest } from "./cycle-space.ts";
import type { CycleEffect, CycleEvent, CycleLimits, CycleState, SpaceFacts, TimerName } from "./cycle.ts";

export function stepCycle(
  state: CycleState,
  event: CycleEvent,
  limits: CycleLimits,
): { readonly state: CycleState; readonly effects: readonly CycleEffect[] } {
  const draft: Draft = { state, effects: [], nowMs: event.nowMs, random: event.random, limits };
  takeEvent(draft, event);
  planSpaces(draft);
  return { state: draft.state, effects: draft.effects };
}

function takeEvent(draft: Draft, event: CycleEvent): void {
  const { link } = draft.state;
  switch (event.type) {
    case "start":
    case "foreground":
      if (link.kind === "stopped") tryNow(draft);
      else hurry(draft);
      return;
    case "stop":
    case "background":
      endSession(draft, "unreachable");
      setLink(draft, { kind: "stopped" });
      return;
    case "hurry":
      hurry(draft);
      return;
    case "online":
      forgetOwnOutage(draft);
      hurry(draft);
      return;
    case "credentials":
      draft.state = { ...draft.state, tokensRefused: 0 };
      if (link.kind === "blocked" || link.kind === "waiting") tryNow(draft);
      return;
    case "timer":
      takeTimer(draft, event.name);
      return;
    case "token":
      takeToken(draft, event.token);
      return;
    case "token-failed":
      if (link.kind === "token") failAttempt(draft, "token-failed");
      return;
    case "opened":
      if (link.kind === "connecting") sayHello(draft, link.token);
      return;
    case "closed":
      if (link.kind === "connecting" || link.kind === "greeting" || link.kind === "live")
        failAttempt(draft, event.fault.type, event.fault.type === "unavailable" ? event.fault.retryAfterMs : undefined);
      return;
    case "message":
      takeMessage(draft, event.message);
      return;
    case "written":
      takeWritten(draft, event.space, event.counter);
      return;
    case "follow":
      follow(draft, event.facts);
      return;
    case "unfollow":
      unfollow(draft, event.space);
      return;
    case "sent":
      takeSent(draft, event);
      return;
    case "applied":
      takeApplied(draft, event.facts, event.waitingFor);
      return;
    case "forked":
      takeForked(draft, event);
      return;
    default:
      unreachable(event);
  }
}

/** The app, the screen or the host's network says that now is a good time. */
function hurry(draft: Draft): void {
  const { link } = draft.state;
  if (link.kind === "waiting") tryNow(draft);
  if (link.kind !== "live") return;
  sendPing(draft);
  updateEachSpace(draft, (space) => ({ ...space, pulled: false }));
}

/**
 * What failed while the host had no network says nothing of r0: the breaker that it opened is closed, and its cooldown over (CYC26).
 * What r0 asked for (`Retry-After`) stays.
 */
function forgetOwnOutage(draft: Draft): void {
  const { link } = draft.state;
  draft.state = { ...draft.state, breaker: breakerAtRest };
  if (link.kind === "waiting" && link.reason === "circuit-open") setLink(draft, { ...link, notBeforeMs: draft.nowMs });
}

function takeTimer(draft: Draft, name: TimerName): void {
  const { link } = draft.state;
  switch (name) {
    case "retry":
      // While live, it is a space's delayed push or pull: the plan looks.
      // A host's timer may fire a little early, and an attempt before its time would be none: then nothing would ever try again.
      if (link.kind === "waiting" && draft.nowMs >= link.untilMs) tryNow(draft);
      else if (link.kind === "waiting") setTimer(draft, "retry", Math.ceil(link.untilMs - draft.nowMs));
      else armDelays(draft);
      return;
    case "deadline":
      if (link.kind === "token" || link.kind === "connecting" || link.kind === "greeting") failAttempt(draft, "timeout");
      else if (link.kind === "live" && link.pingSentMs !== undefined) failAttempt(draft, "timeout");
      return;
    case "heartbeat":
      if (link.kind !== "live") return;
      beat(draft);
      return;
    case "anti-entropy":
      if (link.kind !== "live") return;
      updateEachSpace(draft, (space) => ({ ...space, pulled: false, overdue: space.awaits <= space.settledThrough }));
      setTimer(draft, "anti-entropy", antiEntropyDelayMs(draft));
      return;
    default:
      unreachable(name);
  }
}

function beat(draft: Draft): void {
  const { link } = draft.state;
  if (link.kind !== "live") return;
  const oldestMs = oldestRequestMs(draft.state.spaces.values());
  if (oldestMs !== undefined && draft.nowMs - oldestMs >= draft.limits.requestMsMax) {
    failAttempt(draft, "timeout");
    return;
  }
  setTimer(draft, "heartbeat", link.heartbeatMs);
  sendPing(draft);
}

function takeToken(draft: Draft, token: string): void {
  const { link } = draft.state;
  if (link.kind !== "token") return;
  setLink(draft, { kind: "connecting", sinceMs: draft.nowMs, token });
  setTimer(draft, "deadline", draft.limits.connectMsMax);
  draft.effects.push({ type: "connect" });
}

function helloSpace(space: SpaceFacts) {
  return { space: space.space, cursor: space.cursor, counter: space.counter };
}

function sayHello(draft: Draft, token: string): void {
  const { state } = draft;
  setLink(draft, { kind: "greeting", sinceMs: draft.nowMs });
  setTimer(draft, "deadline", draft.limits.connectMsMax);
  draft.effects.push({
    type: "send",
    message: {
      type: "hello",
      protocol: protocolVersion,
      protocolMin: protocolVersionMin,
      capabilities,
      token,
      replica: state.replica,
      principal: state.principal,
      schemaVersion: state.schemaVersion,
      opening: state.opening,
      request: takeRequest(draft),
      spaces: [...state.spaces.values()].map(helloSpace),
    },
  });
}

function takeWritten(draft: Draft, id: string, counter: number): void {
  const space = draft.state.spaces.get(id);
  if (space !== undefined && counter > space.counter) updateSpace(draft, id, { counter });
}

function follow(draft: Draft, facts: SpaceFacts): void {
  if (draft.state.spaces.has(facts.space)) return;
  const spaces = new Map(draft.state.spaces).set(facts.space, spaceAtRest(facts));
  draft.state = { ...draft.state, spaces };
  if (draft.state.link.kind === "live") draft.effects.push({ type: "send", message: { type: "follow", spaces: [helloSpace(facts)] } });
}

function unfollow(draft: Draft, id: string): void {
  if (!draft.state.spaces.has(id)) return;
  const spaces = new Map(draft.state.spaces);
  spaces.delete(id);
  draft.state = { ...draft.state, spaces };
  if (draft.state.link.kind === "live") draft.effects.push({ type: "send", message: { type: "unfollow", spaces: [id] } });
}

function takeSent(draft: Draft, event: Extract<CycleEvent, { type: "sent" }>): void {
  const space = draft.state.spaces.get(event.space);
  if (space?.push?.request !== event.request) return;
  if (event.transactions > 0)
    updateSpace(draft, event.space, { push: { ...space.push, transactions: event.transactions, through: event.through } });
  // The log held nothing after all: `through` is what is settled.
  else updateSpace(draft, event.space, { push: undefined, counter: event.through, settledThrough: event.through });
}

/** The shell has made the oldest outstanding effect of this space durable: rows take the place of what was in memory. */
function takeApplied(draft: Draft, facts: SpaceFacts, waitingFor: ReadonlyMap<string, number>): void {
  const space = draft.state.spaces.get(facts.space);
  if (space === undefined) return;
  const [kind, ...applies] = space.applies;
  const live = draft.state.link.kind === "live";
  const past = space.poison !== undefined && facts.settledThrough >= space.poison.counter;
  updateSpace(draft, facts.space, {
    ...facts,
    counter: Math.max(facts.counter, space.counter),
    applies,
    welcomed: space.welcomed || (kind === "welcome" && live),
    behind: kind === "page" && facts.sequence === space.sequence && space.head > facts.sequence,
    waitingFor,
    poison: past ? undefined : space.poison,
    pushNotBeforeMs: past ? 0 : space.pushNotBeforeMs,
  });
  // What it waits for may be an unheard poke away: ask there.
  for (const other of waitingFor.keys()) updateSpace(draft, other, { pulled: false });
  for (const other of waitingFor.keys()) doubtPull(draft, other);
  if (waitingFor.size > 0) updateSpace(draft, facts.space, { pulled: false });
}

/** What is on its way may have been read before what waits for it was written. */
function doubtPull(draft: Draft, id: string): void {
  const pull = draft.state.spaces.get(id)?.pull;
  if (pull !== undefined) updateSpace(draft, id, { pull: { ...pull, doubted: true } });
}

function takeForked(draft: Draft, event: Extract<CycleEvent, { type: "forked" }>): void {
  endSession(draft, "forked");
  const wanted = draft.state.link.kind !== "stopped" && draft.state.link.kind !== "blocked";
  draft.state = { ...draft.state, replica: event.replica, spaces: spacesAtRest(event.facts) };
  if (wanted) {
    setLink(draft, { kind: "waiting", untilMs: draft.nowMs, notBeforeMs: draft.nowMs, reason: "forked" });
    tryNow(draft);
  }
}
