/**
 * Read your requests (S1, F20): what this device has asked for and nobody has refused is counted in what it shows, from the moment the request
 * is on its disk: provisionally, then by r0's decision. In between there is no moment at which it is neither.
 */
import { creditsGranted } from "../workload/schema.ts";
import type { ReadingChecker } from "./checker.ts";

export const checkOwnRequests: ReadingChecker = ({ device, space, view, memory }) => {
  if (view.credits === undefined) return [];
  const isOpen = (id: string): boolean => !view.receipts.has(id) && !view.letters.has(id);
  const asked = [...memory.acknowledged.values()].filter(
    ({ effect, id, ...operation }) => effect === "spend" && operation.space === space && isOpen(id),
  );
  const spent = [...view.receipts.values(), ...asked.map(({ amount }) => amount)].reduce((sum, amount) => sum + amount, 0);
  if (view.credits <= creditsGranted - spent) return [];
  const open = asked.map(({ id }) => id).join(", ");
  return [`${device} shows ${view.credits} credits of ${creditsGranted}, with ${spent} spent or asked for (${open || "nothing open"})`];
};
