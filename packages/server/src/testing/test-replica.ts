/** A replica's writing side, as small as it can be: legal histories for the server's tests, and a place to forge them. */
import {
  applyOperation,
  compareCodePoints,
  decodeRecordState,
  digestSpace,
  initialChain,
  type LatticeTable,
  latticesOf,
  lastCounter,
  encodeTransaction,
  identityOf,
  nextChain,
  originOf,
  planOperations,
  type RecordState,
  type ReplicaId,
  type Sequenced,
  type ServerMessage,
  type Transaction,
  TransactionBuilder,
  type TransactionBody,
  transactionWidth,
  valueToBytes,
  type Value,
  type WriteTransaction,
  emptyRecord,
} from "@holdfast/core/engine";
import { testSchema, type TestSchema } from "./test-schema.ts";

export class TestReplica {
  readonly id: ReplicaId;
  readonly space: string;
  readonly #lattices: LatticeTable = latticesOf(testSchema.spec);
  readonly #records = new Map<string, RecordState>();
  readonly log: Transaction[] = [];
  counter = 0;
  lamport = 0;
  #minted = 0;

  constructor(id: ReplicaId, space = "s") {
    this.id = id;
    this.space = space;
  }

  async write(change: (tx: WriteTransaction<TestSchema>) => unknown): Promise<Transaction> {
    const read = (collection: string, record: string): RecordState | undefined => this.#records.get(`${collection} ${record}`);
    const builder = new TransactionBuilder<TestSchema>({
      schema: testSchema.spec,
      mintRecordId: () => `${this.id.slice(-4)}-${++this.#minted}`,
      read,
      arbitrated: "refused",
    });
    await change(builder.tx);
    const { operations } = planOperations({
      schema: testSchema.spec,
      lattices: this.#lattices,
      mutations: builder.close(),
      read,
      replica: this.id,
      counter: this.counter + 1,
      lamport: this.lamport + 1,
      textSession: Number.parseInt(this.id.slice(-6), 16) + 1,
    });
    const transaction = this.#append({ type: "operations", operations });
    this.apply(transaction);
    return transaction;
  }

  intent(name: string, input: Value, uuid: number): Transaction {
    const id = new Uint8Array(16).fill(uuid);
    return this.#append({ type: "intent", intent: { id, name, input: valueToBytes(input) } });
  }

  void(counters: number): Transaction {
    return this.#append({ type: "void", counters });
  }

  #append(body: TransactionBody): Transaction {
    const transaction: Transaction = {
      replica: this.id,
      counter: this.counter + 1,
      lamport: this.lamport + 1,
      schemaVersion: testSchema.version,
      wallMs: 0,
      dependencies: new Map(),
      body,
      extensions: [],
    };
    this.counter += transactionWidth(transaction);
    this.lamport += transactionWidth(transaction);
    this.log.push(transaction);
    return transaction;
  }

  /** Own ones and others'. */
  apply(transaction: Transaction, sequence?: number): void {
    this.lamport = Math.max(this.lamport, transaction.lamport + transactionWidth(transaction) - 1);
    const { body } = transaction;
    if (body.type !== "operations") return;
    for (const [index, operation] of body.operations.entries()) {
      const key = `${operation.collection} ${operation.record}`;
      const applied = applyOperation(
        this.#lattices,
        this.#records.get(key) ?? emptyRecord,
        operation,
        originOf(transaction, index, sequence),
      );
      this.#records.set(key, applied.record);
    }
  }

  applyAll(changes: readonly Sequenced[]): void {
    for (const { sequence, transaction } of changes) this.apply(transaction, sequence);
  }

  hold(collection: string, id: string, state: RecordState): void {
    this.#records.set(`${collection} ${id}`, state);
  }

  /** What a snapshot's page holds. */
  holdAll({ content }: Extract<ServerMessage, { type: "page" }>): void {
    if (content.type !== "snapshot") throw new Error("no snapshot");
    for (const { collection, record, state } of content.records) {
      const decoded = decodeRecordState(this.#lattices, state);
      if (!decoded.ok) throw new Error(decoded.fault);
      this.hold(collection, record, decoded.value);
    }
  }

  digest(): string {
    const sorted = [...this.held()].sort((a, b) => compareCodePoints(a[0], b[0]) || compareCodePoints(a[1], b[1]));
    return digestSpace(this.#lattices, sorted);
  }

  held(): readonly (readonly [collection: string, id: string, state: RecordState])[] {
    return [...this.#records].map(([key, state]) => [key.slice(0, key.indexOf(" ")), key.slice(key.indexOf(" ") + 1), state]);
  }

  /** The chain before the transaction with this first counter. */
  chainBefore(counter: number): Uint8Array {
    let chain = initialChain(this.space, this.id);
    for (const transaction of this.log)
      if (lastCounter(transaction) < counter) chain = nextChain(chain, identityOf(transaction, encodeTransaction(transaction)));
    return chain;
  }

  /** Takes back the last transaction, to put a forged one in its place. */
  replaceLast(forge: (transaction: Transaction) => Transaction): Transaction {
    const last = this.log.pop();
    if (last === undefined) throw new Error("nothing to replace");
    const forged = forge(last);
    this.log.push(forged);
    this.counter = lastCounter(forged);
    return forged;
  }
}

export function replicaId(n: number): ReplicaId {
  return n.toString(16).padStart(32, "0") as ReplicaId;
}
