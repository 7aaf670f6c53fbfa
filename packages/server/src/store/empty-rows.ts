/** What an absent row stands for. */
import { initialChain, type MarkRow, type ReplicaId, type SpaceId, type SpaceRow } from "@holdfast/core/engine";

export function emptySpace(space: SpaceId): SpaceRow {
  return { space, head: 0, lamport: 0, horizon: 0 };
}

export function emptyMark(space: SpaceId, replica: ReplicaId): MarkRow {
  return { space, replica, mark: 0, chain: initialChain(space, replica), lamport: 0, recordedThrough: 0 };
}
