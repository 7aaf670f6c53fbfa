/**
 * A title that lost to one that had not seen it is in somebody's conflict log, unless a later title replaced it knowingly (REG3, REC9,
 * CLI20). Held to where nothing took the log away: no snapshot, no bound on it, no backup, no sign-out (`keepsLogs`).
 */
import type { EndingChecker } from "./checker.ts";
import { setsTitle } from "./knowing-replacement.ts";

export const checkConflictLog: EndingChecker = ({ oracle, endings, keepsLogs }) => {
  const view = endings[0]?.view;
  if (!keepsLogs || view === undefined) return [];
  const logged = new Set(
    endings.flatMap(({ view: { conflicts } }) => conflicts().flatMap(({ field, value }) => (field === "title" ? [String(value)] : []))),
  );
  const titles = [...view.entries].filter(([, { effect }]) => setsTitle(effect));
  const saw = (id: string, earlier: string): boolean =>
    view.entries.get(id)?.saw.includes(earlier) === true || oracle.saw.get(id)?.has(earlier) === true;
  return titles
    .filter(([id, { target }]) => {
      const others = titles.filter(([other, entry]) => other !== id && entry.target === target);
      return view.boards.get(target)?.title !== id && !others.some(([other]) => saw(other, id));
    })
    .filter(([id]) => !logged.has(id))
    .map(([id, { target }]) => `title ${id} of board ${target} lost to one that had not seen it, and is in no conflict log`);
};
