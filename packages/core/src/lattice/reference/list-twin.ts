/** What a list means, by definition, over the full set of its operations: a tree walked by recursion. Slow and plain; tests only. */
import type { Value } from "../../base/value.ts";
import { vectorContains } from "../../causality/version-vector.ts";
import type { ElementRef, ListDelta } from "../list-delta.ts";
import type { Written } from "./history.ts";

interface TwinNode {
  readonly key: string;
  readonly id: readonly [replica: string, counter: number, index: number];
  readonly parent: string;
  readonly side: "left" | "right";
  readonly item: string;
}

type Operation = Written<ListDelta>;

function keyOf(ref: ElementRef, { origin }: Operation): string {
  return `${ref.replica ?? origin.dot.replica}:${ref.counter}:${ref.index}`;
}

function nodesOf(operation: Operation): readonly TwinNode[] {
  const { op, origin } = operation;
  if (op.type !== "insert" && op.type !== "move") return [];
  const parent = op.place.parent === undefined ? "root" : keyOf(op.place.parent, operation);
  const name = (index: number): string => `${origin.dot.replica}:${origin.dot.counter}:${index}`;
  const id = (index: number) => [origin.dot.replica, origin.dot.counter, index] as const;
  if (op.type === "move") return [{ key: name(0), id: id(0), parent, side: op.place.side, item: keyOf(op.item, operation) }];
  return op.values.map((_, i) => ({
    key: name(i),
    id: id(i),
    parent: i === 0 ? parent : name(i - 1),
    side: i === 0 ? op.place.side : "right",
    item: name(i),
  }));
}

function last(operations: readonly Operation[]): Operation | undefined {
  return operations.reduce<Operation | undefined>((a, b) => {
    if (a === undefined || b.origin.lamport > a.origin.lamport) return b;
    return b.origin.lamport === a.origin.lamport && b.origin.dot.replica > a.origin.dot.replica ? b : a;
  }, undefined);
}

export function listTwin(operations: readonly Operation[]): readonly Value[] {
  const nodes = operations.flatMap(nodesOf);
  const of = (item: string, type: ListDelta["type"]): readonly Operation[] =>
    operations.filter(
      (operation) => operation.op.type === type && operation.op.type !== "insert" && keyOf(operation.op.item, operation) === item,
    );
  /** Shown unless each of the last edit and the last move is in what some removal had seen. */
  const isRemoved = (item: string): boolean => {
    const removals = of(item, "remove");
    if (removals.length === 0) return false;
    return [last(of(item, "edit")), last(of(item, "move"))].every(
      (change) => change === undefined || removals.some(({ origin }) => vectorContains(origin.context, change.origin.dot)),
    );
  };
  const valueOf = (item: string): Value => {
    const edit = last(of(item, "edit"));
    if (edit?.op.type === "edit") return edit.op.value;
    for (const operation of operations) {
      const { op } = operation;
      const at = op.type === "insert" ? nodesOf(operation).findIndex((node) => node.key === item) : -1;
      if (op.type === "insert" && at >= 0) return op.values[at] as Value;
    }
    throw new Error(`no insertion of ${item}`);
  };
  const placeOf = (item: string): string => {
    const move = last(of(item, "move"));
    return move === undefined ? item : `${move.origin.dot.replica}:${move.origin.dot.counter}:0`;
  };
  const byId = (a: TwinNode, b: TwinNode): number =>
    a.id[0] < b.id[0] ? -1 : a.id[0] > b.id[0] ? 1 : a.id[1] - b.id[1] || a.id[2] - b.id[2];
  const walk = (parent: string, side: "left" | "right"): readonly TwinNode[] =>
    nodes
      .filter((node) => node.parent === parent && node.side === side)
      .sort(byId)
      .flatMap((node) => [...walk(node.key, "left"), node, ...walk(node.key, "right")]);
  return walk("root", "right")
    .filter((node) => placeOf(node.item) === node.key && !isRemoved(node.item))
    .map((node) => valueOf(node.item));
}
