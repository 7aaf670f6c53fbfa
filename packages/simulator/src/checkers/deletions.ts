/** A deleted record stays deleted, unless an edit that the deletion had not seen revived it: then it is back, with that edit (REC3). */
import type { ReadingChecker } from "./checker.ts";

export const checkDeletions: ReadingChecker = ({ device, view }) => {
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
      if (shown?.includes(id) !== true) wrong.push(`${device}: note ${target} lacks ${id}, which no deletion had seen`);
    for (const id of shown ?? [])
      if (edits.get(target)?.includes(id) !== true) wrong.push(`${device}: note ${target} holds ${id}, which has no entry`);
  }
  return wrong;
};
