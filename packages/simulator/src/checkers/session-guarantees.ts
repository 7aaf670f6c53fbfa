/** Read your writes, and never less than was read before: on every read, across crashes, reconnections and snapshots. */
import { leavesEntry } from "../workload/apply-operation.ts";
import type { ReadingChecker } from "./checker.ts";

export const checkSessionGuarantees: ReadingChecker = ({ device, space, view, memory }) => {
  const isThere = (id: string): boolean => view.entries.has(id) || view.letters.has(id);
  const wrong: string[] = [];
  for (const [id, operation] of memory.acknowledged)
    if (operation.space === space && leavesEntry(operation) && !isThere(id))
      wrong.push(`${device} does not show its own acknowledged ${id}`);
  for (const id of memory.seen.get(space) ?? []) if (!isThere(id)) wrong.push(`${device} has shown ${id} and shows it no more`);
  return wrong;
};
