/**
 * What was removed under its old name, in a store that was put back to a backup, and comes back under a new one, r0 removes once more: by an
 * operation of its own, right behind whichever of the two comes second (`core/src/operation/renamed-adds.ts`).
 *
 * Where the new name comes first, it is noted under the old one beside the ids of intents, for as long as these, and a removal looks there for
 * what was never there. What a removal misses all the same, since the old id has another history by now, is seen, and can be removed.
 */
import {
  addsByName,
  applyOperation,
  ByteReader,
  bytesToHex,
  ByteWriter,
  decodeSafely,
  type Dot,
  dotToKey,
  type Encoded,
  formerNameOf,
  imprintOf,
  isVisible,
  missingNames,
  type Operation,
  readReplicaId,
  removalsAnew,
  type TakenChange,
  type Transaction,
  writeReplicaId,
} from "@holdfast/core/engine";
import { appendOwn } from "../stream/append-own.ts";
import type { DecisionContext } from "./context.ts";
import { Draft, type Turn } from "./turn.ts";

/** What a push may need of that, in one question; where nothing was lost, or nothing is missing, none. */
export async function loadRenamedAdds(context: DecisionContext, turn: Turn, fresh: readonly Encoded[]): Promise<void> {
  const names = context.restored ? fresh.flatMap(({ transaction }) => namesIn(turn, transaction)) : [];
  if (names.length > 0) await Promise.all([turn.loadIntents(names), turn.loadMarks([context.epoch])]);
}

/** Once it is taken. `isRenamed`: the name that it says it had is of an id of the same user (`former-names.ts`). */
export function removeRenamed(context: DecisionContext, turn: Turn, transaction: Transaction, isRenamed: boolean): void {
  if (!context.restored) return;
  const draft = new Draft(turn);
  const own: Operation[] = [];
  for (const { former, ...taken } of changesOf(turn, transaction)) {
    const change: TakenChange = { ...taken, former: isRenamed ? former : undefined };
    if (change.former !== undefined && addsByName(change.operation)) note(context, turn, change.operation, change.former, change.dot);
    for (const delta of removalsAnew(change, (dot) => noted(turn, change.operation, dot))) remove(context, turn, draft, own, change, delta);
  }
  if (own.length > 0) appendOwn(context, turn, draft, own);
}

/** It is here under another name, and its author goes on by the one that it would have had. */
export function noteElsewhere(context: DecisionContext, turn: Turn, transaction: Transaction): void {
  for (const { operation, dot, former } of changesOf(turn, transaction)) {
    const adds = decodeSafely(() => addsByName(operation));
    if (former !== undefined && adds.ok && adds.value) note(context, turn, operation, dot, noted(turn, operation, former) ?? former);
  }
}

/** Having seen all of the record but what its place implies. One that is deleted stays so. */
function remove(context: DecisionContext, turn: Turn, draft: Draft, own: Operation[], { operation }: TakenChange, delta: Uint8Array): void {
  const record = draft.get(operation);
  if (record === undefined || !isVisible(record)) return;
  const seen = new Map(record.vector);
  seen.delete(context.epoch);
  const counter = turn.mark(context.epoch).mark + 1 + own.length;
  const origin = {
    dot: { replica: context.epoch, counter },
    lamport: turn.lamport + 1 + own.length,
    context: seen,
    sequence: turn.head + 1,
  };
  const removal: Operation = { ...operation, delta, context: seen, creates: false };
  draft.set(operation, applyOperation(context.rules.lattices, record, removal, origin).record, delta.length);
  own.push(removal);
}

function changesOf(turn: Turn, transaction: Transaction): readonly TakenChange[] {
  const { replica, counter, body } = transaction;
  if (body.type !== "operations") return [];
  const name = formerNameOf(transaction);
  return body.operations.map((operation, index) => ({
    operation,
    dot: { replica, counter: counter + index },
    former: name && { replica: name.replica, counter: name.counter + index },
    record: turn.record(operation),
  }));
}

/** As far as it can be read: what cannot is refused. */
function namesIn(turn: Turn, transaction: Transaction): readonly string[] {
  return changesOf(turn, transaction).flatMap(({ operation, former, record }) => {
    const names = decodeSafely(() => {
      const missing = missingNames(operation, transaction.replica, record);
      return former !== undefined && addsByName(operation) ? [...missing, former] : missing;
    });
    return names.ok ? names.value.map((dot) => nameOf(operation, dot)) : [];
  });
}

/** A dot in a field: of any other name among the ids of intents it differs by its shape. */
function nameOf({ collection, record, field }: Operation, dot: Dot): string {
  const writer = new ByteWriter(64);
  for (const part of [collection, record, field]) writer.text(part);
  return `${dotToKey(dot)} ${bytesToHex(imprintOf(writer.finish()))}`;
}

/** The first that had it: two histories may have had different writes there, and each names what it has added. */
function note(context: DecisionContext, turn: Turn, operation: Operation, former: Dot, dot: Dot): void {
  const intent = nameOf(operation, former);
  if (turn.intent(intent) !== undefined) return;
  const writer = new ByteWriter(24);
  writeReplicaId(writer, dot.replica);
  writer.varint(dot.counter);
  turn.recordIntent({ intent, bytes: writer.finish(), atMs: context.runtime.wallMs() });
}

function noted(turn: Turn, operation: Operation, dot: Dot): Dot | undefined {
  const row = turn.intent(nameOf(operation, dot));
  if (row === undefined) return undefined;
  const reader = new ByteReader(row.bytes);
  return { replica: readReplicaId(reader), counter: reader.varint() };
}
