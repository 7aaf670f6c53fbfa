/** An app's change of a list, by index or by key, as a delta. */
import type { FieldChange, ListPlace } from "./change.ts";
import { type Planned, type PlanOrigin, refuseChange } from "./lattice.ts";
import { elementToRef, type ListDelta, listLimits, type NodePlace, stampToRef } from "./list-delta.ts";
import { childrenOf, type ListOrder, orderOf } from "./list-order.ts";
import { compareElements, findElement, keyToElement, type ListItem, type ListState, positionOf } from "./list-state.ts";

type Refused = Extract<Planned<ListDelta>, { ok: false }>;

export function planList(state: ListState, change: FieldChange, origin: PlanOrigin): Planned<ListDelta> {
  const order = orderOf(state);
  const author = origin.dot.replica;
  switch (change.type) {
    case "list-insert": {
      const { values } = change;
      const at = indexOfPlace(order, change.at, order.shown.length);
      if (typeof at !== "number") return at;
      if (values.length === 0) return { ok: true, delta: undefined };
      if (order.shown.length + values.length > listLimits.itemsMax) return tooLarge(`a list shows at most ${listLimits.itemsMax} items`);
      if (state.nodes.length + values.length > listLimits.nodesMax) return outOfNodes();
      return { ok: true, delta: { type: "insert", place: placeAfter(state, order, order.shown[at - 1], origin), values } };
    }
    case "list-edit": {
      const at = indexOfPlace(order, change.at, order.shown.length - 1);
      if (typeof at !== "number") return at;
      return { ok: true, delta: { type: "edit", item: elementToRef((order.shown[at] as ListItem).id, author), value: change.value } };
    }
    case "list-move": {
      const from = indexOfPlace(order, change.from, order.shown.length - 1);
      if (typeof from !== "number") return from;
      const to = indexOfPlace(order, change.to, order.shown.length - 1);
      if (typeof to !== "number") return to;
      if (from === to) return { ok: true, delta: undefined };
      if (state.nodes.length >= listLimits.nodesMax) return outOfNodes();
      // After the item that shall stand before it: counted without the item itself.
      const before = order.shown[to > from ? to : to - 1];
      const item = elementToRef((order.shown[from] as ListItem).id, author);
      return { ok: true, delta: { type: "move", item, place: placeAfter(state, order, before, origin) } };
    }
    case "list-delete": {
      const at = indexOfPlace(order, change.at, order.shown.length - 1);
      if (typeof at !== "number") return at;
      const { id, edited, moved } = order.shown[at] as ListItem;
      return {
        ok: true,
        delta: { type: "remove", item: elementToRef(id, author), edited: stampToRef(edited, author), moved: stampToRef(moved, author) },
      };
    }
    default:
      return refuseChange("list");
  }
}

/**
 * Fugue's rule: the right child of the node before, unless it has right children; then the left child of the node that follows it, which
 * is the first of them. So a run that one replica writes, forwards or backwards, hangs together and nobody's comes in between.
 */
function placeAfter(state: ListState, order: ListOrder, item: ListItem | undefined, origin: PlanOrigin): NodePlace {
  const author = origin.dot.replica;
  const before = item === undefined ? undefined : state.nodes[findElement(state.nodes, positionOf(item))];
  const next = order.nodes[before === undefined ? 0 : order.nodes.indexOf(before) + 1];
  if (next === undefined || childrenOf(state, before?.id, "right").length === 0)
    return { parent: before && elementToRef(before.id, author), side: "right" };
  return { parent: elementToRef(next.id, author), side: "left" };
}

function indexOfPlace(order: ListOrder, place: ListPlace, max: number): number | Refused {
  let index = place;
  if (typeof index !== "number") {
    const id = keyToElement(index);
    index = id === undefined ? -1 : order.shown.findIndex((item) => compareElements(item.id, id) === 0);
  }
  if (Number.isInteger(index) && index >= 0 && index <= max) return index;
  return { ok: false, code: "out-of-range", reason: `There is no ${JSON.stringify(place)} in a list of ${order.shown.length} items.` };
}

function outOfNodes(): Refused {
  return tooLarge(`a list keeps at most ${listLimits.nodesMax} places`);
}

function tooLarge(reason: string): Refused {
  return { ok: false, code: "too-large", reason };
}
