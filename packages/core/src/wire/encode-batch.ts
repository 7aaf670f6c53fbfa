/** Transactions to columns. Deterministic: equal transactions give equal bytes, whatever order their maps were built in. */
import { assert, unreachable } from "../base/assert.ts";
import { ByteWriter } from "../base/bytes.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import type { VersionVector } from "../causality/version-vector.ts";
import { type Intent, type Operation, type Transaction, transactionWidth } from "../operation/operation.ts";
import * as batchField from "./batch-field.ts";
import {
  type BatchDefaults,
  bodyCodes,
  defaultKeyNumber,
  firstContext,
  firstRecord,
  intentIdBytes,
  isWireName,
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
  assert(transactions.length >= 1 && transactions.length <= wireLimits.transactionsPerBatchMax, "a batch that is empty or too long");
  const columns = new BatchColumns(defaults);
  transactions.forEach((transaction, index) => columns.addTransaction(transaction, sequences?.[index]));
  return columns.finish();
}

class BatchColumns {
  readonly #defaults: BatchDefaults;
  readonly #replicas: ReplicaId[] = [];
  readonly #replicaNumbers = new Map<ReplicaId, number>();
  readonly #names: string[] = [];
  readonly #nameNumbers = new Map<string, number>();
  readonly #keys: number[] = [];
  readonly #keyNumbers = new Map<string, number>();
  readonly #recordIds = new RecordIdWriter();
  readonly #recordNumbers = new Map<string, number>();
  readonly #contextNumbers = new Map<string, number>();
  readonly #contextsSeen = new Map<VersionVector, number>();
  readonly #lastContextCounters = new Map<ReplicaId, number>();
  readonly #dependencySpaces: string[] = [];
  readonly #dependencySpaceNumbers = new Map<string, number>();
  readonly #nextCounters = new Map<ReplicaId, number>();
  #nextLamport = 0;
  #lastWallMs = 0;
  #lastSequence = 0;
  #count = 0;
  #operations = 0;
  #contextEntries = 0;

  readonly #sequence: number[] = [];
  readonly #replica: number[] = [];
  readonly #counter: number[] = [];
  readonly #lamport: number[] = [];
  readonly #schemaVersion: number[] = [];
  readonly #wallMs: number[] = [];
  readonly #width: number[] = [];
  readonly #body: number[] = [];
  readonly #key: number[] = [];
  readonly #record: number[] = [];
  readonly #context: number[] = [];
  readonly #contextSize: number[] = [];
  readonly #contextReplica: number[] = [];
  readonly #contextCounter: number[] = [];
  readonly #deltaLength: number[] = [];
  readonly #deltas: Uint8Array[] = [];
  #deltaBytes = 0;
  readonly #intentIds: Uint8Array[] = [];
  readonly #intentName: number[] = [];
  readonly #intentInputLength: number[] = [];
  readonly #intentInputs: Uint8Array[] = [];
  readonly #dependencySize: number[] = [];
  readonly #dependencySpace: number[] = [];
  readonly #dependencySequence: number[] = [];
  readonly #extensionTransaction: number[] = [];
  readonly #extensionNumber: number[] = [];
  readonly #extensions: Uint8Array[] = [];

  constructor(defaults: BatchDefaults) {
    this.#defaults = defaults;
    if (defaults.replica !== undefined) this.#replicaNumbers.set(defaults.replica, 0);
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
    assert(width >= 1 && width <= wireLimits.operationsPerTransactionMax, "a transaction that is empty or too wide");
    assert(Number.isInteger(counter) && counter >= 1 && counter + width <= wireLimits.integerMax, "a counter out of range");
    assert(Number.isInteger(lamport) && lamport >= 0 && lamport + width <= wireLimits.integerMax, "a Lamport time out of range");
    assert(Number.isInteger(wallMs) && wallMs >= 0 && wallMs <= wireLimits.integerMax, "a wall time out of range: see clampWallMs");
    assert(
      Number.isInteger(schemaVersion) && schemaVersion >= 0 && schemaVersion <= wireLimits.schemaVersionMax,
      "a schema version out of range",
    );
    if (sequence !== undefined) {
      assert(sequence > this.#lastSequence && sequence <= wireLimits.integerMax, "sequence numbers ascend");
      this.#sequence.push(sequence - this.#lastSequence - 1);
      this.#lastSequence = sequence;
    }
    this.#replica.push(this.#replicaNumber(replica));
    this.#counter.push(zigzag(counter - (this.#nextCounters.get(replica) ?? 0)));
    this.#nextCounters.set(replica, counter + width);
    this.#lamport.push(zigzag(lamport - (this.#count === 0 ? counter : this.#nextLamport)));
    this.#nextLamport = lamport + width;
    this.#wallMs.push(zigzag(wallMs - this.#lastWallMs));
    this.#lastWallMs = wallMs;
    this.#schemaVersion.push(schemaVersion === this.#defaults.schemaVersion ? 0 : schemaVersion + 1);
    this.#body.push(bodyCodes[body.type]);
    this.#width.push(width - 1);
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
      assert(bytes.length <= wireLimits.extensionBytesMax, "an extension that is too long");
      this.#extensionTransaction.push(this.#count);
      this.#extensionNumber.push(number);
      this.#extensions.push(bytes);
    }
    this.#count++;
  }

