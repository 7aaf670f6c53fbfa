/**
 * A row's change as the writes that its fields' types know, so that it merges with what others write meanwhile: of a counter the
 * difference, of a set what came and went, of a list and a text the edit. Sent whole, they would overwrite each other.
 */
import { findTextEdit } from "@holdfast/client";
import { isEqualValue, planListEdit } from "./list-edit.ts";

export type FieldKinds = ReadonlyMap<string, { readonly kind: string; readonly initial: unknown }>;

/** Of TanStack DB's `PendingMutation` what is read here. */
export interface RowMutation {
  readonly type: "insert" | "update" | "delete";
  readonly key: string;
  readonly original: object;
  readonly modified: object;
  readonly collection?: { readonly id: string };
}

/** A collection's writer without its types: names come from rows here, and the writer checks them again. */
export interface UntypedWriter {
  create(fields: object, options: { readonly id: string }): string;
  update(id: string, patch: object): void;
  delete(id: string): void;
  get(id: string): Promise<object | undefined>;
  text(id: string, field: string): { insert(at: number, text: string): void; delete(at: number, length: number): void };
  set(id: string, field: string): { add(...values: unknown[]): void; delete(...values: unknown[]): void };
  list(
    id: string,
    field: string,
  ): {
    insert(at: number, item: unknown): void;
    set(at: string, item: unknown): void;
    move(from: string, to: number): void;
    delete(at: string): void;
  };
  items(id: string, field: string): Promise<readonly { readonly key: string; readonly value: unknown }[]>;
  counter(id: string, field: string): { add(by: number): void };
}

type Fields = Readonly<Record<string, unknown>>;

export async function applyMutation(writer: UntypedWriter, kinds: FieldKinds, mutation: RowMutation): Promise<void> {
  const { type, key } = mutation;
  const [original, modified] = [mutation.original as Fields, mutation.modified as Fields];
  if (type === "delete") return writer.delete(key);
  if (type === "insert") {
    // What is as nobody would have written it stays unwritten.
    const written = [...kinds].filter(([field, { initial }]) => !isEqualValue(modified[field], initial));
    writer.create(Object.fromEntries(written.map(([field]) => [field, modified[field]])), { id: key });
    return;
  }
  const patch: Record<string, unknown> = {};
  for (const [field, { kind }] of kinds) {
    const [before, after] = [original[field], modified[field]];
    if (isEqualValue(before, after)) continue;
    if (kind === "register" || kind === "arbitrated") patch[field] = after;
    else if (kind === "counter") writer.counter(key, field).add((after as number) - (before as number));
    else if (kind === "set") changeSet(writer.set(key, field), before as readonly unknown[], after as readonly unknown[]);
    else if (kind === "list") await changeList(writer, key, field, before as readonly unknown[], after as readonly unknown[]);
    else await changeText(writer, key, field, before as string, after as string);
  }
  if (Object.keys(patch).length > 0) writer.update(key, patch);
}

function changeSet(set: ReturnType<UntypedWriter["set"]>, before: readonly unknown[], after: readonly unknown[]): void {
  const without = (all: readonly unknown[], those: readonly unknown[]): unknown[] =>
    all.filter((value) => !those.some((other) => isEqualValue(value, other)));
  const [added, removed] = [without(after, before), without(before, after)];
  if (added.length > 0) set.add(...added);
  if (removed.length > 0) set.delete(...removed);
}

async function changeList(
  writer: UntypedWriter,
  id: string,
  field: string,
  before: readonly unknown[],
  after: readonly unknown[],
): Promise<void> {
  const list = writer.list(id, field);
  for (const step of planListEdit(await writer.items(id, field), before, after)) {
    if (step.type === "delete") list.delete(step.key);
    else if (step.type === "set") list.set(step.key, step.value);
    else if (step.type === "move") list.move(step.key, step.to);
    else list.insert(step.at, step.value);
  }
}

/** The row that was edited may be older than the record is now: then the place moves with what came before it. */
async function changeText(writer: UntypedWriter, id: string, field: string, before: string, after: string): Promise<void> {
  const edit = findTextEdit(before, after);
  const now = ((await writer.get(id)) as Fields | undefined)?.[field] as string | undefined;
  if (edit === undefined || now === undefined) return;
  const other = findTextEdit(before, now);
  const isAfter = other !== undefined && edit.at >= other.at + other.removed;
  const at = Math.min(edit.at + (isAfter ? other.inserted.length - other.removed : 0), now.length);
  const text = writer.text(id, field);
  const removed = Math.min(edit.removed, now.length - at);
  if (removed > 0) text.delete(at, removed);
  if (edit.inserted !== "") text.insert(at, edit.inserted);
}
