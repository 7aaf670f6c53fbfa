/** One step in progress: the state so far and the effects so far. Lives only inside `stepCycle`. */
import type { SpaceId } from "../operation/operation.ts";
import type { BackoffLimits } from "../resilience/backoff.ts";
import type { ApplyKind, Connectivity, CycleEffect, CycleLimits, CycleState, SpaceCycle, TimerName } from "./cycle.ts";

export interface Draft {
  state: CycleState;
  readonly effects: CycleEffect[];
  readonly nowMs: number;
  readonly random: number;
  readonly limits: CycleLimits;
}

/** Armed again, a timer starts anew. */
export function setTimer(draft: Draft, name: TimerName, delayMs: number): void {
  draft.effects.push({ type: "set-timer", name, delayMs });
}

export function clearTimer(draft: Draft, name: TimerName): void {
  draft.effects.push({ type: "clear-timer", name });
}

export function backoffOf({ limits }: Draft): BackoffLimits {
  return { baseMs: limits.backoffBaseMs, capMs: limits.backoffCapMs };
}

export function setLink(draft: Draft, link: Connectivity): void {
  draft.state = { ...draft.state, link };
}

export function updateSpace(draft: Draft, space: SpaceId, change: Partial<SpaceCycle>): void {
  const current = draft.state.spaces.get(space);
  if (current === undefined) return;
  draft.state = { ...draft.state, spaces: new Map(draft.state.spaces).set(space, { ...current, ...change }) };
}

export function updateEachSpace(draft: Draft, change: (space: SpaceCycle) => SpaceCycle): void {
  const spaces = new Map<SpaceId, SpaceCycle>();
  for (const [id, space] of draft.state.spaces) spaces.set(id, change(space));
  draft.state = { ...draft.state, spaces };
}

/** Several spaces may each have a push or a pull that waits, and while live there is one timer: it is set for the next of them. */
export function armDelays(draft: Draft): void {
  let next: number | undefined;
  for (const { pushNotBeforeMs, pullNotBeforeMs } of draft.state.spaces.values())
    for (const atMs of [pushNotBeforeMs, pullNotBeforeMs]) if (atMs > draft.nowMs && (next === undefined || atMs < next)) next = atMs;
  // A whole number: a fraction of a millisecond may be nothing to a host's clock, and the timer would fire again and again.
  if (next !== undefined) setTimer(draft, "retry", Math.ceil(next - draft.nowMs));
}

export function takeRequest(draft: Draft): number {
  const request = draft.state.nextRequest;
  draft.state = { ...draft.state, nextRequest: request + 1 };
  return request;
}

/** Hands an effect to the shell that it will answer with `applied`. */
export function startApply(draft: Draft, space: SpaceId, kind: ApplyKind): void {
  const current = draft.state.spaces.get(space);
  if (current !== undefined) updateSpace(draft, space, { applies: [...current.applies, kind] });
}
