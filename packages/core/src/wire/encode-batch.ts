/** Transactions to columns. Deterministic: equal transactions give equal bytes, whatever order their maps were built in. */
import { assert, unreachable } from "../base/assert.ts";
import { ByteWriter } from "../base/bytes.ts";
import { type ReplicaId, writeReplicaId } from "../causality/replica-id.ts";
import type { VersionVector } from "../causality/version-vector.ts";
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
  assert(transactions.length >= 1 && transactions.length <= wireLimits.transactionsPerBatchMax, "batch out of range");
  const columns = new BatchColumns(defaults);
  transactions.forEach((transaction, index) => columns.addTransaction(transaction, sequences?.[index]));
  return columns.finish();
}

class BatchColumns {
  readonly #defaults: BatchDefaults;
  // In the order of their numbers.
  readonly #replicas = new Map<ReplicaId, number>();
  readonly #names = new Map<string, number>();
  readonly #dependencySpaces = new Map<string, number>();
  readonly #keys: number[] = [];
  readonly #keyNumbers = new Map<string, number>();
  readonly #recordIds = new RecordIdWriter();
  readonly #recordNumbers = new Map<string, number>();
  readonly #contextNumbers = new Map<string, number>();
  readonly #contextsSeen = new Map<VersionVector, number>();
  readonly #lastContextCounters = new Map<ReplicaId, number>();
  readonly #nextCounters = new Map<ReplicaId, number>();
  #nextLamport = 0;
  #lastWallMs = 0;
  #lastSequence = 0;
  #count = 0;
  #operations = 0;
  #contextEntries = 0;

  /** By field: a batch has few of them. */
  readonly #columns: (number[] | undefined)[] = [];
  readonly #deltas: Uint8Array[] = [];
  #deltaBytes = 0;
  readonly #intentIds: Uint8Array[] = [];
  readonly #intentInputs: Uint8Array[] = [];
  readonly #extensions: Uint8Array[] = [];

  constructor(defaults: BatchDefaults) {
    this.#defaults = defaults;
    if (defaults.replica !== undefined) this.#replicas.set(defaults.replica, 0);
    defaults.keys.forEach((key, index) => {
      for (const creates of [false, true]) {
        const name = keyName(key.collection, key.field, key.kind, creates);
        if (!this.#keyNumbers.has(name)) this.#keyNumbers.set(name, defaultKeyNumber(index, creates));
      }
    });
  }

  addTransaction(transaction: Transaction, sequence: number | undefined): void {
    const { replica, counter, lamport, wallMs, schemaVersion, body } = transaction;
    const width = transactionWidth(transaction);
    assertWhole(width, 1, wireLimits.operationsPerTransactionMax, "transaction");
    assertWhole(counter, 1, wireLimits.integerMax - width, "counter");
    assertWhole(lamport, 0, wireLimits.integerMax - width, "Lamport time");
    assertWhole(wallMs, 0, wireLimits.integerMax, "wall time");
    assertWhole(schemaVersion, 0, wireLimits.schemaVersionMax, "schema version");
    if (sequence !== undefined) {
      assert(sequence > this.#lastSequence && sequence <= wireLimits.integerMax, "sequence numbers ascend");
      this.#push(batchField.sequence, sequence - this.#lastSequence - 1);
      this.#lastSequence = sequence;
    }
    this.#push(batchField.replica, numberIn(this.#replicas, replica));
    this.#push(batchField.counter, zigzag(counter - (this.#nextCounters.get(replica) ?? 0)));
    this.#nextCounters.set(replica, counter + width);
    this.#push(batchField.lamport, zigzag(lamport - (this.#count === 0 ? counter : this.#nextLamport)));
    this.#nextLamport = lamport + width;
    this.#push(batchField.wallMs, zigzag(wallMs - this.#lastWallMs));
    this.#lastWallMs = wallMs;
    this.#push(batchField.schemaVersion, schemaVersion === this.#defaults.schemaVersion ? 0 : schemaVersion + 1);
    this.#push(batchField.body, bodyCodes[body.type]);
    this.#push(batchField.width, width - 1);
    switch (body.type) {
      case "operations":
        this.#addOperations(body.operations);
        break;
      case "intent":
        this.#addIntent(body.intent);
        break;
      case "void":
        break;
      default:
        unreachable(body);
    }
    this.#addDependencies(transaction.dependencies);
    for (const { number, bytes } of transaction.extensions) {
      assert(bytes.length <= wireLimits.extensionBytesMax, "extension out of range");
      this.#push(batchField.extensionTransaction, this.#count);
      this.#push(batchField.extensionNumber, number);
      this.#extensions.push(bytes);
    }
    this.#count++;
  }

  #addOperations(operations: readonly Operation[]): void {
    this.#operations += operations.length;
    assert(this.#operations <= wireLimits.operationsPerBatchMax, "too many operations");
    let lastRecord = "";
    let lastContext = -1;
    operations.forEach((operation, index) => {
      this.#push(batchField.key, this.#keyNumber(operation));

      const { record } = operation;
      if (index > 0 && record === lastRecord) this.#push(batchField.record, laterRecord.same);
      else {
        const codes = index === 0 ? firstRecord : laterRecord;
        const known = this.#recordNumbers.get(record);
        if (known === undefined) {
          this.#push(batchField.record, codes.next);
          this.#recordNumbers.set(record, this.#recordNumbers.size);
          this.#recordIds.add(record);
        } else this.#push(batchField.record, codes.back + this.#recordNumbers.size - known);
        lastRecord = record;
      }

      const contextsBefore = this.#contextNumbers.size;
      const context = this.#contextNumber(operation.context);
      if (index > 0 && context === lastContext) this.#push(batchField.context, laterContext.same);
      else {
        const codes = index === 0 ? firstContext : laterContext;
        if (context < 0) this.#push(batchField.context, codes.empty);
        else if (context === contextsBefore) this.#push(batchField.context, codes.next);
        else this.#push(batchField.context, codes.back + contextsBefore - context);
        lastContext = context;
      }

      this.#push(batchField.deltaLength, operation.delta.length);
      this.#deltas.push(operation.delta);
      this.#deltaBytes += operation.delta.length;
    });
  }

  #addIntent(intent: Intent): void {
    assert(intent.id.length === intentIdBytes, "intent id out of range");
    this.#intentIds.push(intent.id);
    this.#push(batchField.intentName, numberIn(this.#names, intent.name));
    this.#push(batchField.intentInputLength, intent.input.length);
    this.#intentInputs.push(intent.input);
  }

  #addDependencies(dependencies: ReadonlyMap<string, number>): void {
    assert(dependencies.size <= wireLimits.dependenciesPerTransactionMax, "too many dependencies");
    this.#push(batchField.dependencySize, dependencies.size);
    if (dependencies.size === 0) return;
    for (const space of [...dependencies.keys()].sort()) {
      this.#push(batchField.dependencySpace, numberIn(this.#dependencySpaces, space));
      this.#push(batchField.dependencySequence, dependencies.get(space) as number);
    }
  }

