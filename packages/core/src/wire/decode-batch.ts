/** Columns to transactions. Total: any bytes give transactions within the limits, or a decode fault. */
import { DecodeFault } from "../base/bytes.ts";
import { bytesToReplicaId, type ReplicaId } from "../causality/replica-id.ts";
import { emptyVector, type VersionVector } from "../causality/version-vector.ts";
import type { Extension, Operation, Sequenced, TransactionBody } from "../operation/operation.ts";
import { isName } from "../schema/names.ts";
import * as batchField from "./batch-field.ts";
import {
  type BatchDefaults,
  bodyCodes,
  firstContext,
  firstRecord,
  intentIdBytes,
  laterContext,
  laterRecord,
  replicaBytes,
} from "./batch.ts";
import { checkRows, PieceReader, readColumn, rowOf } from "./columns.ts";
import * as wireLimits from "./wire-limits.ts";
import { asBytes, asNumber, asText, asView, type Field, readFields, unzigzag } from "./protobuf.ts";
import { RecordIdReader } from "./record-ids.ts";

const noBytes: Uint8Array = new Uint8Array(0);

/** Every transaction with its sequence number, which means nothing where the encoder was given none. */
export function decodeBatch(bytes: Uint8Array, defaults: BatchDefaults): Sequenced[] {
  const parts = new BatchParts();
  readFields(bytes, (field) => parts.take(field));
  return new BatchReader(parts, defaults).read();
}

/** The fields as they come, before anything is expanded. */
class BatchParts {
  count = 1;
  replicaData: Uint8Array = noBytes;
  recordData: Uint8Array = noBytes;
  deltaData: Uint8Array = noBytes;
  intentIdData: Uint8Array = noBytes;
  intentInputData: Uint8Array = noBytes;
  readonly names: string[] = [];
  readonly dependencySpaces: string[] = [];
  readonly extensions: Uint8Array[] = [];
  readonly columns: number[][] = Array.from({ length: batchField.extensions + 1 }, () => []);

  column(number: number): number[] {
    return this.columns[number] as number[];
  }

  take(field: Field): void {
    switch (field.number) {
      case batchField.more:
        this.count = 1 + asNumber(field, wireLimits.transactionsPerBatchMax - 1);
        break;
      case batchField.replicas:
        this.replicaData = asView(field, replicaBytes * wireLimits.replicasPerBatchMax);
        break;
      case batchField.recordData:
        this.recordData = asView(field, wireLimits.inflatedBytesMax);
        break;
      case batchField.delta:
        this.deltaData = asView(field, wireLimits.inflatedBytesMax);
        break;
      case batchField.names:
        if (this.names.length >= wireLimits.namesPerBatchMax) field.fail("too many names");
        this.names.push(checkName(asText(field, 63)));
        break;
      case batchField.intentId:
        this.intentIdData = asView(field, wireLimits.inflatedBytesMax);
        break;
      case batchField.intentInput:
        this.intentInputData = asView(field, wireLimits.inflatedBytesMax);
        break;
      case batchField.dependencySpaces:
        if (this.dependencySpaces.length >= wireLimits.dependenciesPerBatchMax) field.fail("too many spaces");
        this.dependencySpaces.push(asText(field, wireLimits.spaceIdBytesMax));
        break;
      case batchField.extensions:
        if (this.extensions.length >= wireLimits.extensionsPerBatchMax) field.fail("too many extensions");
        this.extensions.push(asBytes(field, wireLimits.extensionBytesMax));
        break;
      default:
        // Columns that a newer version added say nothing that this one must keep: that comes as an extension.
        if (field.number < batchField.extensions) readColumn(this.column(field.number), field, rowsMax(field.number));
    }
  }
}

function rowsMax(field: number): number {
  switch (field) {
    case batchField.contextReplica:
    case batchField.contextCounter:
      return wireLimits.contextEntriesPerBatchMax;
    case batchField.keys:
      return 3 * wireLimits.keysPerBatchMax;
    case batchField.dependencySpace:
    case batchField.dependencySequence:
      return wireLimits.dependenciesPerBatchMax;
    default:
      return wireLimits.operationsPerBatchMax;
  }
}

