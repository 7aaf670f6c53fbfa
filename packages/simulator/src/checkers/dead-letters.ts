/**
 * What r0 refused is not in the data, and is among the dead letters of whoever asked; what it confirmed is in the data (F22). A letter that
 * says that nobody can tell how its write ended forbids neither; nor does one that an r0 which was put back may have decided for two copies: where
 * one was told that it had lost access, and r0 has the write from the other, it is seen, and the first keeps a letter or keeps none (CLI102). Pending
 * once more in a backup that was put back, what was refused may be given back at a sign-out instead.
 */
import type { EndingChecker } from "./checker.ts";

export const checkDeadLetters: EndingChecker = ({ space, oracle, endings }) => {
  const letters = new Set([...oracle.letters, ...endings.flatMap(({ view }) => [...view.letters])]);
  const firm = new Set([
    ...[...oracle.letters].filter((id) => !oracle.doubtful.has(id)),
    ...endings.flatMap(({ view }) => [...view.letters].filter((id) => !view.doubtful.has(id))),
  ]);
  const wrong: string[] = [];
  for (const { device, view } of endings) {
    const holds = (id: string): boolean => view.entries.has(id) || view.receipts.has(id) || view.claims.has(id);
    for (const id of firm) if (!oracle.decidedAnew.has(id) && holds(id)) wrong.push(`${id} is a dead letter, and ${device} holds it`);
    for (const [id, { effect }] of view.entries) if (effect === "forbidden") wrong.push(`${id} is forbidden, and ${device} holds it`);
    for (const [id, answer] of oracle.answers) {
      const operation = oracle.tried.get(id);
      if (operation?.space !== space || operation.effect === "draft" || operation.effect === "erase" || oracle.forgivable.has(id)) continue;
      if (answer === "refused" && !letters.has(id) && !oracle.givenBack.has(id) && !(oracle.decidedAnew.has(id) && holds(id)))
        wrong.push(`${id} was refused, and is no dead letter`);
      if (answer === "confirmed" && !holds(id)) wrong.push(`${id} was confirmed, and ${device} does not hold it`);
    }
  }
  return wrong;
};
