/** A transaction is seen whole or not at all, and counts once: every effect stands beside the entry that its transaction wrote (trap 11, I3). */
import { otherTarget } from "../workload/apply-operation.ts";
import type { SpaceView } from "../workload/space-view.ts";
import { judgeBoards } from "./board-contents.ts";
import type { EndingChecker, ReadingChecker } from "./checker.ts";

/** Letters that were typed into a text which r0 has lost and nobody keeps have no place, until r0 refuses them. */
export const checkWholeReading: ReadingChecker = ({ device, view, lostSeenBy }) =>
  judgeWhole(view, (entry) => lostSeenBy(entry).length > 0).map((wrong) => `${device}: ${wrong}`);

export const checkWholeEnding: EndingChecker = ({ endings }) =>
  endings.flatMap(({ device, view }) => judgeWhole(view, nothing).map((wrong) => `${device}, at the end: ${wrong}`));

function judgeWhole(view: SpaceView, isPlaceless: (entry: string) => boolean): readonly string[] {
  return [...judgeTotals(view), ...judgeBoards(view, isPlaceless), ...judgeMemos(view)];
}

function nothing(): boolean {
  return false;
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

/** Of a newer version of the app: an older one carries along what it does not know, and writes nothing over it (trap 17). */
function judgeMemos({ entries, memos }: SpaceView): readonly string[] {
  if (memos === undefined) return [];
  const wrong: string[] = [];
  for (const [id, { effect, remark }] of entries) {
    const isMemo = effect === "memo";
    if (isMemo !== memos.has(id)) wrong.push(`memo ${id} is ${isMemo ? "not there" : "of no entry"}`);
    if (remark !== (isMemo ? `remark of ${id}` : "")) wrong.push(`entry ${id} has the remark "${String(remark)}"`);
  }
  return wrong;
}
