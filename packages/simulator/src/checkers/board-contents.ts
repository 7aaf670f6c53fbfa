/** What a board must show, by the entries of what was done to it: a removal takes away what it had seen, and nothing else. */
import { moveOf, stepOf } from "../workload/change-board.ts";
import type { Board, Entry, SpaceView } from "../workload/space-view.ts";

const absent: Board = { title: "", tags: [], steps: [], moves: [], typed: [], size: "", color: undefined };

/** `isPlaceless`: what this entry typed may be missing from its text. */
export function judgeBoards({ entries, boards }: SpaceView, isPlaceless: (entry: string) => boolean): readonly string[] {
  const byTarget = new Map<string, [string, Entry][]>([...boards.keys()].map((target) => [target, []]));
  for (const [id, entry] of entries) {
    const found = byTarget.get(entry.target);
    if (found !== undefined) found.push([id, entry]);
    else if (makesBoard(entry)) byTarget.set(entry.target, [[id, entry]]);
  }
  return [...byTarget].flatMap(([target, done]) =>
    judgeBoard(boards.get(target) ?? absent, new Done(done), isPlaceless).map((wrong) => `board ${target} ${wrong}`),
  );
}

function makesBoard({ effect }: Entry): boolean {
  return !["count", "transfer", "forbidden", "note", "unnote", "odd", "memo", "label", "nothing"].includes(effect);
}

class Done {
  readonly #entries: readonly (readonly [string, Entry])[];

  constructor(entries: readonly (readonly [string, Entry])[]) {
    this.#entries = entries;
  }

  ids(...effects: readonly string[]): readonly string[] {
    return this.#entries.flatMap(([id, { effect }]) => (effects.includes(effect) ? [id] : []));
  }

  /** Entries about one element, item or span. */
  about(of: string, ...effects: readonly string[]): readonly string[] {
    return this.#entries.flatMap(([id, entry]) => (effects.includes(entry.effect) && entry.of === of ? [id] : []));
  }

  subjects(...effects: readonly string[]): readonly string[] {
    return this.#entries.flatMap(([, entry]) => (effects.includes(entry.effect) ? [entry.of] : []));
  }

  /** What removals of `of` had seen; undefined where there is none. */
  seenBy(of: string, effect: string): ReadonlySet<string> | undefined {
    const removals = this.#entries.filter(([, entry]) => entry.effect === effect && entry.of === of);
    return removals.length === 0 ? undefined : new Set(removals.flatMap(([, { saw }]) => saw));
  }

  notes(): readonly string[] {
    return this.#entries.flatMap(([id, { effect, of }]) =>
      effect === "retag" ? [`tag ${of}~${id}`] : effect === "move" || effect === "revise" ? [`${of}~${id}`] : [],
    );
  }
}

function judgeBoard(board: Board, done: Done, isPlaceless: (entry: string) => boolean): readonly string[] {
  const titles = done.ids("rename", "many");
  const colors = done.ids("paint");
  return [
    ...(isOneOf(board.title, titles) ? [] : [`has the title "${board.title}" of no entry`]),
    ...(board.color === undefined || isOneOf(board.color, colors)
      ? []
      : [`has the color "${board.color}", and entries say ${colors.join(", ")}`]),
    ...(board.size === "" && done.ids("size", "many").length > 0 ? ["has lost its size"] : []),
    ...compareIds("tags", tagsOf(done), board.tags),
    ...judgeSteps(board, done),
    ...compareIds(
      "text",
      typedOf(done).filter((id) => board.typed.includes(id) || !isPlaceless(id)),
      board.typed,
    ),
    ...compareIds("moves", done.notes(), board.moves),
  ];
}

function isOneOf(value: string, ids: readonly string[]): boolean {
  return ids.length === 0 ? value === "" : ids.includes(value);
}

/** An add survives a removal that had not seen it. */
function tagsOf(done: Done): readonly string[] {
  const made = new Set(done.ids("tag", "many"));
  return [...new Set([...made, ...done.subjects("retag")])].filter((tag) => {
    const adds = [...(made.has(tag) ? [tag] : []), ...done.about(tag, "retag")];
    const seen = done.seenBy(tag, "untag");
    return adds.some((add) => seen?.has(add) !== true);
  });
}

function typedOf(done: Done): readonly string[] {
  const removed = new Set(done.subjects("untype"));
  return done.ids("type", "many").filter((id) => !removed.has(id));
}

/** A removed item stays if its last move or last revision is one that no removal had seen; which is the last, only stamps can tell (LST6). */
function judgeSteps({ steps, moves }: Board, done: Done): readonly string[] {
  const shown = steps.map(stepOf);
  const fixed: string[] = [];
  const open = new Set<string>();
  for (const step of done.ids("step", "many")) {
    const seen = done.seenBy(step, "unstep");
    const later = done.about(step, "move", "revise");
    if (seen === undefined || (later.length > 0 && later.every((id) => !seen.has(id)))) fixed.push(step);
    else if (later.some((id) => !seen.has(id))) open.add(step);
  }
  const wrong = [
    ...compareIds(
      "steps",
      fixed,
      shown.map(({ step }) => step).filter((step) => !open.has(step)),
    ),
  ];
  for (const { step, revision } of shown)
    if (!isOneOf(revision, done.about(step, "revise"))) wrong.push(`shows step ${step} as revised by "${revision}"`);
  for (const { move } of moves.map(moveOf)) if (move === "") wrong.push("holds a move of nothing");
  return wrong;
}

function compareIds(what: string, expected: readonly string[], shown: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const id of shown) {
    if (!expected.includes(id)) wrong.push(`shows ${id} in its ${what}, which has no entry, or was removed`);
    if (seen.has(id)) wrong.push(`shows ${id} twice in its ${what}`);
    seen.add(id);
  }
  for (const id of expected) if (!seen.has(id)) wrong.push(`lacks ${id} in its ${what}`);
  return wrong;
}
