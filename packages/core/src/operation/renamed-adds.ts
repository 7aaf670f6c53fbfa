/**
 * Who removes from a set or a list names the adds that he has seen. Where r0 was put back to a backup, a copy of a file may say a lost add again
 * under a new id (`former.ts`): then the removal names what nobody has, and what was removed comes back under its new name (traps 4, 6).
 *
 * What is to be removed once more follows from the record, whichever of the two came first: sets and lists keep a removal of what is still to
 * come, and for the other order somebody has to know the new names. The old id may have another history by now. Where that has come as far, on
 * the same set or with the same item, a name is no longer the lost one's alone, and nothing is removed that its remover may not have seen.
 */
import { type Dot } from "../causality/dot.ts";
import { dotsInclude, joinDots, noDots } from "../causality/causal-context.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { emptyVector, vectorContains } from "../causality/version-vector.ts";
import { kindCodes } from "../lattice/lattice.ts";
import { decodeListDelta, encodeListDelta, resolveElement } from "../lattice/list-delta.ts";
import { type ElementId, findElement, isRemoved, type ListItem, type ListState } from "../lattice/list-state.ts";
import { fieldKey } from "../lattice/record.ts";
import type { RecordState } from "../lattice/record-state.ts";
import { ascending } from "../lattice/replica-table.ts";
import { setLattice, type SetElement, type SetState } from "../lattice/set.ts";
import { type Value, valueToKey } from "../base/value.ts";
import type { Operation } from "./operation.ts";

/** One operation of a transaction that r0 has taken, and the record as it then was. */
export interface TakenChange {
  readonly operation: Operation;
  readonly dot: Dot;
  /** Its name before its author took another id, if it did. */
  readonly former: Dot | undefined;
  readonly record: RecordState | undefined;
}

/** It puts something there that can be removed by its name. */
export function addsByName({ kind, delta }: Operation): boolean {
  if (kind === kindCodes.set) return setLattice.decodeDelta(delta).added.length > 0;
  return kind === kindCodes.list && decodeListDelta(delta).type === "insert";
}

/** What it removes and the record has never held: common removals name what is there. */
export function missingNames(operation: Operation, author: ReplicaId, record: RecordState | undefined): readonly Dot[] {
  if (operation.kind === kindCodes.set) {
    const seen = setOf(record, operation)?.seen ?? emptyVector;
    const { removed } = setLattice.decodeDelta(operation.delta);
    return removed.flatMap(({ dots }) => dots.filter((dot) => !vectorContains(seen, dot)));
  }
  const item = operation.kind === kindCodes.list ? removedItem(operation, author) : undefined;
  const isMissing = item !== undefined && itemOf(record, operation, item)?.value === undefined;
  return isMissing ? [{ replica: item.replica, counter: item.counter }] : [];
}

/** Deltas that remove once more, by its new name, what somebody has removed by the old. `newNameOf`: of what `missingNames` gave. */
export function removalsAnew(change: TakenChange, newNameOf: (former: Dot) => Dot | undefined): readonly Uint8Array[] {
  if (change.operation.kind === kindCodes.set) return setRemovals(change, newNameOf);
  return change.operation.kind === kindCodes.list ? listRemovals(change, newNameOf) : [];
}

function setRemovals({ operation, dot, former, record }: TakenChange, newNameOf: (former: Dot) => Dot | undefined): readonly Uint8Array[] {
  const { added, removed } = setLattice.decodeDelta(operation.delta);
  const anew = new Map<string, { value: Value; dots: readonly Dot[] }>();
  const remove = (value: Value, name: Dot): void => {
    const key = valueToKey(value);
    if (dotsInclude(elementOf(record, operation, value)?.dots ?? noDots, name))
      anew.set(key, { value, dots: joinDots(anew.get(key)?.dots ?? noDots, [name]) });
  };
  for (const value of added)
    if (former !== undefined && dotsInclude(elementOf(record, operation, value)?.removed ?? noDots, former)) remove(value, dot);
  for (const { value, dots } of removed)
    for (const each of dots) {
      const name = newNameOf(each);
      if (name !== undefined) remove(value, name);
    }
  return anew.size === 0 ? [] : [setLattice.encodeDelta({ added: [], removed: [...ascending(anew)].map(([, removal]) => removal) })];
}

function listRemovals({ operation, dot, former, record }: TakenChange, newNameOf: (former: Dot) => Dot | undefined): readonly Uint8Array[] {
  const delta = decodeListDelta(operation.delta);
  const anew: ElementId[] = [];
  if (delta.type === "insert" && former !== undefined)
    for (const index of delta.values.keys()) {
      const before = itemOf(record, operation, { ...former, index });
      // With a value it is another history's, under the same dot.
      if (before?.value === undefined && before?.removed !== undefined) anew.push({ ...dot, index });
    }
  const item = removedItem(operation, dot.replica);
  const name = item && newNameOf({ replica: item.replica, counter: item.counter });
  if (item !== undefined && name !== undefined) anew.push({ ...name, index: item.index });
  return anew
    .filter((each) => isThere(itemOf(record, operation, each)))
    .map((each) => encodeListDelta({ type: "remove", item: each, edited: undefined, moved: undefined }));
}

function removedItem({ delta }: Operation, author: ReplicaId): ElementId | undefined {
  const decoded = decodeListDelta(delta);
  return decoded.type === "remove" ? resolveElement(decoded.item, author) : undefined;
}

function setOf(record: RecordState | undefined, { field, kind }: Operation): SetState | undefined {
  return record?.fields.get(fieldKey(field, kind))?.state as SetState | undefined;
}

function elementOf(record: RecordState | undefined, operation: Operation, value: Value): SetElement | undefined {
  return setOf(record, operation)?.elements.get(valueToKey(value));
}

function itemOf(record: RecordState | undefined, { field, kind }: Operation, id: ElementId): ListItem | undefined {
  const items = (record?.fields.get(fieldKey(field, kind))?.state as ListState | undefined)?.items ?? [];
  return items[findElement(items, id)];
}

function isThere(item: ListItem | undefined): boolean {
  return item?.value !== undefined && !isRemoved(item);
}
