/**
 * The order of a list: the tree of its nodes, walked in order (left children, the node, right children; siblings by id).
 * Derived, never stored: kept beside the immutable state in a WeakMap, and carried on by `apply` so that one edit in a list of
 * 10,000 does not walk it again. Losing the entry costs time, never an answer.
 */
import { assert } from "../base/assert.ts";
import { isSameDot } from "../causality/dot.ts";
import type { ElementId, ListItem, ListNode, ListState, Side } from "./list-state.ts";
import { compareElements, elementToKey, findElement, isRemoved, positionOf } from "./list-state.ts";

export interface ListOrder {
  /** Every node that hangs on the root or on a node that is not here, whether an item is there or not. */
  readonly nodes: readonly ListNode[];
  /** The visible items. */
  readonly shown: readonly ListItem[];
  /** Some hang on a node that is not here, and stand at the root until it is (rule LST13). */
  readonly waits: boolean;
}

const orders = new WeakMap<ListState, ListOrder>();

export function orderOf(state: ListState): ListOrder {
  let order = orders.get(state);
  if (order === undefined) {
    order = deriveOrder(state);
    orders.set(state, order);
  }
  return order;
}

function isShown(state: ListState, node: ListNode): ListItem | undefined {
  const at = findElement(state.items, node.item);
  const item = state.items[at];
  if (item === undefined || isRemoved(item) || compareElements(positionOf(item), node.id) !== 0) return undefined;
  // A move that came before the insertion (never in causal order) waits for it.
  return item.moved === undefined || findElement(state.nodes, item.id) >= 0 ? item : undefined;
}

/**
 * The order after one operation, from the order before it. `born` are the nodes that it made: one, or a run in which each is the right
 * child of the one before; `touched` is the item that it edited, moved or removed. Leaves nothing where the order before is not at hand.
 */
export function carryOrder(before: ListState, after: ListState, born: readonly ListNode[], touched: ElementId | undefined): void {
  const known = orders.get(before);
  if (known === undefined || after === before) return;
  // Something waits for its parent or its insertion, which may be what came now: only a whole walk knows.
  if (
    known.waits ||
    known.nodes.length !== before.nodes.length ||
    after.items.length !== before.items.length + (touched === undefined ? born.length : 0)
  )
    return;
  if (after.nodes.length !== before.nodes.length + born.length) return;
  let nodes = known.nodes;
  let shown = known.shown;
  const first = born[0];
  let at = 0;
  if (first !== undefined) {
    const place = placeOf(before, nodes, first);
    if (place === undefined) return;
    at = place;
    nodes = spliced(nodes, at, 0, born);
  }
  if (touched !== undefined) {
    const old = before.items[findElement(before.items, touched)];
    const now = after.items[findElement(after.items, touched)];
    if (old === undefined || now === undefined || findElement(after.nodes, touched) < 0) return;
    const index = shown.indexOf(old);
    if (old.moved === now.moved && !isRemoved(now) && index >= 0) shown = shown.with(index, now);
    else {
      if (index >= 0) shown = spliced(shown, index, 1, []);
      const node = after.nodes[findElement(after.nodes, positionOf(now))];
      if (node === undefined) return;
      if (!isRemoved(now)) shown = spliced(shown, shownBefore(after, nodes, shown, nodes.indexOf(node)), 0, [now]);
    }
  } else if (first !== undefined) {
    const items = born.map((node) => isShown(after, node)).filter((item) => item !== undefined);
    shown = spliced(shown, shownBefore(after, nodes, shown, at), 0, items);
  }
  orders.set(after, { nodes, shown, waits: false });
}

/** `toSpliced` with a fast path: V8 copies a slice of pointers at memory speed. */
function spliced<T>(list: readonly T[], at: number, remove: number, add: readonly T[]): readonly T[] {
  const copy = list.slice();
  if (add.length <= 1) copy.splice(at, remove, ...add);
  else return list.slice(0, at).concat(add, list.slice(at + remove));
  return copy;
}

/** How many visible items stand before the node at `at`. */
function shownBefore(state: ListState, nodes: readonly ListNode[], shown: readonly ListItem[], at: number): number {
  for (let i = at - 1; i >= 0; i--) {
    const item = isShown(state, nodes[i] as ListNode);
    if (item === undefined) continue;
    const index = shown.indexOf(item);
    if (index >= 0) return index + 1;
  }
  return 0;
}

