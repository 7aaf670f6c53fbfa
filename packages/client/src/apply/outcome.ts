/** What carrying out an effect on the store leads to: told after the commit, never before. */
import type { ReplicaId, SpaceFacts, SpaceId } from "@holdfast/core/engine";
import type { Changed } from "../context.ts";
import { factsOf, type SpaceRow } from "../store/spaces.ts";

export interface AppliedSpace {
  readonly facts: SpaceFacts;
  readonly waitingFor: ReadonlyMap<SpaceId, number>;
}

export interface ApplyOutcome {
  readonly applied: readonly AppliedSpace[];
  readonly changes: readonly Changed[];
  readonly forked?: { readonly replica: ReplicaId; readonly before: ReplicaId };
  /** Ids in the conflict log and among the dead letters above which entries are new. */
  readonly conflictsAfter?: number;
  readonly refused?: boolean;
}

/** Everything of a collection, or (with an empty collection) of a space. */
export const everything = "";

export const waitsForNothing: ReadonlyMap<SpaceId, number> = new Map();

/** The usual one, of one space. */
export function outcomeOf(row: SpaceRow, changes: readonly Changed[] = []): ApplyOutcome {
  return { applied: [{ facts: factsOf(row), waitingFor: waitsForNothing }], changes };
}

/** r0, or whoever speaks in its place, sent bytes that cannot be. Nothing of the message was applied. */
export class PeerFault extends Error {}
