/** Transactions to columns. Deterministic: equal transactions give equal bytes, whatever order their maps were built in. */
import { assert, unreachable } from "../base/assert.ts";
import { ByteWriter } from "../base/bytes.ts";
import { type ReplicaId, writeReplicaId } from "../causality/replica-id.ts";
import type { VersionVector } from "../causality/version-vector.ts";
import { ascending } from "../lattice/replica-table.ts";
import { type Intent, type Operation, type Transaction, transactionWidth } from "../operation/operation.ts";
import { isName } from "../schema/names.ts";
import * as batchField from "./batch-field.ts";
import {
  type BatchDefaults,
  bodyCodes,
  defaultKeyNumber,
  firstContext,
  firstRecord,
  intentIdBytes,
  keyFlags,
  laterContext,
  laterRecord,
  replicaBytes,
} from "./batch.ts";
import { packedBytes, writeColumn } from "./columns.ts";
import * as wireLimits from "./wire-limits.ts";
import { assertText, wireTypeBytes, writeBytes, writeBytesAlways, writeNumber, writeTextAlways, zigzag } from "./protobuf.ts";
import { RecordIdWriter } from "./record-ids.ts";

/** `sequences`: one for each transaction, ascending; or none. At least one transaction. */
export function encodeBatch(
  transactions: readonly Transaction[],
  sequences: readonly number[] | undefined,
  defaults: BatchDefaults,
): Uint8Array {
  assert(transactions.length >= 1 && transactions.length <= wireLimits.transactionsPerBatchMax, "out of range");
  // In the order of their numbers.
  const replicas = new Map<ReplicaId, number>();
  const names = new Map<string, number>();
  const dependencySpaces = new Map<string, number>();
  const keys: number[] = [];
  const keyNumbers = new Map<string, number>();
  const recordIds = new RecordIdWriter();
  const recordNumbers = new Map<string, number>();
  const contextNumbers = new Map<string, number>();
  const contextsSeen = new Map<VersionVector, number>();
  const lastContextCounters = new Map<ReplicaId, number>();
  const nextCounters = new Map<ReplicaId, number>();
  let nextLamport = 0;
  let lastWallMs = 0;
  let lastSequence = 0;
  let count = 0;
  let operationCount = 0;
  let contextEntries = 0;

  /** By field: a batch has few of them. */
  const columns: (number[] | undefined)[] = [];
  const deltas: Uint8Array[] = [];
  let deltaBytes = 0;
  const intentIds: Uint8Array[] = [];
  const intentInputs: Uint8Array[] = [];
  const extensions: Uint8Array[] = [];

  if (defaults.replica !== undefined) replicas.set(defaults.replica, 0);
  defaults.keys.forEach((key, index) => {
    for (const creates of [false, true]) {
      const name = keyName(key.collection, key.field, key.kind, creates);
      if (!keyNumbers.has(name)) keyNumbers.set(name, defaultKeyNumber(index, creates));
    }
  });

  transactions.forEach((transaction, index) => addTransaction(transaction, sequences?.[index]));
  return finish();

  function addTransaction(transaction: Transaction, sequence: number | undefined): void {
    const { replica, counter, lamport, wallMs, schemaVersion, body } = transaction;
    const width = transactionWidth(transaction);
    assertWhole(width, 1, wireLimits.operationsPerTransactionMax);
    assertWhole(counter, 1, wireLimits.integerMax - width);
    assertWhole(lamport, 0, wireLimits.integerMax - width);
    assertWhole(wallMs, 0, wireLimits.integerMax);
    assertWhole(schemaVersion, 0, wireLimits.schemaVersionMax);
    if (sequence !== undefined) {
      assert(sequence > lastSequence && sequence <= wireLimits.integerMax, "out of order");
      put(batchField.sequence, sequence - lastSequence - 1);
      lastSequence = sequence;
    }
    put(batchField.replica, numberIn(replicas, replica));
    put(batchField.counter, zigzag(counter - (nextCounters.get(replica) ?? 0)));
    nextCounters.set(replica, counter + width);
    put(batchField.lamport, zigzag(lamport - (count === 0 ? counter : nextLamport)));
    nextLamport = lamport + width;
    put(batchField.wallMs, zigzag(wallMs - lastWallMs));
    lastWallMs = wallMs;
    put(batchField.schemaVersion, schemaVersion === defaults.schemaVersion ? 0 : schemaVersion + 1);
    put(batchField.body, bodyCodes[body.type]);
    put(batchField.width, width - 1);
    switch (body.type) {
      case "operations":
        addOperations(body.operations);
        break;
      case "intent":
        addIntent(body.intent);
        break;
      case "void":
        break;
      default:
        unreachable(body);
    }
    addDependencies(transaction.dependencies);
    for (const { number, bytes } of transaction.extensions) {
      assert(bytes.length <= wireLimits.extensionBytesMax, "out of range");
      put(batchField.extensionTransaction, count);
      put(batchField.extensionNumber, number);
      extensions.push(bytes);
    }
    count++;
  }

  function addOperations(operations: readonly Operation[]): void {
    operationCount += operations.length;
    assert(operationCount <= wireLimits.operationsPerBatchMax, "out of range");
    let lastRecord = "";
    let lastContext = -1;
    operations.forEach((operation, index) => {
      put(batchField.key, keyNumberOf(operation));

      const { record } = operation;
      if (index > 0 && record === lastRecord) put(batchField.record, laterRecord.same);
      else {
        const codes = index === 0 ? firstRecord : laterRecord;
        const known = recordNumbers.get(record);
        if (known === undefined) {
          put(batchField.record, codes.next);
          recordNumbers.set(record, recordNumbers.size);
          recordIds.add(record);
        } else put(batchField.record, codes.back + recordNumbers.size - known);
        lastRecord = record;
      }

      const contextsBefore = contextNumbers.size;
      const context = contextNumberOf(operation.context);
      if (index > 0 && context === lastContext) put(batchField.context, laterContext.same);
      else {
        const codes = index === 0 ? firstContext : laterContext;
        if (context < 0) put(batchField.context, codes.empty);
        else if (context === contextsBefore) put(batchField.context, codes.next);
        else put(batchField.context, codes.back + contextsBefore - context);
        lastContext = context;
      }

      put(batchField.deltaLength, operation.delta.length);
      deltas.push(operation.delta);
      deltaBytes += operation.delta.length;
    });
  }

  function addIntent(intent: Intent): void {
    assert(intent.id.length === intentIdBytes, "out of range");
    intentIds.push(intent.id);
    put(batchField.intentName, numberIn(names, intent.name));
    put(batchField.intentInputLength, intent.input.length);
    intentInputs.push(intent.input);
  }

  function addDependencies(dependencies: ReadonlyMap<string, number>): void {
    assert(dependencies.size <= wireLimits.dependenciesPerTransactionMax, "out of range");
    put(batchField.dependencySize, dependencies.size);
    if (dependencies.size === 0) return;
    for (const [space, sequence] of ascending(dependencies)) {
      put(batchField.dependencySpace, numberIn(dependencySpaces, space));
      put(batchField.dependencySequence, sequence);
    }
  }

  function keyNumberOf({ collection, field, kind, creates }: Operation): number {
    const name = keyName(collection, field, kind, creates);
    let number = keyNumbers.get(name);
    if (number === undefined) {
      assertWhole(kind, 0, wireLimits.kindMax);
      number = 2 * defaults.keys.length + keys.length / 3;
      keyNumbers.set(name, number);
      keys.push(numberIn(names, collection), field === "" ? 0 : numberIn(names, field) + 1, keyFlags(kind, creates));
    }
    return number;
  }

  /** -1 for the empty context. Contexts that are one object are looked up without being spelled out. */
  function contextNumberOf(context: VersionVector): number {
    if (context.size === 0) return -1;
    const seen = contextsSeen.get(context);
    if (seen !== undefined) return seen;
    assert(context.size <= wireLimits.contextEntriesMax, "out of range");
    const entries = [...ascending(context)];
    let name = "";
    for (const [replica, counter] of entries) name += `${replica}${counter} `;
    let number = contextNumbers.get(name);
    if (number === undefined) {
      number = contextNumbers.size;
      contextNumbers.set(name, number);
      contextEntries += entries.length;
      assert(contextEntries <= wireLimits.contextEntriesPerBatchMax, "out of range");
      put(batchField.contextSize, entries.length - 1);
      for (const [replica, counter] of entries) {
        put(batchField.contextReplica, numberIn(replicas, replica));
        put(batchField.contextCounter, zigzag(counter - (lastContextCounters.get(replica) ?? 0)));
        lastContextCounters.set(replica, counter);
      }
    }
    contextsSeen.set(context, number);
    return number;
  }

  function put(field: number, value: number): void {
    const column = columns[field];
    if (column === undefined) columns[field] = [value];
    else column.push(value);
  }

  function finish(): Uint8Array {
    const writer = new ByteWriter(deltaBytes + 20 * operationCount + 4 * count + 16 * replicas.size + 64);
    const column = (field: number): readonly number[] => columns[field] ?? [];
    const write = (...fields: readonly number[]): void => {
      for (const field of fields) writeColumn(writer, field, column(field));
    };
    writeNumber(writer, batchField.more, count - 1);
    writeReplicas(writer);
    write(batchField.replica);
    writeBytes(writer, batchField.recordData, recordIds.bytes());
    write(batchField.record, batchField.key, batchField.context, batchField.counter);
    write(batchField.lamport, batchField.wallMs, batchField.sequence, batchField.width);
    // The last delta, and the last input, is what the others leave of the bytes.
    writeColumn(writer, batchField.deltaLength, column(batchField.deltaLength).slice(0, -1));
    writePieces(writer, batchField.delta, deltas);
    for (const name of names.keys()) {
      assert(isName(name), "unknown name");
      writeTextAlways(writer, batchField.names, name);
    }
    if (keys.length > 0) writeKeys(writer, keys);
    writeColumn(writer, batchField.recordLength, recordIds.lengths);
    write(batchField.contextSize, batchField.contextReplica, batchField.contextCounter, batchField.schemaVersion, batchField.body);
    writePieces(writer, batchField.intentId, intentIds);
    write(batchField.intentName);
    writeColumn(writer, batchField.intentInputLength, column(batchField.intentInputLength).slice(0, -1));
    writePieces(writer, batchField.intentInput, intentInputs);
    write(batchField.dependencySize);
    for (const space of dependencySpaces.keys()) {
      assertText(space, wireLimits.spaceIdBytesMax);
      writeTextAlways(writer, batchField.dependencySpaces, space);
    }
    write(batchField.dependencySpace, batchField.dependencySequence, batchField.extensionTransaction, batchField.extensionNumber);
    for (const bytes of extensions) writeBytesAlways(writer, batchField.extensions, bytes);
    return writer.finish();
  }

  function writeReplicas(writer: ByteWriter): void {
    // The one that is implied has the first number.
    const named = [...replicas.keys()].slice(defaults.replica === undefined ? 0 : 1);
    if (named.length === 0) return;
    writer.varint(batchField.replicas * 8 + wireTypeBytes);
    writer.varint(replicaBytes * named.length);
    for (const replica of named) writeReplicaId(writer, replica);
  }
}

/** The next number, if it has none. */
function numberIn<Key>(numbers: Map<Key, number>, key: Key): number {
  let number = numbers.get(key);
  if (number === undefined) {
    number = numbers.size;
    numbers.set(key, number);
  }
  return number;
}

function assertWhole(value: number, min: number, max: number): void {
  assert(Number.isInteger(value) && value >= min && value <= max, "out of range");
}

function keyName(collection: string, field: string, kind: number, creates: boolean): string {
  return `${collection}/${field}/${kind}${creates ? "+" : ""}`;
}

/** In threes and never cut: their number says how many keys there are. */
function writeKeys(writer: ByteWriter, keys: readonly number[]): void {
  writer.varint(batchField.keys * 8 + wireTypeBytes);
  writer.varint(packedBytes(keys, keys.length));
  for (const part of keys) writer.varint(part);
}

function writePieces(writer: ByteWriter, field: number, pieces: readonly Uint8Array[]): void {
  const bytes = pieces.reduce((total, { length }) => total + length, 0);
  if (bytes === 0) return;
  writer.varint(field * 8 + wireTypeBytes);
  writer.varint(bytes);
  for (const piece of pieces) writer.raw(piece);
}
