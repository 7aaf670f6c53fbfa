/** `list`: ordered items that concurrent writers insert, edit, move and remove. The rules are LST1 to LST14 of `docs/spec/sequences.md`. */
import type { Value } from "../base/value.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { vectorContains } from "../causality/version-vector.ts";
import { isSameDot } from "../causality/dot.ts";
import type { Applied, Lattice, Loser, Origin } from "./lattice.ts";
import { decodeList, encodeList } from "./list-codec.ts";
import { decodeListDelta, type ElementRef, encodeListDelta, type ListDelta, liftList, resolveElement } from "./list-delta.ts";
import { carryOrder, orderOf } from "./list-order.ts";
import { planList } from "./list-plan.ts";
import {
  compareStamps,
  elementToKey,
  emptyList,
  findElement,
  isRemoved,
  joinLists,
  type ListItem,
  type ListStamp,
  type ListState,
} from "./list-state.ts";

export const listLattice: Lattice<ListState, ListDelta> = {
  kind: "list",
  apply: applyList,
  plan: (state, change, origin) => planList(state ?? emptyList, change, origin),
  lift: liftList,
  join: joinLists,
  view: (state) => (state === undefined ? [] : orderOf(state).shown.map((item) => item.value as Value)),
  encodeState: encodeList,
  decodeState: decodeList,
  encodeDelta: encodeListDelta,
  decodeDelta: decodeListDelta,
  refer(state, name) {
    for (const { edited, moved } of state.items) {
      if (edited !== undefined) name(edited.replica, edited.counter);
      if (moved !== undefined) name(moved.replica, moved.counter);
    }
  },
  valuesOf: (delta) => (delta.type === "insert" ? delta.values : delta.type === "edit" ? [delta.value] : []),
};

function applyList(known: ListState | undefined, delta: ListDelta, origin: Origin): Applied<ListState> {
  const before = known ?? emptyList;
  const small = liftList(delta, origin);
  const state = joinLists(before, small);
  if (delta.type === "insert") {
    carryOrder(before, state, small.nodes, undefined);
    return { state, concurrent: false, losers: [] };
  }
  const id = resolveElement(delta.item, origin.dot.replica);
  carryOrder(before, state, small.nodes, id);
  const item = before.items[findElement(before.items, id)];
  return item === undefined ? { state, concurrent: false, losers: [] } : { state, ...resolve(item, delta, origin) };
}

/** What this operation met that its author had not seen. */
function resolve(item: ListItem, delta: ListDelta, origin: Origin): Omit<Applied<ListState>, "state"> {
  const unseen = (stamp: ListStamp | undefined): stamp is ListStamp =>
    stamp !== undefined && !isSameDot(stamp, origin.dot) && !vectorContains(origin.context, stamp);
  if (delta.type === "remove") return { concurrent: unseen(item.edited) || unseen(item.moved), losers: [] };
  // Whoever had seen the removal could not have named the item.
  const met = isRemoved(item);
  if (delta.type === "move") return { concurrent: met || unseen(item.moved), losers: [] };
  if (delta.type !== "edit" || !unseen(item.edited)) return { concurrent: met, losers: [] };
  return { concurrent: true, losers: [loserOf(item, item.edited, delta.value, origin)] };
}

function loserOf(item: ListItem, edited: ListStamp, value: Value, origin: Origin): Loser {
  const mine = { replica: origin.dot.replica, counter: origin.dot.counter };
  const theirs = { replica: edited.replica, counter: edited.counter };
  const key = elementToKey(item.id);
  const wins = compareStamps({ lamport: origin.lamport, ...mine }, edited) > 0;
  if (wins) return { dot: theirs, winner: mine, value: item.value as Value, item: key };
  return { dot: mine, winner: theirs, value, item: key };
}

/** It names a place or an item that is not here: what hangs there is never shown. A removal leaves nothing to be shown. */
export function listHasGap(state: ListState | undefined, delta: ListDelta, author: ReplicaId): boolean {
  const isMissing = (ref: ElementRef): boolean => findElement(state?.nodes ?? [], resolveElement(ref, author)) < 0;
  if ((delta.type === "edit" || delta.type === "move") && isMissing(delta.item)) return true;
  return (delta.type === "insert" || delta.type === "move") && delta.place.parent !== undefined && isMissing(delta.place.parent);
}

/** The items with their keys, which stay through moves and edits. */
export function listItems(state: ListState | undefined): readonly { readonly key: string; readonly value: Value }[] {
  if (state === undefined) return [];
  return orderOf(state).shown.map((item) => ({ key: elementToKey(item.id), value: item.value as Value }));
}