function checkName(name: string): string {
  if (!isName(name)) throw new DecodeFault("unknown name");
  return name;
}

interface Key {
  readonly collection: string;
  readonly field: string;
  readonly kind: number;
  readonly creates: boolean;
}

class BatchReader {
  readonly #parts: BatchParts;
  readonly #defaults: BatchDefaults;
  readonly #replicas: ReplicaId[];
  readonly #keys: Key[];
  readonly #records: string[] = [];
  readonly #recordIds: RecordIdReader;
  readonly #contexts: VersionVector[] = [];
  readonly #lastContextCounters = new Map<ReplicaId, number>();
  #contextEntry = 0;
  #operation = 0;
  #operations = 0;
  #intent = 0;
  #intents = 0;
  #dependency = 0;
  #deltas!: PieceReader;
  #inputs!: PieceReader;

  constructor(parts: BatchParts, defaults: BatchDefaults) {
    this.#parts = parts;
    this.#defaults = defaults;
    this.#replicas = readReplicas(parts.replicaData, defaults.replica);
    this.#keys = readKeys(parts, defaults);
    this.#recordIds = new RecordIdReader(parts.recordData);
  }

  read(): Sequenced[] {
    const { count } = this.#parts;
    this.#count(count);
    const column = (number: number): number[] => this.#parts.column(number);
    const [sequences, replicas, counters, lamports] = [
      column(batchField.sequence),
      column(batchField.replica),
      column(batchField.counter),
      column(batchField.lamport),
    ];
    const [wallTimes, schemaVersions, widths, bodies] = [
      column(batchField.wallMs),
      column(batchField.schemaVersion),
      column(batchField.width),
      column(batchField.body),
    ];
    const extensions = this.#readExtensions(count);
    const nextCounters = new Map<ReplicaId, number>();
    let nextLamport = 0;
    let wallMs = 0;
    let sequence = 0;
    const transactions: Sequenced[] = [];
    for (let i = 0; i < count; i++) {
      sequence = checkInteger(sequence + 1 + rowOf(sequences, i), 1, "sequence number");
      const replica = at(this.#replicas, rowOf(replicas, i), "replica");
      const width = rowOf(widths, i) + 1;
      const counter = checkInteger((nextCounters.get(replica) ?? 0) + unzigzag(rowOf(counters, i)), 1, "counter");
      nextCounters.set(replica, checkInteger(counter + width, 1, "counter"));
      const lamport = checkInteger((i === 0 ? counter : nextLamport) + unzigzag(rowOf(lamports, i)), 0, "Lamport time");
      nextLamport = checkInteger(lamport + width, 0, "Lamport time");
      wallMs = checkInteger(wallMs + unzigzag(rowOf(wallTimes, i)), 0, "wall time");
      const version = rowOf(schemaVersions, i);
      const schemaVersion = version === 0 ? this.#defaults.schemaVersion : version - 1;
      if (schemaVersion > wireLimits.schemaVersionMax) throw new DecodeFault("out of range");
      const body = this.#readBody(rowOf(bodies, i), width);
      const dependencies = this.#readDependencies(i);
      transactions.push({
        sequence,
        transaction: { replica, counter, lamport, schemaVersion, wallMs, dependencies, body, extensions: extensions.get(i) ?? [] },
      });
    }
    this.#recordIds.end();
    this.#deltas.end();
    this.#inputs.end();
    return transactions;
  }

  /** How many operations and intents the widths and bodies promise: known, and within bounds, before any is made. */
  #count(count: number): void {
    const widths = this.#parts.column(batchField.width);
    const bodies = this.#parts.column(batchField.body);
    for (const field of [
      batchField.sequence,
      batchField.replica,
      batchField.counter,
      batchField.lamport,
      batchField.wallMs,
      batchField.schemaVersion,
      batchField.width,
      batchField.body,
      batchField.dependencySize,
    ] as const) {
      checkRows(this.#parts.column(field), count, "transactions");
    }
    for (let i = 0; i < count; i++) {
      const width = rowOf(widths, i) + 1;
      if (width > wireLimits.operationsPerTransactionMax) throw new DecodeFault(`a transaction of ${width} operations`);
      const body = rowOf(bodies, i);
      if (body === bodyCodes.operations) this.#operations += width;
      else if (body === bodyCodes.intent) {
        this.#intents++;
        if (width !== 1) throw new DecodeFault("an intent of many counters");
      } else if (body !== bodyCodes.void) throw new DecodeFault("unknown body");
    }
    if (this.#operations > wireLimits.operationsPerBatchMax) throw new DecodeFault(`a batch of ${this.#operations} operations`);
    for (const field of [batchField.key, batchField.record, batchField.context] as const)
      checkRows(this.#parts.column(field), this.#operations, "operations");
    const { deltaData, intentInputData } = this.#parts;
    this.#deltas = new PieceReader(deltaData, this.#parts.column(batchField.deltaLength), this.#operations, "deltas");
    this.#inputs = new PieceReader(intentInputData, this.#parts.column(batchField.intentInputLength), this.#intents, "inputs");
    checkRows(this.#parts.column(batchField.intentName), this.#intents, "intents");
    if (this.#parts.intentIdData.length !== intentIdBytes * this.#intents) throw new DecodeFault("too many intents");
  }

  #readBody(code: number, width: number): TransactionBody {
    if (code === bodyCodes.void) return { type: "void", counters: width };
    if (code === bodyCodes.intent) return this.#readIntent();
    const operations: Operation[] = [];
    let record = -1;
    let context = -1;
    const keyColumn = this.#parts.column(batchField.key);
    const recordColumn = this.#parts.column(batchField.record);
    const contextColumn = this.#parts.column(batchField.context);
    for (let i = 0; i < width; i++) {
      const row = this.#operation++;
      const key = at(this.#keys, rowOf(keyColumn, row), "key");
      record = this.#recordNumber(rowOf(recordColumn, row), i === 0, record);
      context = this.#contextNumber(rowOf(contextColumn, row), i === 0, context);
      operations.push({
        collection: key.collection,
        record: this.#records[record] as string,
        field: key.field,
        kind: key.kind,
        delta: this.#deltas.next().slice(),
        context: context < 0 ? emptyVector : (this.#contexts[context] as VersionVector),
        creates: key.creates,
      });
    }
    return { type: "operations", operations };
  }

  #recordNumber(code: number, first: boolean, last: number): number {
    if (!first && code === laterRecord.same) return last;
    const codes = first ? firstRecord : laterRecord;
    const known = this.#records.length;
    if (code === codes.next) {
      this.#records.push(this.#recordIds.next(rowOf(this.#parts.column(batchField.recordLength), known)));
      return known;
    }
    const number = known - (code - codes.back);
    if (number < 0) throw new DecodeFault("unknown record");
    return number;
  }

  /** -1: empty. */
  #contextNumber(code: number, first: boolean, last: number): number {
    if (!first && code === laterContext.same) return last;
    const codes = first ? firstContext : laterContext;
    if (code === codes.empty) return -1;
    const known = this.#contexts.length;
    if (code === codes.next) {
      this.#contexts.push(this.#readContext(known));
      return known;
    }
    const number = known - (code - codes.back);
    if (number < 0) throw new DecodeFault("unknown context");
    return number;
  }

  #readContext(index: number): VersionVector {
    const size = rowOf(this.#parts.column(batchField.contextSize), index) + 1;
    if (size > wireLimits.contextEntriesMax) throw new DecodeFault(`a context of ${size} entries`);
    // No replica comes twice in a context, so that the bound of the replica column's rows also bounds all contexts together.
    const context = new Map<ReplicaId, number>();
    for (let i = 0; i < size; i++) {
      const row = this.#contextEntry++;
      const replica = at(this.#replicas, rowOf(this.#parts.column(batchField.contextReplica), row), "replica");
      const counter = checkInteger(
        (this.#lastContextCounters.get(replica) ?? 0) + unzigzag(rowOf(this.#parts.column(batchField.contextCounter), row)),
        1,
        "a counter",
      );
      this.#lastContextCounters.set(replica, counter);
      if (context.has(replica)) throw new DecodeFault("a replica twice");
      context.set(replica, counter);
    }
    return context;
  }

  #readIntent(): TransactionBody {
    const index = this.#intent++;
    const id = this.#parts.intentIdData.slice(intentIdBytes * index, intentIdBytes * (index + 1));
    const name = at(this.#parts.names, rowOf(this.#parts.column(batchField.intentName), index), "name");
    return { type: "intent", intent: { id, name, input: this.#inputs.next().slice() } };
  }

  #readDependencies(transaction: number): ReadonlyMap<string, number> {
    const size = rowOf(this.#parts.column(batchField.dependencySize), transaction);
    if (size === 0) return noDependencies;
    if (size > wireLimits.dependenciesPerTransactionMax || this.#dependency + size > wireLimits.dependenciesPerBatchMax)
      throw new DecodeFault(`${size} dependencies`);
    const dependencies = new Map<string, number>();
    for (let i = 0; i < size; i++) {
      const row = this.#dependency++;
      const space = at(this.#parts.dependencySpaces, rowOf(this.#parts.column(batchField.dependencySpace), row), "space");
      if (dependencies.has(space)) throw new DecodeFault("a space twice");
      dependencies.set(space, checkInteger(rowOf(this.#parts.column(batchField.dependencySequence), row), 0, "sequence number"));
    }
    return dependencies;
  }

  #readExtensions(count: number): Map<number, Extension[]> {
    const byTransaction = new Map<number, Extension[]>();
    this.#parts.extensions.forEach((bytes, row) => {
      const transaction = rowOf(this.#parts.column(batchField.extensionTransaction), row);
      const number = rowOf(this.#parts.column(batchField.extensionNumber), row);
      if (transaction >= count) throw new DecodeFault("too many extensions");
      const extensions = byTransaction.get(transaction);
      if (extensions === undefined) byTransaction.set(transaction, [{ number, bytes }]);
      else extensions.push({ number, bytes });
    });
    return byTransaction;
  }
}

const noDependencies: ReadonlyMap<string, number> = new Map();

function readReplicas(data: Uint8Array, implied: ReplicaId | undefined): ReplicaId[] {
  if (data.length % replicaBytes !== 0) throw new DecodeFault("too many replicas");
  const replicas: ReplicaId[] = implied === undefined ? [] : [implied];
  for (let start = 0; start < data.length; start += replicaBytes)
    replicas.push(bytesToReplicaId(data.subarray(start, start + replicaBytes)));
  return replicas;
}

function readKeys(parts: BatchParts, defaults: BatchDefaults): Key[] {
  const keys: Key[] = [];
  for (const { collection, field, kind } of defaults.keys) {
    for (const creates of [false, true]) keys.push({ collection, field, kind, creates });
  }
  const triples = parts.column(batchField.keys);
  if (triples.length % 3 !== 0) throw new DecodeFault("too many keys");
  for (let i = 0; i < triples.length; i += 3) {
    const field = triples[i + 1] as number;
    const flags = triples[i + 2] as number;
    const kind = Math.floor(flags / 2);
    if (kind > wireLimits.kindMax) throw new DecodeFault("out of range");
    keys.push({
      collection: at(parts.names, triples[i] as number, "name"),
      field: field === 0 ? "" : at(parts.names, field - 1, "name"),
      kind,
      creates: flags % 2 === 1,
    });
  }
  return keys;
}

function at<T>(items: readonly T[], index: number, what: string): T {
  const item = items[index];
  if (item === undefined) throw new DecodeFault(`unknown ${what}`);
  return item;
}

function checkInteger(value: number, min: number, what: string): number {
  if (!(value >= min && value <= wireLimits.integerMax)) throw new DecodeFault(`${what} out of range`);
  return value;
}
