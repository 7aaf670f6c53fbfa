/** What r0 arbitrates holds: the balance is what was granted less what was accepted, once each, and is never negative. */
import { creditsGranted } from "../workload/schema.ts";
import type { EndingChecker } from "./checker.ts";

export const checkBalance: EndingChecker = ({ oracle, endings }) =>
  endings.flatMap(({ device, view }) => {
    const wrong: string[] = [];
    const spent = [...view.receipts.values()].reduce((sum, amount) => sum + amount, 0);
    if (view.credits !== creditsGranted - spent)
      wrong.push(`${device}: ${String(view.credits)} credits are left of ${creditsGranted}, and ${spent} were spent`);
    if ((view.credits ?? 0) < 0) wrong.push(`${device}: the balance is ${String(view.credits)}`);
    for (const [id, amount] of view.receipts)
      if (oracle.tried.get(id)?.amount !== amount) wrong.push(`${device}: receipt ${id} is of no request`);
    return wrong;
  });
