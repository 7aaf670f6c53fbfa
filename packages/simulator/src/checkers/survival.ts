/** No acknowledged write is lost: it is in the data or among its author's dead letters (I2); and nothing is there that nobody wrote. */
import { leavesEntry } from "../workload/apply-operation.ts";
import type { EndingChecker } from "./checker.ts";

export const checkSurvival: EndingChecker = ({ space, oracle, endings }) => {
  const letters = new Set([...oracle.letters, ...oracle.givenBack, ...endings.flatMap(({ view }) => [...view.letters])]);
  const wrong: string[] = [];
  for (const { device, view } of endings) {
    for (const [id, operation] of oracle.acknowledged) {
      if (operation.space !== space || !leavesEntry(operation) || oracle.forgivable.has(id)) continue;
      if (!view.entries.has(id) && !letters.has(id)) wrong.push(`${id} was acknowledged and is lost (${device})`);
    }
    for (const id of view.entries.keys()) if (!oracle.tried.has(id)) wrong.push(`${device} holds ${id}, which nobody wrote`);
  }
  return wrong;
};
