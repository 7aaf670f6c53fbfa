/** A transaction is seen whole or not at all, and counts once: every effect stands beside the entry that its transaction wrote (trap 11, I3). */
import { otherTarget } from "../workload/apply-operation.ts";
import type { Entry, SpaceView } from "../workload/space-view.ts";
import type { EndingChecker, ReadingChecker } from "./checker.ts";

export const checkWholeReading: ReadingChecker = ({ device, view }) => judgeWhole(view).map((wrong) => `${device}: ${wrong}`);

export const checkWholeEnding: EndingChecker = ({ endings }) =>
  endings.flatMap(({ device, view }) => judgeWhole(view).map((wrong) => `${device}, at the end: ${wrong}`));

function judgeWhole(view: SpaceView): readonly string[] {
  return [...judgeTotals(view), ...judgeBoards(view)];
}

function judgeTotals({ entries, totals }: SpaceView): readonly string[] {
  const expected = new Map<string, number>([...totals.keys()].map((id) => [id, 0]));
  const add = (id: string, amount: number): void => void expected.set(id, (expected.get(id) ?? 0) + amount);
  for (const { effect, target, amount } of entries.values()) {
    if (effect === "count" || effect === "forbidden") add(target, amount);
    if (effect !== "transfer") continue;
    add(target, -amount);
    add(otherTarget(target), amount);
  }
  return [...expected]
    .filter(([id, sum]) => (totals.get(id) ?? 0) !== sum)
    .map(([id, sum]) => `total ${id} is ${String(totals.get(id))}, and its entries add up to ${sum}`);
}

function judgeBoards({ entries, boards }: SpaceView): readonly string[] {
  const wrong: string[] = [];
  const targets = new Set([...boards.keys(), ...[...entries.values()].filter(isBoardEffect).map(({ target }) => target)]);
  for (const target of targets) {
    const board = boards.get(target);
    const idsOf = (effect: string): readonly string[] =>
      [...entries].filter(([, entry]) => entry.effect === effect && entry.target === target).map(([id]) => id);
    const shown = { tag: board?.tags ?? [], step: board?.steps ?? [], type: board?.typed ?? [] };
    for (const [effect, ids] of Object.entries(shown)) wrong.push(...compareIds(`board ${target}, ${effect}`, idsOf(effect), ids));
    const renames = idsOf("rename");
    const title = board?.title ?? "";
    if (renames.length === 0 ? title !== "" : !renames.includes(title)) wrong.push(`board ${target} has the title "${title}" of no entry`);
  }
  return wrong;
}

function isBoardEffect({ effect }: Entry): boolean {
  return ["rename", "tag", "step", "type"].includes(effect);
}

function compareIds(what: string, expected: readonly string[], shown: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const id of shown) {
    if (!expected.includes(id)) wrong.push(`${what} holds ${id}, which has no entry`);
    if (seen.has(id)) wrong.push(`${what} holds ${id} twice`);
    seen.add(id);
  }
  for (const id of expected) if (!seen.has(id)) wrong.push(`${what} lacks ${id}`);
  return wrong;
}
