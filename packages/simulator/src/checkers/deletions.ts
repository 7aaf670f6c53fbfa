/** A deleted record stays deleted, unless an edit that the deletion had not seen revived it: then it is back, with that edit (REC3). */
import type { Reading, ReadingChecker } from "./checker.ts";

export const checkDeletions: ReadingChecker = (reading) => {
  const { device, view } = reading;
  const wrong: string[] = [];
  const edits = new Map<string, string[]>();
  const deleted = new Map<string, Set<string>>();
  for (const [id, { effect, target, saw }] of view.entries) {
    if (effect === "note") edits.set(target, [...(edits.get(target) ?? []), id]);
    if (effect === "unnote") deleted.set(target, new Set([...(deleted.get(target) ?? []), ...saw]));
  }
  for (const target of new Set([...edits.keys(), ...deleted.keys(), ...view.notes.keys()])) {
    const unseen = (edits.get(target) ?? []).filter((id) => deleted.get(target)?.has(id) !== true);
    const shown = view.notes.get(target);
    if (unseen.length === 0 && shown !== undefined)
      wrong.push(`${device}: note ${target} is deleted, and is there with ${shown.join(", ")}`);
    for (const id of unseen)
      if (shown?.includes(id) !== true && !isTakenByLost(reading, target, id, edits.get(target) ?? []))
        wrong.push(`${device}: note ${target} lacks ${id}, which no deletion had seen`);
    for (const id of shown ?? [])
      if (edits.get(target)?.includes(id) !== true) wrong.push(`${device}: note ${target} holds ${id}, which has no entry`);
  }
  return wrong;
};

/**
 * A deletion that r0 has lost, and that nobody keeps, lives on in what was built on it: whoever found the record deleted made it anew, with
 * nothing in it of what the deletion had taken (WRT13).
 */
function isTakenByLost({ view, sawOf, lostSeenBy }: Reading, target: string, edit: string, edits: readonly string[]): boolean {
  const isDeletion = (one: { readonly effect: string; readonly target: string }): boolean =>
    one.effect === "unnote" && one.target === target;
  return edits.some((id) => {
    const saw = sawOf(id);
    const lost = lostSeenBy(id).flatMap(({ operation, saw: seen }) => (isDeletion(operation) ? [...seen] : []));
    if (!lost.includes(edit)) return false;
    const kept = [...view.entries].flatMap(([other, entry]) => (isDeletion(entry) && saw?.has(other) === true ? entry.saw : []));
    const taken = new Set([...lost, ...kept]);
    return edits.every((other) => saw?.has(other) !== true || taken.has(other));
  });
}
