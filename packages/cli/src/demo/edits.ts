/** What a person does to notes, drawn from a seed: applied in a transaction, and told as it was applied. */
import type { WriteTransaction } from "@holdfast/core";
import { type Edit, editLabel, type Item, markerText, toMarkerText } from "./ledger.ts";
import type { Random } from "./random.ts";
import { type DemoSchema, settingsId } from "./schema.ts";

type Tx = WriteTransaction<DemoSchema>;

interface Drawing {
  readonly tx: Tx;
  readonly random: Random;
  /** Unique in the run; it is in everything that this edit adds. */
  readonly marker: string;
  readonly record: string;
}

type Draw = (drawing: Drawing) => Promise<readonly Edit[]>;

/** How often each happens, roughly as it does in a notes app: more typing than renaming. */
const draws: readonly (readonly [weight: number, draw: Draw])[] = [
  [6, typeText],
  [2, eraseText],
  [3, addTag],
  [2, removeTag],
  [3, addItem],
  [3, changeItem],
  [2, moveItem],
  [1, removeItem],
  [3, open],
  [2, retitle],
  [1, pin],
  [1, changeSetting],
];
const weights = draws.reduce((sum, [weight]) => sum + weight, 0);

/** Where what was drawn is not possible (no tag left to remove), the note is opened instead: every write writes. */
export async function drawEdits(tx: Tx, random: Random, marker: string, hot: readonly string[]): Promise<readonly Edit[]> {
  const drawing = { tx, random, marker, record: random.pick(hot) };
  let place = random.next() * weights;
  const [, draw] = draws.find(([weight]) => (place -= weight) < 0) ?? [1, open];
  const edits = await draw(drawing);
  return edits.length > 0 ? edits : open(drawing);
}

/** At the beginning of a word of the first paragraph, so that several devices write into the same lines. */
async function typeText({ tx, random, marker, record }: Drawing): Promise<readonly Edit[]> {
  const body = await bodyOf(tx, record);
  const starts = [0, ...[...body.slice(0, 400).matchAll(/\s+(?=\S)/g)].map((match) => match.index + match[0].length)];
  tx.notes.text(record, "body").insert(random.pick(starts), toMarkerText(marker));
  return [{ type: "insert-text", record, marker }];
}

/** A word of the text, or something typed before; never part of it, so that the oracle can tell. */
async function eraseText({ tx, random, record }: Drawing): Promise<readonly Edit[]> {
  const body = await bodyOf(tx, record);
  const markers = [...body.matchAll(markerText)].map((match) => ({ at: match.index, erased: match[0], marker: match[1] }));
  const words = [...body.slice(0, 1_000).matchAll(/(?<=\s)[\p{L}\p{N}]+ (?=\S)/gu)].map((match) => ({
    at: match.index,
    erased: match[0],
    marker: undefined,
  }));
  const choices = random.next() < 0.5 && markers.length > 0 ? markers : words;
  if (choices.length === 0) return [];
  const { at, erased, marker } = random.pick(choices);
  tx.notes.text(record, "body").delete(at, erased.length);
  return [{ type: "erase-text", record, erased, marker }];
}

async function addTag({ tx, random, marker, record }: Drawing): Promise<readonly Edit[]> {
  // Half of the time one that others may add and remove at the same moment.
  const tag = random.next() < 0.5 ? random.pick(["later", "today", "docs"]) : `tag ${marker}`;
  tx.notes.set(record, "tags").add(tag);
  return [{ type: "tag", record, tag, present: true }];
}

async function removeTag({ tx, random, record }: Drawing): Promise<readonly Edit[]> {
  const tags = (await tx.notes.get(record))?.tags ?? [];
  if (tags.length === 0) return [];
  const tag = random.pick(tags);
  tx.notes.set(record, "tags").delete(tag);
  return [{ type: "tag", record, tag, present: false }];
}

async function addItem({ tx, random, marker, record }: Drawing): Promise<readonly Edit[]> {
  const items = await tx.notes.items(record, "checklist");
  const label = `Task ${marker}`;
  tx.notes.list(record, "checklist").insert(random.between(0, Math.min(items.length, 4)), { label, done: false });
  return [{ type: "add-item", record, label }];
}

async function changeItem(drawing: Drawing): Promise<readonly Edit[]> {
  const { tx, random, marker, record } = drawing;
  const item = await drawItem(drawing);
  if (item === undefined) return [];
  const { key, value: was } = item;
  const value: Item = random.next() < 0.5 ? { label: was.label, done: !was.done } : { label: editLabel(was.label, marker), done: was.done };
  tx.notes.list(record, "checklist").set(key, value);
  return [{ type: "set-item", record, key, was, value }];
}

async function moveItem(drawing: Drawing): Promise<readonly Edit[]> {
  const item = await drawItem(drawing);
  if (item === undefined) return [];
  drawing.tx.notes.list(drawing.record, "checklist").move(item.key, 0);
  return [{ type: "move-item", record: drawing.record, key: item.key }];
}

async function removeItem(drawing: Drawing): Promise<readonly Edit[]> {
  const item = await drawItem(drawing);
  if (item === undefined) return [];
  drawing.tx.notes.list(drawing.record, "checklist").delete(item.key);
  return [{ type: "remove-item", record: drawing.record, key: item.key, was: item.value }];
}

/** Among the first few, so that devices meet. */
async function drawItem({ tx, random, record }: Drawing): Promise<{ readonly key: string; readonly value: Item } | undefined> {
  const items = await tx.notes.items(record, "checklist");
  return items.length === 0 ? undefined : random.pick(items.slice(0, 8));
}

async function open({ tx, random, record }: Drawing): Promise<readonly Edit[]> {
  const by = random.between(1, 3);
  tx.notes.counter(record, "opened").add(by);
  return [{ type: "count", record, by }];
}

/** Two changes in one transaction: a new title, and the note was opened for it. */
async function retitle({ tx, marker, record }: Drawing): Promise<readonly Edit[]> {
  const title = (await tx.notes.get(record))?.title ?? "";
  const value = `${title.replace(/ \(\S+-\d+\)$/, "")} (${marker})`;
  tx.notes.update(record, { title: value });
  tx.notes.counter(record, "opened").add(1);
  return [
    { type: "assign", collection: "notes", record, field: "title", value },
    { type: "count", record, by: 1 },
  ];
}

async function pin({ tx, record }: Drawing): Promise<readonly Edit[]> {
  const pinned = (await tx.notes.get(record))?.pinned !== true;
  tx.notes.update(record, { pinned });
  return [{ type: "assign", collection: "notes", record, field: "pinned", value: pinned }];
}

async function changeSetting({ tx, random, marker }: Drawing): Promise<readonly Edit[]> {
  const assign = { type: "assign", collection: "settings", record: settingsId } as const;
  if (random.next() < 0.5) {
    const theme = `theme of ${marker}`;
    tx.settings.update(settingsId, { theme });
    return [{ ...assign, field: "theme", value: theme }];
  }
  const fontSize = random.between(10, 24);
  tx.settings.update(settingsId, { fontSize });
  return [{ ...assign, field: "fontSize", value: fontSize }];
}

async function bodyOf(tx: Tx, record: string): Promise<string> {
  return (await tx.notes.get(record))?.body ?? "";
}
