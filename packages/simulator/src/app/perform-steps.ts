/** A drawn transaction, carried out: what it changes comes into being where it is not there, so that few steps are in vain. */
import type { AnyTransaction } from "./recorded-writer.ts";
import type { Step } from "./draw-steps.ts";
import { unpackValue } from "./packed-value.ts";

export async function performSteps(tx: AnyTransaction, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await performStep(tx, step);
}

async function performStep(tx: AnyTransaction, { collection, record, act, field, value: packed, at }: Step): Promise<void> {
  const writer = tx[collection];
  if (writer === undefined) return;
  const row = (await writer.get(record)) as Readonly<Record<string, unknown>> | undefined;
  if (act === "delete") {
    if (row !== undefined) writer.delete(record);
    return;
  }
  const value = unpackValue(packed);
  if (row === undefined) writer.create(act === "assign" && value !== undefined ? { [field]: value } : {}, { id: record });
  const held = row?.[field] as { readonly length: number } | undefined;
  const length = held?.length ?? 0;
  const place = Math.min(length, Math.floor(at * (length + 1)));
  const item = Math.min(Math.max(0, length - 1), place);
  switch (act) {
    case "assign":
      if (row !== undefined && value !== undefined) writer.update(record, { [field]: value } as never);
      return;
    case "count":
      return writer.counter(record, field).add(value as number);
    case "type":
      return writer.text(record, field).insert(wholeCharacters(held, place), value as string);
    case "erase":
      if (length > 0) eraseOne(writer.text(record, field), wholeCharacters(held, item), held);
      return;
    default:
  }
  if (act === "move") {
    if (length > 1) writer.list(record, field as never).move(item, length - 1 - item);
  } else if (act === "take") {
    if (length > 0) writer.list(record, field as never).delete(item);
  } else if (value === undefined) return;
  else if (act === "add") writer.set(record, field as never).add(value as never);
  else if (act === "remove") writer.set(record, field as never).delete(value as never);
  else if (act === "edit" && length > 0) writer.list(record, field as never).set(item, value as never);
  else if (act === "insert") writer.list(record, field as never).insert(place, value as never);
  else writer.list(record, field as never).push(value as never);
}

/** An edit never splits a surrogate pair: the place before the one that would. */
function wholeCharacters(text: unknown, place: number): number {
  const unit = typeof text === "string" ? text.charCodeAt(place) : 0;
  return unit >= 0xdc00 && unit <= 0xdfff ? place - 1 : place;
}

function eraseOne(text: { delete(at: number, length: number): void }, at: number, held: unknown): void {
  const unit = typeof held === "string" ? held.charCodeAt(at) : 0;
  text.delete(at, unit >= 0xd800 && unit <= 0xdbff ? 2 : 1);
}
