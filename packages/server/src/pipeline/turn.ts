/**
 * One turn of one space in memory: the rows that were read, what the decisions made of them, and the batch that comes out.
 * A transaction is tried on a `Draft` over the turn, which is kept or thrown away as a whole.
 */
import {
  assert,
  type CounterRange,
  decodeImprints,
  decodeRecordState,
  encodeRecordState,
  encodeImprints,
  type Identified,
  type ImprintRow,
  type Imprints,
  type IntentRow,
  isKnown,
  isVisible,
  type MarkRow,
  type OutcomeRow,
  type RecordKey,
  type RecordRow,
  type RecordState,
  type ReplicaId,
  type SpaceId,
  type SpaceRow,
  type StoreReader,
  type StreamRow,
  type Transaction,
  type WriteBatch,
} from "@holdfast/core/engine";
import { emptyMark } from "../store/empty-rows.ts";
import type { DecisionContext } from "./context.ts";
import { createReadWatch } from "./read-watch.ts";

export interface Change {
  readonly sequence: number;
  readonly transaction: Transaction;
  readonly bytes: number;
}

export class Turn {
  readonly space: SpaceId;
  readonly #reader: StoreReader;
  readonly #reads = createReadWatch();
  readonly #context: DecisionContext;
  readonly #before: SpaceRow;
  readonly #marks = new Map<ReplicaId, MarkRow>();
  readonly #marksChanged = new Set<ReplicaId>();
  /** `undefined`: r0 does not know the record. */
  readonly #records = new Map<string, RecordState | undefined>();
  /** Of each record that was read: how large it is in the store, and the change that touched it last. */
  readonly #stored = new Map<string, { readonly bytes: number; readonly sequence: number }>();
  /** Of records that this turn has changed: see `DraftRecord`. */
  readonly #sizes = new Map<string, number>();
  readonly #recordsChanged = new Map<string, RecordKey & { readonly sequence: number }>();
  readonly #stream: StreamRow[] = [];
  readonly #outcomes: OutcomeRow[] = [];
  readonly #intents = new Map<string, IntentRow | undefined>();
  readonly #intentsAdded: IntentRow[] = [];
  readonly #answered = new Map<ReplicaId, Identified[]>();
  readonly #settled: { replica: ReplicaId; through: number }[] = [];
  readonly changes: Change[] = [];
  head: number;
  lamport: number;
  conflicts = 0;
  refused = 0;

  constructor(reader: StoreReader, context: DecisionContext, row: SpaceRow) {
    this.space = row.space;
    this.head = row.head;
    this.lamport = Math.max(row.lamport, context.lamportMin);
    this.#reader = this.#reads.watch(reader);
    this.#context = context;
    this.#before = row;
  }

  /** What else a decision asks the store, watched like the turn's own reads. */
  read<T>(ask: () => Promise<T>): Promise<T> {
    return this.#reads.run(ask);
  }

  /** Throws if a read of this turn has failed, whoever has caught that since. */
  assertRead(): void {
    this.#reads.assertRead();
  }

