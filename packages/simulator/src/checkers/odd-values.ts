/** Values at the edges of what can be kept come back as they were written, on every device (traps 19, 20). */
import { isShown, keptValues } from "../workload/odd-values.ts";
import type { ReadingChecker } from "./checker.ts";

export const checkOddValues: ReadingChecker = ({ device, view }) => {
  const wrong: string[] = [];
  for (const [id, { effect, amount }] of view.entries) {
    if (effect !== "odd") continue;
    const odd = Math.abs(amount) % keptValues.length;
    if (!view.oddities.has(id)) wrong.push(`${device} lacks the value of ${id}`);
    else if (!isShown(odd, view.oddities.get(id))) wrong.push(`${device} shows ${String(view.oddities.get(id))} for value ${odd} of ${id}`);
  }
  for (const id of view.oddities.keys())
    if (view.entries.get(id)?.effect !== "odd") wrong.push(`${device} holds a value of ${id}, which has no entry`);
  return wrong;
};