  #addOperations(operations: readonly Operation[]): void {
    this.#operations += operations.length;
    assert(this.#operations <= wireLimits.operationsPerBatchMax, "a batch of too many operations");
    let lastRecord = "";
    let lastContext = -1;
    operations.forEach((operation, index) => {
      this.#key.push(this.#keyNumber(operation));

      const { record } = operation;
      if (index > 0 && record === lastRecord) this.#record.push(laterRecord.same);
      else {
        const codes = index === 0 ? firstRecord : laterRecord;
        const known = this.#recordNumbers.get(record);
        if (known === undefined) {
          this.#record.push(codes.next);
          this.#recordNumbers.set(record, this.#recordNumbers.size);
          this.#recordIds.add(record);
        } else this.#record.push(codes.back + this.#recordNumbers.size - known);
        lastRecord = record;
      }

      const contextsBefore = this.#contextNumbers.size;
      const context = this.#contextNumber(operation.context);
      if (index > 0 && context === lastContext) this.#context.push(laterContext.same);
      else {
        const codes = index === 0 ? firstContext : laterContext;
        if (context < 0) this.#context.push(codes.empty);
        else if (context === contextsBefore) this.#context.push(codes.next);
        else this.#context.push(codes.back + contextsBefore - context);
        lastContext = context;
      }

      this.#deltaLength.push(operation.delta.length);
      this.#deltas.push(operation.delta);
      this.#deltaBytes += operation.delta.length;
    });
  }

