/** A status that says "nothing pending" is a promise: everything that was acknowledged here is at r0, or among the dead letters (F24). */
import { leavesEntry } from "../workload/apply-operation.ts";
import type { ReadingChecker } from "./checker.ts";

export const checkHonestStatus: ReadingChecker = ({ device, space, view, memory, pending, recordsAtR0 }) => {
  if (pending > 0) return [];
  const entriesAtR0 = recordsAtR0("entries");
  if (entriesAtR0 === undefined) return [];
  return [...memory.acknowledged.values()]
    .filter((operation) => operation.space === space && leavesEntry(operation))
    .filter(({ id }) => !entriesAtR0.has(id) && !view.letters.has(id))
    .map(({ id }) => `${device} says that nothing is pending, and r0 does not hold ${id}`);
};
