/**
 * The reorder buffer: items of one stream that came before what they follow. It lets them go in counter order, without a gap,
 * and never moves its mark past one (trap 2: an item that a raised mark covers would be thrown away when it comes).
 * An item may be wider than one counter; it is known by its first.
 */
import { assert } from "../base/assert.ts";

export interface ReorderItem {
  /** From 1. */
  readonly counter: number;
  /** How many counters it uses up, at least 1. */
  readonly width: number;
}

export interface ReorderBuffer<Item extends ReorderItem> {
  /** Everything up to here has been let go. */
  readonly mark: number;
  /** By first counter, ascending; the first begins after `mark + 1`. */
  readonly waiting: readonly Item[];
}

export type Offered<Item extends ReorderItem> =
  /** `released`: to be applied now, in this order. Empty for a duplicate and for an item that has to wait. */
  | { readonly type: "kept"; readonly buffer: ReorderBuffer<Item>; readonly released: readonly Item[] }
  /** The buffer is full and the item would have to wait: nothing has changed. The sender offers it again later. */
  | { readonly type: "full" }
  /** The item lies across the mark or across another item: its sender contradicts itself, nothing has changed. */
  | { readonly type: "overlap" };

export function createReorderBuffer<Item extends ReorderItem>(mark: number): ReorderBuffer<Item> {
  assert(Number.isSafeInteger(mark) && mark >= 0, "a mark is a counter");
  return { mark, waiting: [] };
}

export function offerItem<Item extends ReorderItem>(
  buffer: ReorderBuffer<Item>,
  item: Item,
  limits: { readonly waitingMax: number },
): Offered<Item> {
  assert(item.counter >= 1 && item.width >= 1, "an item uses counters from 1");
  const last = item.counter + item.width - 1;
  if (last <= buffer.mark) return { type: "kept", buffer, released: [] };
  if (item.counter <= buffer.mark) return { type: "overlap" };
  if (item.counter === buffer.mark + 1) return release(buffer, item);

  const at = buffer.waiting.findIndex((other) => other.counter >= item.counter);
  const next = buffer.waiting[at];
  if (next?.counter === item.counter) return next.width === item.width ? { type: "kept", buffer, released: [] } : { type: "overlap" };
  const place = at < 0 ? buffer.waiting.length : at;
  const previous = buffer.waiting[place - 1];
  if (next !== undefined && next.counter <= last) return { type: "overlap" };
  if (previous !== undefined && previous.counter + previous.width > item.counter) return { type: "overlap" };
  if (buffer.waiting.length >= limits.waitingMax) return { type: "full" };
  return { type: "kept", buffer: { mark: buffer.mark, waiting: buffer.waiting.toSpliced(place, 0, item) }, released: [] };
}

/** `item` closes the gap: it goes, and with it all that now follows without another gap. */
function release<Item extends ReorderItem>(buffer: ReorderBuffer<Item>, item: Item): Offered<Item> {
  const first = buffer.waiting[0];
  if (first !== undefined && first.counter < item.counter + item.width) return { type: "overlap" };
  const released = [item];
  let mark = item.counter + item.width - 1;
  for (const waiting of buffer.waiting) {
    if (waiting.counter !== mark + 1) break;
    released.push(waiting);
    mark = waiting.counter + waiting.width - 1;
  }
  return { type: "kept", buffer: { mark, waiting: buffer.waiting.slice(released.length - 1) }, released };
}
