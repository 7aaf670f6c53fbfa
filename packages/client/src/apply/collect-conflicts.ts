/** What a join did not keep, as rows of the conflict log. */
import { type AppliedOperation, dotToKey, type SpaceId } from "@holdfast/core/engine";
import type { NewConflict } from "../store/conflict-log.ts";

export function collectConflicts(
  applied: AppliedOperation,
  place: { readonly space: SpaceId; readonly collection: string; readonly record: string; readonly at: number },
  conflicts: NewConflict[],
): void {
  for (const { field, dot, winner, value, item } of applied.losers)
    conflicts.push({ ...place, field, loser: dotToKey(dot), winner: dotToKey(winner), value, item: item ?? "" });
  // The delete is the loser: the record is back, and both sides learn of it (F32).
  for (const deletion of applied.revived?.deletions ?? [])
    conflicts.push({
      ...place,
      field: "",
      loser: dotToKey(deletion),
      winner: dotToKey(applied.revived?.edit ?? deletion),
      value: null,
      item: "",
    });
}
