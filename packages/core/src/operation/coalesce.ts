/**
 * What a transaction's mutations amount to, record by record: several assigns of one register are the last, a record created and
 * deleted again is nothing. Fewer operations travel, and none that the transaction itself has made moot.
 */
import { callerError, noSuch } from "../base/error.ts";
import { type Value, valueToKey } from "../base/value.ts";
import type { FieldChange } from "../lattice/change.ts";
import type { Mutation } from "./mutation.ts";
import type { RecordId } from "./operation.ts";

/** As a `ListPlace` in a mutation: behind the last item; `planOperations` resolves it once the list's length is known. */
export const afterLast = -1;

export type FieldChanges = ReadonlyMap<string, readonly FieldChange[]>;

export interface RecordDraft {
  readonly collection: string;
  readonly record: RecordId;
  readonly action: /** `fresh`: created by this transaction, so fields that it does not mention are as initial. */
    | { readonly type: "write"; readonly fresh: boolean; readonly changes: FieldChanges }
    | { readonly type: "delete" }
    /** Created and deleted again. */
    | { readonly type: "nothing" };
}

interface Draft {
  readonly collection: string;
  readonly record: RecordId;
  readonly wasVisible: boolean;
  isVisible: boolean;
  fresh: boolean;
  changes: Map<string, FieldChange[]>;
}

/** In the order in which records are first mentioned. Throws `no-such-record` and `record-exists`. */
export function coalesceMutations(
  mutations: readonly Mutation[],
  isVisibleBefore: (collection: string, record: RecordId) => boolean,
): readonly RecordDraft[] {
  const drafts = new Map<string, Draft>();
  for (const mutation of mutations) absorbMutation(draftOf(drafts, mutation, isVisibleBefore), mutation);
  return [...drafts.values()].map(({ collection, record, wasVisible, isVisible, fresh, changes }) => {
    if (!isVisible) return { collection, record, action: { type: wasVisible ? "delete" : "nothing" } };
    const folded: Map<string, readonly FieldChange[]> = changes;
    for (const [field, list] of folded) if (list.length > 1) folded.set(field, foldChanges(list));
    return { collection, record, action: { type: "write", fresh, changes: folded } };
  });
}

function draftOf(
  drafts: Map<string, Draft>,
  { collection, record }: Mutation,
  isVisibleBefore: (collection: string, record: RecordId) => boolean,
): Draft {
  const key = `${collection}/${record}`;
  let draft = drafts.get(key);
  if (draft === undefined) {
    const wasVisible = isVisibleBefore(collection, record);
    draft = { collection, record, wasVisible, isVisible: wasVisible, fresh: false, changes: new Map() };
    drafts.set(key, draft);
  }
  return draft;
}

function nameOf(mutation: Mutation): string {
  return `"${mutation.collection}" ${JSON.stringify(mutation.record)}`;
}

function absorbMutation(draft: Draft, mutation: Mutation): void {
  if (mutation.type === "create") {
    if (draft.isVisible)
      throw callerError("record-exists", `The record ${nameOf(mutation)} is there already.`, "Update it, or omit the id.");
    draft.isVisible = true;
    draft.fresh = true;
    draft.changes = new Map(mutation.fields.map(([field, change]) => [field, [change]]));
    return;
  }
  if (!draft.isVisible) throw noSuch(`record ${nameOf(mutation)}`);
  if (mutation.type === "delete") {
    draft.isVisible = false;
    draft.changes = new Map();
    return;
  }
  const changes = draft.changes.get(mutation.field);
  if (changes === undefined) draft.changes.set(mutation.field, [mutation.change]);
  else changes.push(mutation.change);
}

/** The changes of one field, in order, as few as mean the same. */
export function foldChanges(changes: readonly FieldChange[]): readonly FieldChange[] {
  if (changes.length < 2) return changes;
  const last = changes[changes.length - 1] as FieldChange;
  switch (last.type) {
    case "assign":
      return [last];
    case "increment":
      return [foldIncrements(changes)];
    case "set-add":
    case "set-delete":
      return foldSet(changes);
    default:
      return foldRuns(changes);
  }
}

/** Summed exactly: on the way beyond 2^53 and back a double would lose some. What remains beyond, the lattice refuses. */
function foldIncrements(changes: readonly FieldChange[]): FieldChange {
  let sum = 0n;
  for (const change of changes) if (change.type === "increment") sum += BigInt(change.by);
  return { type: "increment", by: Number(sum) };
}

/** The last word on each element. */
function foldSet(changes: readonly FieldChange[]): readonly FieldChange[] {
  const added = new Map<string, Value>();
  const deleted = new Map<string, Value>();
  for (const change of changes) {
    if (change.type !== "set-add" && change.type !== "set-delete") continue;
    const [into, from] = change.type === "set-add" ? [added, deleted] : [deleted, added];
    for (const value of change.values) {
      const key = valueToKey(value);
      from.delete(key);
      into.set(key, value);
    }
  }
  const folded: FieldChange[] = [];
  if (deleted.size > 0) folded.push({ type: "set-delete", values: [...deleted.values()] });
  if (added.size > 0) folded.push({ type: "set-add", values: [...added.values()] });
  return folded;
}

/** Inserts that go on where the one before ended are one run: typing, and pushing one item after another. */
function foldRuns(changes: readonly FieldChange[]): readonly FieldChange[] {
  const folded: FieldChange[] = [];
  for (const change of changes) {
    const before = folded[folded.length - 1];
    const run = before === undefined ? undefined : joinRun(before, change);
    if (run === undefined) folded.push(change);
    else folded[folded.length - 1] = run;
  }
  return folded;
}

function joinRun(before: FieldChange, change: FieldChange): FieldChange | undefined {
  if (before.type === "text-insert" && change.type === "text-insert" && change.at === before.at + before.text.length) {
    return { type: "text-insert", at: before.at, text: before.text + change.text };
  }
  if (before.type !== "list-insert" || change.type !== "list-insert" || typeof before.at === "string") return undefined;
  const goesOn = before.at === afterLast ? change.at === afterLast : change.at === before.at + before.values.length;
  return goesOn ? { type: "list-insert", at: before.at, values: [...before.values, ...change.values] } : undefined;
}