  /** Reads what is not here yet, in one question. */
  async loadMarks(replicas: Iterable<ReplicaId>): Promise<void> {
    const missing = [...new Set(replicas)].filter((replica) => !this.#marks.has(replica));
    if (missing.length === 0) return;
    const rows = await this.#reader.marks(missing);
    for (const [i, replica] of missing.entries()) this.#marks.set(replica, rows[i] ?? emptyMark(this.space, replica));
  }

  async loadRecords(keys: Iterable<RecordKey>): Promise<void> {
    const missing = new Map<string, RecordKey>();
    for (const key of keys) if (!this.#records.has(keyOf(key))) missing.set(keyOf(key), key);
    if (missing.size === 0) return;
    const rows = await this.#reader.records([...missing.values()]);
    for (const [i, key] of [...missing.keys()].entries()) {
      const row = rows[i];
      this.#records.set(key, this.#decode(row));
      if (row !== undefined) this.#stored.set(key, { bytes: row.state.length, sequence: row.sequence });
    }
  }

  async loadIntents(ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#intents.has(id));
    if (missing.length === 0) return;
    const rows = await this.#reader.intents(missing);
    for (const [i, id] of missing.entries()) this.#intents.set(id, rows[i]);
  }

  /** Ascending, and at most `countMax`. */
  async outcomes(range: CounterRange): Promise<readonly OutcomeRow[]> {
    const stored = await this.#reader.outcomes([range]);
    const fresh = this.#outcomes.filter(
      (row) => row.replica === range.replica && row.counter >= range.from && row.counter <= range.through,
    );
    return [...stored, ...fresh].slice(0, range.countMax);
  }

  /** Also what this turn has answered. */
  async imprints(range: CounterRange): Promise<Imprints> {
    const stored = await this.#reader.imprints(range);
    const fresh = this.#imprintRows().filter(({ replica, counterFirst }) => replica === range.replica && counterFirst <= range.through);
    const imprints = new Map<number, Uint8Array>();
    for (const { counterFirst, bytes } of [...stored, ...fresh]) {
      const decoded = decodeImprints(counterFirst, bytes);
      assert(decoded.ok, "the store holds imprints that this version wrote");
      for (const [counter, imprint] of decoded.value) imprints.set(counter, imprint);
    }
    return imprints;
  }

  /** Of what was just answered: in counter order. */
  addImprint(transaction: Transaction, identity: Uint8Array): void {
    const answered = this.#answered.get(transaction.replica);
    if (answered === undefined) this.#answered.set(transaction.replica, [{ transaction, identity }]);
    else answered.push({ transaction, identity });
  }

  #imprintRows(): readonly ImprintRow[] {
    return [...this.#answered].map(([replica, answered]) => ({
      replica,
      counterFirst: answered[0]?.transaction.counter ?? 0,
      counterLast: this.mark(replica).mark,
      bytes: encodeImprints(answered),
    }));
  }

  mark(replica: ReplicaId): MarkRow {
    const mark = this.#marks.get(replica);
    assert(mark !== undefined, "a mark is loaded before it is used");
    return mark;
  }

  setMark(mark: MarkRow): void {
    assert(mark.mark >= this.mark(mark.replica).mark, "a mark never goes back");
    this.#marks.set(mark.replica, mark);
    this.#marksChanged.add(mark.replica);
  }

  record(key: RecordKey): RecordState | undefined {
    const id = keyOf(key);
    assert(this.#records.has(id), "a record is loaded before it is used");
    return this.#records.get(id);
  }

  /** The change that touched it last in the store; undefined: there is no row. The record has been loaded. */
  storedSequence(key: RecordKey): number | undefined {
    return this.#stored.get(keyOf(key))?.sequence;
  }

  /** At most, or nearly, what the record's state takes. */
  bytesOf(key: RecordKey): number {
    return this.#sizes.get(keyOf(key)) ?? this.#stored.get(keyOf(key))?.bytes ?? 0;
  }

  measure(state: RecordState): number {
    return encodeRecordState(this.#context.rules.lattices, state).length;
  }

  get limits(): DecisionContext["limits"] {
    return this.#context.limits;
  }

  /** As it is, by the change that it has. */
  writeAgain({ collection, record }: RecordKey, sequence: number): void {
    this.#recordsChanged.set(keyOf({ collection, record }), { collection, record, sequence });
  }

  get horizon(): number {
    return this.#before.horizon;
  }

  intent(id: string): IntentRow | undefined {
    return this.#intents.get(id);
  }

  /** The next place in the total order, and with it what the transaction has made of its records (F01: the number is given here, under the space's turn). */
  append(
    transaction: Transaction,
    bytes: Uint8Array,
    counterLast: number,
    records: ReadonlyMap<string, DraftRecord>,
    atMs: number,
  ): number {
    const sequence = this.head + 1;
    this.head = sequence;
    this.#stream.push({ sequence, replica: transaction.replica, counterFirst: transaction.counter, counterLast, bytes, atMs });
    this.changes.push({ sequence, transaction, bytes: bytes.length });
    this.#context.transactions.set(bytes, transaction);
    for (const [id, { key, state, bytes: size }] of records) {
      this.#records.set(id, state);
      this.#sizes.set(id, size);
      this.#recordsChanged.set(id, { ...key, sequence });
    }
    return sequence;
  }

  recordOutcome(row: OutcomeRow): void {
    this.#outcomes.push(row);
  }

  recordIntent(row: IntentRow): void {
    this.#intents.set(row.intent, row);
    this.#intentsAdded.push(row);
  }

  settle(replica: ReplicaId, through: number): void {
    this.#settled.push({ replica, through });
  }

  /** Undefined if nothing has changed. */
  toBatch(): WriteBatch | undefined {
    if (this.#marksChanged.size === 0 && this.#stream.length === 0 && this.#recordsChanged.size === 0) return undefined;
    assert(this.#before.head + this.#stream.length === this.head, "the stream is dense");
    const records: RecordRow[] = [];
    const collected: (RecordKey & { readonly sequence: number })[] = [];
    let stateBytes = 0;
    for (const [id, { collection, record, sequence }] of this.#recordsChanged) {
      const state = this.#records.get(id);
      assert(state !== undefined, "a changed record has a state");
      const stored = this.#stored.get(id);
      const row = isKnown(state) ? this.#encode(state, collection, record, sequence) : undefined;
      if (row !== undefined) records.push(row);
      else if (stored !== undefined) collected.push({ collection, record, sequence: stored.sequence });
      stateBytes += (row?.state.length ?? 0) - (stored?.bytes ?? 0);
    }
    return {
      space: { space: this.space, head: this.head, lamport: this.lamport, horizon: this.#before.horizon },
      marks: [...this.#marksChanged].map((replica) => this.mark(replica)),
      records,
      stream: this.#stream,
      outcomes: this.#outcomes,
      intents: this.#intentsAdded,
      imprints: this.#imprintRows(),
      collected,
      stateBytes,
      settled: this.#settled,
    };
  }

  #encode(state: RecordState, collection: string, record: string, sequence: number): RecordRow {
    const bytes = encodeRecordState(this.#context.rules.lattices, state);
    this.#context.states.set(bytes, state);
    return { collection, record, sequence, state: bytes, deleted: !isVisible(state) };
  }

  #decode(row: RecordRow | undefined): RecordState | undefined {
    if (row === undefined) return undefined;
    const known = this.#context.states.get(row.state);
    if (known !== undefined) return known;
    const decoded = decodeRecordState(this.#context.rules.lattices, row.state);
    assert(decoded.ok, `the store holds a record that this version wrote: ${decoded.ok ? "" : decoded.fault}`);
    this.#context.states.set(row.state, decoded.value);
    return decoded.value;
  }
}

export interface DraftRecord {
  readonly key: RecordKey;
  readonly state: RecordState;
  /** Its state takes no more than this, or not much. */
  readonly bytes: number;
}

/** An operation adds at most about so much to a state beside twice its delta: names, dots, a replica's id. */
const operationOverheadBytes = 128;

/** One transaction's records over the turn's. */
export class Draft {
  readonly #turn: Turn;
  readonly records = new Map<string, DraftRecord>();

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  get(key: RecordKey): RecordState | undefined {
    return this.records.get(keyOf(key))?.state ?? this.#turn.record(key);
  }

  /** `deltaBytes`: of the operation that has changed it; none if it is forgotten. */
  set(key: RecordKey, state: RecordState, deltaBytes: number): void {
    const bytes = (this.records.get(keyOf(key))?.bytes ?? this.#turn.bytesOf(key)) + deltaBytes * 2 + operationOverheadBytes;
    this.records.set(keyOf(key), { key, state, bytes });
  }

  /** The first that has grown beyond what fits on a page: a snapshot could not bring it to anybody. To delete it is always right. */
  tooLarge(): RecordKey | undefined {
    const { recordBytesMax } = this.#turn.limits;
    for (const [id, { key, state, bytes }] of this.records) {
      if (bytes <= recordBytesMax || !isVisible(state)) continue;
      const exact = this.#turn.measure(state);
      this.records.set(id, { key, state, bytes: exact });
      if (exact > recordBytesMax && exact > this.#turn.bytesOf(key)) return key;
    }
    return undefined;
  }
}

/** A NUL is in no name and no id. */
export function keyOf(key: RecordKey): string {
  return `${key.collection}\0${key.record}`;
}
