/** One space within the cycle: what it waits for, and what can be said of it honestly. */
import type { SpaceId } from "../operation/operation.ts";
import type { CycleState, SpaceCycle, SpaceFacts } from "./cycle.ts";

/** Known from rows, nothing asked yet. */
export function spaceAtRest(facts: SpaceFacts): SpaceCycle {
  return {
    ...facts,
    head: 0,
    welcomed: false,
    pulled: false,
    behind: false,
    push: undefined,
    pull: undefined,
    applies: [],
    pushNotBeforeMs: 0,
    poison: undefined,
    waitingFor: new Map(),
  };
}

/** The session is gone: what was asked of it will not be answered. What the shell still applies stays, and its answer is awaited. */
export function forgetSession(space: SpaceCycle): SpaceCycle {
  return { ...space, welcomed: false, pulled: false, behind: false, push: undefined, pull: undefined };
}

export function hasPending(space: SpaceFacts): boolean {
  return space.counter > space.settledThrough;
}

export function isFollowable(space: SpaceCycle): boolean {
  return space.access === "read" || space.access === "write";
}

/** Spaces that this one's held page still waits for. One that is not followed, or may not be read, is not waited for. */
export function unmetDependencies(state: CycleState, space: SpaceCycle): readonly SpaceId[] {
  const unmet: SpaceId[] = [];
  for (const [other, sequence] of space.waitingFor) {
    const there = state.spaces.get(other);
    if (there !== undefined && isFollowable(there) && there.sequence < sequence) unmet.push(other);
  }
  return unmet;
}

/**
 * Nothing pending, and everything applied up to a head that r0 named in this session after the last acknowledgement
 * (F24). It is a statement about now: it ends with the session.
 */
export function isSpaceSynced(state: CycleState, space: SpaceCycle): boolean {
  return (
    state.link.kind === "live" &&
    space.welcomed &&
    space.pulled &&
    space.parting === undefined &&
    space.applies.length === 0 &&
    !hasPending(space) &&
    !space.bootstrapping &&
    space.sequence >= space.head
  );
}
