/** What is done to a board, and what of it the writer had before it: a removal removes what it has seen, and nothing else. */
import type { WriteTransaction } from "@holdfast/core";
import type { SimulatedSchema } from "./schema.ts";

const boardEffects = [
  "rename",
  "tag",
  "retag",
  "untag",
  "step",
  "move",
  "revise",
  "unstep",
  "type",
  "untype",
  "size",
  "paint",
  "many",
] as const;

export type BoardEffect = (typeof boardEffects)[number];

export function isBoardEffect(effect: string): effect is BoardEffect {
  return (boardEffects as readonly string[]).includes(effect);
}

export interface BoardChange {
  readonly id: string;
  readonly effect: BoardEffect;
  readonly target: string;
  readonly version: number;
}

export interface ChangedBoard {
  readonly done: boolean;
  readonly of?: string;
  readonly saw?: readonly string[];
}

type Tx = WriteTransaction<SimulatedSchema>;

/** A step is named by the entry that made it, and says which entry has revised it last. */
export function stepOf(value: string): { readonly step: string; readonly revision: string } {
  const [step = "", revision = ""] = value.split("~");
  return { step, revision };
}

/** A move or a revision is noted beside the list, under the step that it is about. */
export function moveOf(noted: string): { readonly step: string; readonly move: string } {
  const [step = "", move = ""] = noted.split("~");
  return { step, move };
}

/** A tag is named by the entry that first made it, and says which entry has added it. */
export async function changeBoard(tx: Tx, { id, effect, target, version }: BoardChange): Promise<ChangedBoard> {
  let row = await tx.boards.get(target);
  if (row === undefined) {
    tx.boards.create({}, { id: target });
    row = await tx.boards.get(target);
  }
  if (row === undefined) return { done: false };
  switch (effect) {
    case "rename":
      tx.boards.update(target, { title: id });
      return { done: true, saw: row.title === "" ? [] : [row.title] };
    case "tag":
      tx.boards.set(target, "tags").add(id);
      return { done: true };
    case "retag":
    case "untag":
      return changeTag(tx, id, effect, target, row.tags);
    case "step":
      tx.boards.list(target, "steps").push(id);
      return { done: true };
    case "move":
    case "revise":
    case "unstep":
      return changeStep(tx, { id, effect, target, version }, row.steps, row.moves);
    case "type":
      tx.boards.text(target, "body").insert(0, `<${id}>`);
      return { done: true };
    case "untype": {
      const found = /<([^<>]+)>(?!.*<)/.exec(row.body);
      if (found === null) return { done: false };
      tx.boards.text(target, "body").delete(found.index, found[0].length);
      return { done: true, of: found[1] as string };
    }
    case "size":
      tx.boards.update(target, { size: version === 0 ? "small" : "large" });
      return { done: true };
    case "paint":
      tx.boards.update(target, { color: id });
      return { done: true };
    case "many":
      tx.boards.update(target, { title: id, size: "middle" });
      tx.boards.set(target, "tags").add(id);
      tx.boards.list(target, "steps").push(id);
      tx.boards.text(target, "body").insert(0, `<${id}>`);
      return { done: true, saw: row.title === "" ? [] : [row.title] };
  }
}

/** The last one that is shown. Adding it again makes it stay for whoever removes what they had seen of it before. */
async function changeTag(tx: Tx, id: string, effect: "retag" | "untag", target: string, tags: readonly string[]): Promise<ChangedBoard> {
  const tag = tags.at(-1);
  if (tag === undefined) return { done: false };
  const saw = await addsOf(tx, target, tag);
  if (effect === "retag") {
    tx.boards.set(target, "tags").add(tag);
    // Noted where a remover finds it.
    tx.boards.set(target, "moves").add(`tag ${tag}~${id}`);
  } else tx.boards.set(target, "tags").delete(tag);
  return { done: true, of: tag, saw };
}

async function addsOf(tx: Tx, target: string, tag: string): Promise<readonly string[]> {
  const noted = (await tx.boards.get(target))?.moves ?? [];
  return [tag, ...noted.map(moveOf).flatMap(({ step, move }) => (step === `tag ${tag}` ? [move] : []))];
}

async function changeStep(
  tx: Tx,
  { id, effect, target }: BoardChange,
  steps: readonly string[],
  moves: readonly string[],
): Promise<ChangedBoard> {
  // What is revised stands where nobody inserts: two who revise meet in one item.
  const at = effect === "revise" ? 0 : steps.length - 1;
  const value = steps[at];
  if (value === undefined) return { done: false };
  const { step } = stepOf(value);
  const saw = moves.map(moveOf).flatMap((noted) => (noted.step === step ? [noted.move] : []));
  const changed = tx.boards.list(target, "steps");
  if (effect === "unstep") changed.delete(at);
  else if (effect === "revise") changed.set(at, `${step}~${id}`);
  else if (at === 0) return { done: false };
  else changed.move(at, 0);
  if (effect !== "unstep") tx.boards.set(target, "moves").add(`${step}~${id}`);
  return { done: true, of: step, saw };
}