/** The place of a node that has no children yet: next to its parent, or at the edge of a sibling's subtree. */
function placeOf(state: ListState, nodes: readonly ListNode[], node: ListNode): number | undefined {
  const { parent } = node;
  const siblings = childrenOf(state, parent, node.side);
  const next = siblings.find((sibling) => compareElements(sibling.id, node.id) > 0);
  if (next !== undefined) return indexOf(nodes, edge(state, next, "left"), 0);
  const previous = siblings.at(-1);
  if (node.side === "right" && previous !== undefined) return indexOf(nodes, edge(state, previous, "right"), 1);
  if (parent === undefined) return 0;
  return indexOf(nodes, state.nodes[findElement(state.nodes, parent)], node.side === "right" ? 1 : 0);
}

function indexOf(nodes: readonly ListNode[], node: ListNode | undefined, offset: number): number | undefined {
  const index = node === undefined ? -1 : nodes.indexOf(node);
  return index < 0 ? undefined : index + offset;
}

/** Sorted by id, since the nodes are. */
export function childrenOf(state: ListState, parent: ElementId | undefined, side: Side): readonly ListNode[] {
  const children: ListNode[] = [];
  for (const node of state.nodes) if (node.side === side && isSameParent(node.parent, parent)) children.push(node);
  return children;
}

function isSameParent(a: ElementId | undefined, b: ElementId | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.index === b.index && isSameDot(a, b);
}

/**
 * The first or the last node of a subtree. Only where two replicas wrote at one place does anything hang here to walk along.
 * `carryOrder` has seen that all nodes hang on the root, so hostile parents in a circle are not walked along.
 */
function edge(state: ListState, top: ListNode, side: Side): ListNode {
  const children = new Map<string, ListNode>();
  for (const node of state.nodes) {
    if (node.side !== side || node.parent === undefined) continue;
    const key = elementToKey(node.parent);
    if (side === "right" || !children.has(key)) children.set(key, node);
  }
  let last = top;
  for (let steps = 0; ; steps++) {
    assert(steps <= state.nodes.length, "no circle");
    const next = children.get(elementToKey(last.id));
    if (next === undefined) return last;
    last = next;
  }
}

/** Without recursion: a list that grew at its front is as deep as it is long. */
function deriveOrder(state: ListState): ListOrder {
  const { nodes } = state;
  const root = nodes.length;
  const links = { left: new Int32Array(root + 1).fill(-1), right: new Int32Array(root + 1).fill(-1), next: new Int32Array(root).fill(-1) };
  let waits = false;
  // From the end, each put before its siblings: every chain comes out sorted by id.
  for (let i = root - 1; i >= 0; i--) {
    const node = nodes[i] as ListNode;
    let { side } = node;
    let parent = node.parent === undefined ? root : parentIndex(nodes, i, node.parent);
    if (parent < 0) {
      waits = true;
      parent = root;
      side = "right";
    }
    const heads = links[side];
    links.next[i] = heads[parent] as number;
    heads[parent] = i;
  }
  const ordered: ListNode[] = [];
  const shown: ListItem[] = [];
  // A frame is a node and what is left to do there: `~i` shows the node i and goes right, `i` starts with its left children.
  const stack: number[] = [];
  pushChildren(stack, links.right, links.next, root);
  while (stack.length > 0) {
    const frame = stack.pop() as number;
    if (frame >= 0) {
      stack.push(~frame);
      pushChildren(stack, links.left, links.next, frame);
      continue;
    }
    const node = nodes[~frame] as ListNode;
    ordered.push(node);
    const item = isShown(state, node);
    if (item !== undefined) shown.push(item);
    pushChildren(stack, links.right, links.next, ~frame);
  }
  return { nodes: ordered, shown, waits };
}

function pushChildren(stack: number[], heads: Int32Array, next: Int32Array, parent: number): void {
  const from = stack.length;
  for (let child = heads[parent] as number; child >= 0; child = next[child] as number) stack.push(child);
  for (let i = from, j = stack.length - 1; i < j; i++, j--) {
    const held = stack[i] as number;
    stack[i] = stack[j] as number;
    stack[j] = held;
  }
}

/** A run's nodes stand one after the other: most parents are the neighbour. */
function parentIndex(nodes: readonly ListNode[], child: number, parent: ElementId): number {
  const before = nodes[child - 1];
  if (before !== undefined && isSameParent(before.id, parent)) return child - 1;
  return findElement(nodes, parent);
}
