/** Columns to transactions. Total: any bytes give transactions within the limits, or a decode fault. */
import { ByteReader, DecodeFault } from "../base/bytes.ts";
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
import { asBytes, asNumber, asText, asView, readFields, unzigzag } from "./protobuf.ts";
import { readRecordId } from "./record-ids.ts";

const noBytes: Uint8Array = new Uint8Array(0);

interface Key {
  readonly collection: string;
  readonly field: string;
  readonly kind: number;
  readonly creates: boolean;
}

/** Every transaction with its sequence number, which means nothing where the encoder was given none. */
export function decodeBatch(bytes: Uint8Array, defaults: BatchDefaults): Sequenced[] {
  // The fields as they come, before anything is expanded.
  let count = 1;
  let replicaData = noBytes;
  let recordData = noBytes;
  let deltaData = noBytes;
  let intentIdData = noBytes;
  let intentInputData = noBytes;
  const names: string[] = [];
  const dependencySpaces: string[] = [];
  const extensionData: Uint8Array[] = [];
  const columns: number[][] = Array.from({ length: batchField.extensions + 1 }, () => []);
  readFields(bytes, (field) => {
    switch (field.number) {
      case batchField.more:
        count = 1 + asNumber(field, wireLimits.transactionsPerBatchMax - 1);
        break;
      case batchField.replicas:
        replicaData = asView(field, replicaBytes * wireLimits.replicasPerBatchMax);
        break;
      case batchField.recordData:
        recordData = asView(field, wireLimits.inflatedBytesMax);
        break;
      case batchField.delta:
        deltaData = asView(field, wireLimits.inflatedBytesMax);
        break;
      case batchField.names:
        if (names.length >= wireLimits.namesPerBatchMax) field.fail("too many");
        names.push(checkName(asText(field, 63)));
        break;
      case batchField.intentId:
        intentIdData = asView(field, wireLimits.inflatedBytesMax);
        break;
      case batchField.intentInput:
        intentInputData = asView(field, wireLimits.inflatedBytesMax);
        break;
      case batchField.dependencySpaces:
        if (dependencySpaces.length >= wireLimits.dependenciesPerBatchMax) field.fail("too many");
        dependencySpaces.push(asText(field, wireLimits.spaceIdBytesMax));
        break;
      case batchField.extensions:
        if (extensionData.length >= wireLimits.extensionsPerBatchMax) field.fail("too many");
        extensionData.push(asBytes(field, wireLimits.extensionBytesMax));
        break;
      default:
        // Columns that a newer version added say nothing that this one must keep: that comes as an extension.
        if (field.number < batchField.extensions) readColumn(column(field.number), field, rowsMax(field.number));
    }
  });

  const replicas = readReplicas(replicaData, defaults.replica);
  const keys = readKeys();
  const records: string[] = [];
  const recordIds = new ByteReader(recordData);
  const contexts: VersionVector[] = [];
  const lastContextCounters = new Map<ReplicaId, number>();
  let nextContextEntry = 0;
  let nextOperation = 0;
  let nextIntent = 0;
  let nextDependency = 0;
  const { operationCount, intentCount } = countBodies();
  const deltas = new PieceReader(deltaData, column(batchField.deltaLength), operationCount);
  const inputs = new PieceReader(intentInputData, column(batchField.intentInputLength), intentCount);
  return read();

  function column(number: number): number[] {
    return columns[number] as number[];
  }

  function cell(number: number, row: number): number {
    return rowOf(column(number), row);
  }

  function read(): Sequenced[] {
    const extensions = readExtensions();
    const nextCounters = new Map<ReplicaId, number>();
    let nextLamport = 0;
    let wallMs = 0;
    let sequence = 0;
    const transactions: Sequenced[] = [];
    for (let i = 0; i < count; i++) {
      sequence = checkInteger(sequence + 1 + cell(batchField.sequence, i), 1);
      const replica = at(replicas, cell(batchField.replica, i));
      const width = cell(batchField.width, i) + 1;
      const counter = checkInteger((nextCounters.get(replica) ?? 0) + unzigzag(cell(batchField.counter, i)), 1);
      nextCounters.set(replica, checkInteger(counter + width, 1));
      const lamport = checkInteger((i === 0 ? counter : nextLamport) + unzigzag(cell(batchField.lamport, i)), 0);
      nextLamport = checkInteger(lamport + width, 0);
      wallMs = checkInteger(wallMs + unzigzag(cell(batchField.wallMs, i)), 0);
      const version = cell(batchField.schemaVersion, i);
      const schemaVersion = version === 0 ? defaults.schemaVersion : version - 1;
      if (schemaVersion > wireLimits.schemaVersionMax) throw new DecodeFault("out of range");
      const body = readBody(cell(batchField.body, i), width);
      const dependencies = readDependencies(i);
      transactions.push({
        sequence,
        transaction: { replica, counter, lamport, schemaVersion, wallMs, dependencies, body, extensions: extensions.get(i) ?? [] },
      });
    }
    recordIds.end();
    deltas.end();
    inputs.end();
    return transactions;
  }

  /** How many operations and intents the widths and bodies promise: known, and within bounds, before any is made. */
  function countBodies(): { readonly operationCount: number; readonly intentCount: number } {
    let operations = 0;
    let intents = 0;
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
    ])
      checkRows(column(field), count);
    for (let i = 0; i < count; i++) {
      const width = cell(batchField.width, i) + 1;
      if (width > wireLimits.operationsPerTransactionMax) throw new DecodeFault("out of range");
      const body = cell(batchField.body, i);
      if (body === bodyCodes.operations) operations += width;
      else if (body === bodyCodes.intent) {
        intents++;
        if (width !== 1) throw new DecodeFault("out of range");
      } else if (body !== bodyCodes.void) throw new DecodeFault("unknown type");
    }
    if (operations > wireLimits.operationsPerBatchMax) throw new DecodeFault("out of range");
    for (const field of [batchField.key, batchField.record, batchField.context]) checkRows(column(field), operations);
    checkRows(column(batchField.intentName), intents);
    if (intentIdData.length !== intentIdBytes * intents) throw new DecodeFault("too many");
    return { operationCount: operations, intentCount: intents };
  }

  function readBody(code: number, width: number): TransactionBody {
    if (code === bodyCodes.void) return { type: "void", counters: width };
    if (code === bodyCodes.intent) return readIntent();
    const operations: Operation[] = [];
    let record = -1;
    let context = -1;
    for (let i = 0; i < width; i++) {
      const row = nextOperation++;
      const key = at(keys, cell(batchField.key, row));
      record = recordNumber(cell(batchField.record, row), i === 0, record);
      context = contextNumber(cell(batchField.context, row), i === 0, context);
      operations.push({
        collection: key.collection,
        record: records[record] as string,
        field: key.field,
        kind: key.kind,
        delta: deltas.next().slice(),
        context: context < 0 ? emptyVector : (contexts[context] as VersionVector),
        creates: key.creates,
      });
    }
    return { type: "operations", operations };
  }

  function recordNumber(code: number, first: boolean, last: number): number {
    if (!first && code === laterRecord.same) return last;
    const codes = first ? firstRecord : laterRecord;
    const known = records.length;
    if (code === codes.next) {
      records.push(readRecordId(recordIds, cell(batchField.recordLength, known)));
      return known;
    }
    const number = known - (code - codes.back);
    if (number < 0) throw new DecodeFault("out of range");
    return number;
  }

  /** -1: empty. */
  function contextNumber(code: number, first: boolean, last: number): number {
    if (!first && code === laterContext.same) return last;
    const codes = first ? firstContext : laterContext;
    if (code === codes.empty) return -1;
    const known = contexts.length;
    if (code === codes.next) {
      contexts.push(readContext(known));
      return known;
    }
    const number = known - (code - codes.back);
    if (number < 0) throw new DecodeFault("out of range");
    return number;
  }

  function readContext(index: number): VersionVector {
    const size = cell(batchField.contextSize, index) + 1;
    if (size > wireLimits.contextEntriesMax) throw new DecodeFault("out of range");
    // No replica comes twice in a context, so that the bound of the replica column's rows also bounds all contexts together.
    const context = new Map<ReplicaId, number>();
    for (let i = 0; i < size; i++) {
      const row = nextContextEntry++;
      const replica = at(replicas, cell(batchField.contextReplica, row));
      const counter = checkInteger((lastContextCounters.get(replica) ?? 0) + unzigzag(cell(batchField.contextCounter, row)), 1);
      lastContextCounters.set(replica, counter);
      if (context.has(replica)) throw new DecodeFault("out of order");
      context.set(replica, counter);
    }
    return context;
  }

  function readIntent(): TransactionBody {
    const index = nextIntent++;
    const id = intentIdData.slice(intentIdBytes * index, intentIdBytes * (index + 1));
    const name = at(names, cell(batchField.intentName, index));
    return { type: "intent", intent: { id, name, input: inputs.next().slice() } };
  }

  function readDependencies(transaction: number): ReadonlyMap<string, number> {
    const size = cell(batchField.dependencySize, transaction);
    if (size === 0) return noDependencies;
    if (size > wireLimits.dependenciesPerTransactionMax || nextDependency + size > wireLimits.dependenciesPerBatchMax)
      throw new DecodeFault("out of range");
    const dependencies = new Map<string, number>();
    for (let i = 0; i < size; i++) {
      const row = nextDependency++;
      const space = at(dependencySpaces, cell(batchField.dependencySpace, row));
      if (dependencies.has(space)) throw new DecodeFault("out of order");
      dependencies.set(space, checkInteger(cell(batchField.dependencySequence, row), 0));
    }
    return dependencies;
  }

  function readExtensions(): Map<number, Extension[]> {
    const byTransaction = new Map<number, Extension[]>();
    extensionData.forEach((bytes, row) => {
      const transaction = cell(batchField.extensionTransaction, row);
      const number = cell(batchField.extensionNumber, row);
      if (transaction >= count) throw new DecodeFault("too many");
      const extensions = byTransaction.get(transaction);
      if (extensions === undefined) byTransaction.set(transaction, [{ number, bytes }]);
      else extensions.push({ number, bytes });
    });
    return byTransaction;
  }
  function readKeys(): Key[] {
    const found: Key[] = [];
    for (const { collection, field, kind } of defaults.keys) {
      for (const creates of [false, true]) found.push({ collection, field, kind, creates });
    }
    const triples = column(batchField.keys);
    if (triples.length % 3 !== 0) throw new DecodeFault("too many");
    for (let i = 0; i < triples.length; i += 3) {
      const field = triples[i + 1] as number;
      const flags = triples[i + 2] as number;
      const kind = Math.floor(flags / 2);
      if (kind > wireLimits.kindMax) throw new DecodeFault("out of range");
      found.push({
        collection: at(names, triples[i] as number),
        field: field === 0 ? "" : at(names, field - 1),
        kind,
        creates: flags % 2 === 1,
      });
    }
    return found;
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

const noDependencies: ReadonlyMap<string, number> = new Map();

function readReplicas(data: Uint8Array, implied: ReplicaId | undefined): ReplicaId[] {
  if (data.length % replicaBytes !== 0) throw new DecodeFault("too many");
  const replicas: ReplicaId[] = implied === undefined ? [] : [implied];
  for (let start = 0; start < data.length; start += replicaBytes)
    replicas.push(bytesToReplicaId(data.subarray(start, start + replicaBytes)));
  return replicas;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new DecodeFault("out of range");
  return item;
}

function checkInteger(value: number, min: number): number {
  if (!(value >= min && value <= wireLimits.integerMax)) throw new DecodeFault("out of range");
  return value;
}
