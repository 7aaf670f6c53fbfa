/** One space within the cycle: what it waits for, and what can be said of it honestly. */
import type { SpaceId } from "../operation/operation.ts";
import type { CycleState, Poison, SpaceCycle, SpaceFacts } from "./cycle.ts";

/** Of a space of which nothing was asked yet, in this session. */
const unasked = {
  welcomed: false,
  pulled: false,
  behind: false,
  overdue: false,
  push: undefined,
  pull: undefined,
  pullNotBeforeMs: 0,
};

/** Known from rows, nothing asked yet. */
export function spaceAtRest(facts: SpaceFacts): SpaceCycle {
  return {
    ...facts,
    ...unasked,
    head: 0,
    awaits: 0,
    offersAll: false,
    applies: [],
    pushNotBeforeMs: 0,
    poison: undefined,
    waitingFor: new Map(),
  };
}

export function spacesAtRest(spaces: readonly SpaceFacts[]): Map<SpaceId, SpaceCycle> {
  return new Map(spaces.map((facts) => [facts.space, spaceAtRest(facts)]));
}

/** The session is gone: what was asked of it will not be answered. What the shell still applies stays, and its answer is awaited. */
export function forgetSession(before: SpaceCycle): SpaceCycle {
  return { ...before, ...unasked };
}

/** What counts against a transaction: what did before, if it is the same. */
export function suspicionOf(known: Poison | undefined, counter: number, batchMax: number): Poison {
  return known?.counter === counter ? known : { counter, closures: 0, failures: 0, batchMax, alone: false, named: false };
}

export function hasPending(space: SpaceFacts): boolean {
  return space.counter > space.settledThrough;
}

/** What is pending goes first: see `SpaceFacts`. */
export function isResaying(space: SpaceCycle): boolean {
  return space.resaying === true && hasPending(space) && !space.overdue;
}

export function isFollowable(space: SpaceCycle): boolean {
  return space.access === "read" || space.access === "write";
}

/**
 * Spaces that this one's held page still waits for, and that can bring it. One that is not followed, or may not be read, is not waited for;
 * nor is what r0 does not have, or what only comes after this. Where r0 has come back from a backup, writers had seen what it lost (trap 6).
 */
export function unmetDependencies(state: CycleState, space: SpaceCycle): readonly SpaceId[] {
  return [...missingDependencies(state, space).keys()].filter((other) => !isVoid(state, space, other));
}

/** What is waited for in vain, as far as it is known. */
export function voidDependencies(state: CycleState, space: SpaceCycle): ReadonlyMap<SpaceId, number> {
  return new Map([...missingDependencies(state, space)].filter(([other]) => isVoid(state, space, other)));
}

function missingDependencies(state: CycleState, space: SpaceCycle): ReadonlyMap<SpaceId, number> {
  const missing = new Map<SpaceId, number>();
  for (const [other, sequence] of space.waitingFor) {
    const there = state.spaces.get(other);
    if (there !== undefined && isFollowable(there) && there.sequence < sequence) missing.set(other, sequence);
  }
  return missing;
}

/** r0 lets in no change before what it depends on: asked after it, it has that, and no two changes each wait for the other. */
function isVoid(state: CycleState, space: SpaceCycle, other: SpaceId): boolean {
  const there = state.spaces.get(other);
  if (there === undefined) return true;
  const isAtHead = there.pulled && there.applies.length === 0 && !there.bootstrapping && there.sequence >= there.head;
  return isAtHead || waitsOn(state, there, space.space, new Set());
}

/** Directly, or by way of others. */
function waitsOn(state: CycleState, from: SpaceCycle, target: SpaceId, seen: Set<SpaceId>): boolean {
  if (from.space === target) return true;
  if (seen.has(from.space)) return false;
  seen.add(from.space);
  for (const other of missingDependencies(state, from).keys()) {
    const there = state.spaces.get(other);
    if (there !== undefined && waitsOn(state, there, target, seen)) return true;
  }
  return false;
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