  #addIntent(intent: Intent): void {
    assert(intent.id.length === intentIdBytes, "an intent's id has 16 bytes");
    this.#intentIds.push(intent.id);
    this.#intentName.push(this.#nameNumber(intent.name));
    this.#intentInputLength.push(intent.input.length);
    this.#intentInputs.push(intent.input);
  }

  #addDependencies(dependencies: ReadonlyMap<string, number>): void {
    assert(dependencies.size <= wireLimits.dependenciesPerTransactionMax, "too many dependencies");
    this.#dependencySize.push(dependencies.size);
    if (dependencies.size === 0) return;
    for (const space of [...dependencies.keys()].sort()) {
      let number = this.#dependencySpaceNumbers.get(space);
      if (number === undefined) {
        assertText(space, wireLimits.spaceIdBytesMax, "a space id");
        number = this.#dependencySpaces.push(space) - 1;
        this.#dependencySpaceNumbers.set(space, number);
      }
      this.#dependencySpace.push(number);
      this.#dependencySequence.push(dependencies.get(space) as number);
    }
  }

  #replicaNumber(replica: ReplicaId): number {
    let number = this.#replicaNumbers.get(replica);
    if (number === undefined) {
      number = this.#replicaNumbers.size;
      this.#replicaNumbers.set(replica, number);
      this.#replicas.push(replica);
    }
    return number;
  }

  #nameNumber(name: string): number {
    let number = this.#nameNumbers.get(name);
    if (number === undefined) {
      assert(isWireName(name), "not a name");
      number = this.#names.push(name) - 1;
      this.#nameNumbers.set(name, number);
    }
    return number;
  }

  #keyNumber({ collection, field, kind, creates }: Operation): number {
    const name = keyName(collection, field, kind, creates);
    let number = this.#keyNumbers.get(name);
    if (number === undefined) {
      assert(Number.isInteger(kind) && kind >= 0 && kind <= wireLimits.kindMax, "a kind out of range");
      number = 2 * this.#defaults.keys.length + this.#keys.length / 3;
      this.#keyNumbers.set(name, number);
      this.#keys.push(this.#nameNumber(collection), field === "" ? 0 : this.#nameNumber(field) + 1, keyFlags(kind, creates));
    }
    return number;
  }

  /** -1 for the empty context. Contexts that are one object are looked up without being spelled out. */
  #contextNumber(context: VersionVector): number {
    if (context.size === 0) return -1;
    const seen = this.#contextsSeen.get(context);
    if (seen !== undefined) return seen;
    assert(context.size <= wireLimits.contextEntriesMax, "a context of too many entries");
    const entries = [...context];
    if (entries.length > 1) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    let name = "";
    for (const [replica, counter] of entries) name += `${replica}${counter} `;
    let number = this.#contextNumbers.get(name);
    if (number === undefined) {
      number = this.#contextNumbers.size;
      this.#contextNumbers.set(name, number);
      this.#contextEntries += entries.length;
      assert(this.#contextEntries <= wireLimits.contextEntriesPerBatchMax, "contexts that are too large together");
      this.#contextSize.push(entries.length - 1);
      for (const [replica, counter] of entries) {
        this.#contextReplica.push(this.#replicaNumber(replica));
        this.#contextCounter.push(zigzag(counter - (this.#lastContextCounters.get(replica) ?? 0)));
        this.#lastContextCounters.set(replica, counter);
      }
    }
    this.#contextsSeen.set(context, number);
    return number;
  }

  finish(): Uint8Array {
    const writer = new ByteWriter(this.#deltaBytes + 20 * this.#operations + 4 * this.#count + 16 * this.#replicas.length + 64);
    writeNumber(writer, batchField.more, this.#count - 1);
    this.#writeReplicas(writer);
    writeColumn(writer, batchField.replica, this.#replica);
    writeBytes(writer, batchField.recordData, this.#recordIds.bytes());
    writeColumn(writer, batchField.record, this.#record);
    writeColumn(writer, batchField.key, this.#key);
    writeColumn(writer, batchField.context, this.#context);
    writeColumn(writer, batchField.counter, this.#counter);
    writeColumn(writer, batchField.lamport, this.#lamport);
    writeColumn(writer, batchField.wallMs, this.#wallMs);
    writeColumn(writer, batchField.sequence, this.#sequence);
    writeColumn(writer, batchField.width, this.#width);
    // The last delta is what the others leave of the bytes.
    writeColumn(writer, batchField.deltaLength, this.#deltaLength.slice(0, -1));
    writePieces(writer, batchField.delta, this.#deltas, this.#deltaBytes);
    for (const name of this.#names) writeTextAlways(writer, batchField.names, name);
    if (this.#keys.length > 0) writeKeys(writer, this.#keys);
    writeColumn(writer, batchField.recordLength, this.#recordIds.lengths);
    writeColumn(writer, batchField.contextSize, this.#contextSize);
    writeColumn(writer, batchField.contextReplica, this.#contextReplica);
    writeColumn(writer, batchField.contextCounter, this.#contextCounter);
    writeColumn(writer, batchField.schemaVersion, this.#schemaVersion);
    writeColumn(writer, batchField.body, this.#body);
    writePieces(writer, batchField.intentId, this.#intentIds, intentIdBytes * this.#intentIds.length);
    writeColumn(writer, batchField.intentName, this.#intentName);
    writeColumn(writer, batchField.intentInputLength, this.#intentInputLength.slice(0, -1));
    writePieces(writer, batchField.intentInput, this.#intentInputs, sum(this.#intentInputLength));
    writeColumn(writer, batchField.dependencySize, this.#dependencySize);
    for (const space of this.#dependencySpaces) writeTextAlways(writer, batchField.dependencySpaces, space);
    writeColumn(writer, batchField.dependencySpace, this.#dependencySpace);
    writeColumn(writer, batchField.dependencySequence, this.#dependencySequence);
    writeColumn(writer, batchField.extensionTransaction, this.#extensionTransaction);
    writeColumn(writer, batchField.extensionNumber, this.#extensionNumber);
    for (const bytes of this.#extensions) writeBytesAlways(writer, batchField.extensions, bytes);
    return writer.finish();
  }

  #writeReplicas(writer: ByteWriter): void {
    if (this.#replicas.length === 0) return;
    writer.varint(batchField.replicas * 8 + wireTypeBytes);
    writer.varint(replicaBytes * this.#replicas.length);
    for (const replica of this.#replicas) writeReplica(writer, replica);
  }
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

function writePieces(writer: ByteWriter, field: number, pieces: readonly Uint8Array[], bytes: number): void {
  if (bytes === 0) return;
  writer.varint(field * 8 + wireTypeBytes);
  writer.varint(bytes);
  for (const piece of pieces) writer.raw(piece);
}

/** Its 16 bytes, without an array in between: this runs once for every write of an app. */
function writeReplica(writer: ByteWriter, replica: ReplicaId): void {
  for (let i = 0; i < 2 * replicaBytes; i += 2) writer.byte(16 * hexDigit(replica.charCodeAt(i)) + hexDigit(replica.charCodeAt(i + 1)));
}

function hexDigit(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