  #keyNumber({ collection, field, kind, creates }: Operation): number {
    const name = keyName(collection, field, kind, creates);
    let number = this.#keyNumbers.get(name);
    if (number === undefined) {
      assertWhole(kind, 0, wireLimits.kindMax, "kind");
      number = 2 * this.#defaults.keys.length + this.#keys.length / 3;
      this.#keyNumbers.set(name, number);
      this.#keys.push(numberIn(this.#names, collection), field === "" ? 0 : numberIn(this.#names, field) + 1, keyFlags(kind, creates));
    }
    return number;
  }

  /** -1 for the empty context. Contexts that are one object are looked up without being spelled out. */
  #contextNumber(context: VersionVector): number {
    if (context.size === 0) return -1;
    const seen = this.#contextsSeen.get(context);
    if (seen !== undefined) return seen;
    assert(context.size <= wireLimits.contextEntriesMax, "context out of range");
    const entries = [...context];
    if (entries.length > 1) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    let name = "";
    for (const [replica, counter] of entries) name += `${replica}${counter} `;
    let number = this.#contextNumbers.get(name);
    if (number === undefined) {
      number = this.#contextNumbers.size;
      this.#contextNumbers.set(name, number);
      this.#contextEntries += entries.length;
      assert(this.#contextEntries <= wireLimits.contextEntriesPerBatchMax, "contexts out of range");
      this.#push(batchField.contextSize, entries.length - 1);
      for (const [replica, counter] of entries) {
        this.#push(batchField.contextReplica, numberIn(this.#replicas, replica));
        this.#push(batchField.contextCounter, zigzag(counter - (this.#lastContextCounters.get(replica) ?? 0)));
        this.#lastContextCounters.set(replica, counter);
      }
    }
    this.#contextsSeen.set(context, number);
    return number;
  }

  #push(field: number, value: number): void {
    const column = this.#columns[field];
    if (column === undefined) this.#columns[field] = [value];
    else column.push(value);
  }

  finish(): Uint8Array {
    const writer = new ByteWriter(this.#deltaBytes + 20 * this.#operations + 4 * this.#count + 16 * this.#replicas.size + 64);
    const column = (field: number): readonly number[] => this.#columns[field] ?? [];
    const write = (...fields: readonly number[]): void => {
      for (const field of fields) writeColumn(writer, field, column(field));
    };
    writeNumber(writer, batchField.more, this.#count - 1);
    this.#writeReplicas(writer);
    write(batchField.replica);
    writeBytes(writer, batchField.recordData, this.#recordIds.bytes());
    write(batchField.record, batchField.key, batchField.context, batchField.counter);
    write(batchField.lamport, batchField.wallMs, batchField.sequence, batchField.width);
    // The last delta, and the last input, is what the others leave of the bytes.
    writeColumn(writer, batchField.deltaLength, column(batchField.deltaLength).slice(0, -1));
    writePieces(writer, batchField.delta, this.#deltas);
    for (const name of this.#names.keys()) {
      assert(isName(name), "not a name");
      writeTextAlways(writer, batchField.names, name);
    }
    if (this.#keys.length > 0) writeKeys(writer, this.#keys);
    writeColumn(writer, batchField.recordLength, this.#recordIds.lengths);
    write(batchField.contextSize, batchField.contextReplica, batchField.contextCounter, batchField.schemaVersion, batchField.body);
    writePieces(writer, batchField.intentId, this.#intentIds);
    write(batchField.intentName);
    writeColumn(writer, batchField.intentInputLength, column(batchField.intentInputLength).slice(0, -1));
    writePieces(writer, batchField.intentInput, this.#intentInputs);
    write(batchField.dependencySize);
    for (const space of this.#dependencySpaces.keys()) {
      assertText(space, wireLimits.spaceIdBytesMax, "a space id");
      writeTextAlways(writer, batchField.dependencySpaces, space);
    }
    write(batchField.dependencySpace, batchField.dependencySequence, batchField.extensionTransaction, batchField.extensionNumber);
    for (const bytes of this.#extensions) writeBytesAlways(writer, batchField.extensions, bytes);
    return writer.finish();
  }

  #writeReplicas(writer: ByteWriter): void {
    // The one that is implied has the first number.
    const named = [...this.#replicas.keys()].slice(this.#defaults.replica === undefined ? 0 : 1);
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

function assertWhole(value: number, min: number, max: number, what: string): void {
  assert(Number.isInteger(value) && value >= min && value <= max, `${what} out of range`);
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
