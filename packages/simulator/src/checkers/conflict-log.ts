/**
 * A title or a step's revision that lost to one that had not seen it is in somebody's conflict log, unless a later one replaced it
 * knowingly (REG3, LST5, REC9, CLI20). Held to where nothing took the log away: no snapshot, no bound on it, no backup, no sign-out
 * (`keepsLogs`).
 */
import type { Entry, SpaceView } from "../workload/space-view.ts";
import type { EndingChecker } from "./checker.ts";
import { setsTitle } from "./knowing-replacement.ts";

/** What was written over: by which entries, what each of them wrote, and what is shown. */
interface Contest {
  readonly what: string;
  readonly field: "title" | "steps";
  readonly writers: ReadonlyMap<string, Entry>;
  readonly valueOf: (id: string) => string;
  readonly shown: readonly string[];
}

export const checkConflictLog: EndingChecker = ({ oracle, endings, keepsLogs }) => {
  const view = endings[0]?.view;
  if (!keepsLogs || view === undefined) return [];
  const logged = new Set(
    endings.flatMap(({ view: { conflicts } }) => conflicts().map(({ record, field, value }) => placeOf(record, field, String(value)))),
  );
  const saw = (id: string, earlier: string): boolean =>
    view.entries.get(id)?.saw.includes(earlier) === true || oracle.saw.get(id)?.has(earlier) === true;
  const wrong: string[] = [];
  for (const [board, contests] of contestsOf(view))
    for (const { what, field, writers, valueOf, shown } of contests)
      for (const id of writers.keys()) {
        if (shown.includes(valueOf(id)) || [...writers.keys()].some((other) => other !== id && saw(other, id))) continue;
        if (!logged.has(placeOf(board, field, valueOf(id))))
          wrong.push(`${what} ${id} of board ${board} lost to one that had not seen it, and is in no conflict log`);
      }
  return wrong;
};

function placeOf(record: string, field: string, value: string): string {
  return JSON.stringify([record, field, value]);
}

function contestsOf({ entries, boards }: SpaceView): ReadonlyMap<string, readonly Contest[]> {
  const found = new Map<string, readonly Contest[]>();
  for (const board of new Set([...entries.values()].map(({ target }) => target))) {
    const done = [...entries].filter(([, { target }]) => target === board);
    const titles = new Map(done.filter(([, { effect }]) => setsTitle(effect)));
    const title: Contest = {
      ...{ what: "title", field: "title", writers: titles, valueOf: (id) => id },
      shown: [boards.get(board)?.title ?? ""],
    };
    found.set(board, [title, ...revisionsOf(done, boards.get(board)?.steps ?? [])]);
  }
  return found;
}

/** Of a step that somebody removed nothing is said: what a removal had seen is gone with it. */
function revisionsOf(done: readonly (readonly [string, Entry])[], shown: readonly string[]): readonly Contest[] {
  const about = (effect: string): readonly (readonly [string, Entry])[] => done.filter(([, entry]) => entry.effect === effect);
  const removed = new Set(about("unstep").map(([, { of }]) => of));
  const steps = new Set(about("revise").map(([, { of }]) => of));
  return [...steps]
    .filter((step) => !removed.has(step))
    .map((step) => ({
      ...{ what: `revision of ${step}`, field: "steps", shown },
      writers: new Map(about("revise").filter(([, { of }]) => of === step)),
      valueOf: (id) => `${step}~${id}`,
    }));
}
