/** Judges histories: everybody ends alike, whatever the order, and the end means what the writes say. */
import {
  bytesToHex,
  decodeRecordState,
  encodeForDigest,
  encodeRecordState,
  encodeTransaction,
  joinRecords,
  originOf,
  type RecordState,
  type Transaction,
  vectorContains,
} from "@holdfast/core/engine";
import { type HistoryEnd, settle } from "./enumerate.ts";
import { judgeLosers, judgeMeaning } from "./meaning.ts";
import { applyTransaction, rowOf, scopeLattices } from "./scope-replica.ts";

export interface Verdicts {
  histories: number;
  /** Histories whose writes, stamps and contexts no earlier one had. */
  distinct: number;
  /** Orders in which a distinct history's writes were applied. */
  orders: number;
  readonly failures: string[];
}

const failuresMax = 5;

/** `known`: the end that a set of writes had when it was met first. */
export class Judge {
  readonly verdicts: Verdicts = { histories: 0, distinct: 0, orders: 0, failures: [] };
  readonly #known = new Map<string, string>();

  judge(end: HistoryEnd): void {
    this.verdicts.histories++;
    const { replicas, stream, steps } = settle(end);
    const fail = (wrong: string): void => {
      if (this.verdicts.failures.length < failuresMax) this.verdicts.failures.push(`${steps.join(", ")}: ${wrong}`);
    };
    const atR0 = fold(stream);
    const bytes = bytesOf(atR0);
    for (const replica of replicas) {
      if (bytesOf(replica.record) !== bytes) fail(`${replica.id.slice(0, 2)} and r0 differ`);
      for (const wrong of judgeLosers(stream, replica)) fail(wrong);
    }
    const key = keyOf(stream);
    const known = this.#known.get(key);
    if (known === undefined) this.#judgeDistinct(end, stream, bytes, fail);
    else if (known !== bytes) fail("the same writes, exchanged otherwise, have ended otherwise");
    this.#known.set(key, bytes);
  }

  #judgeDistinct(end: HistoryEnd, stream: readonly Transaction[], bytes: string, fail: (wrong: string) => void): void {
    this.verdicts.distinct++;
    for (const wrong of judgeMeaning(stream, rowOf(fold(stream)))) fail(wrong);
    for (const order of ordersOf(stream)) {
      this.verdicts.orders++;
      const twice = order.flatMap((transaction) => [transaction, transaction]);
      if (bytesOf(fold(twice, stream)) !== bytes) fail("another order of the same writes, each twice, has ended otherwise");
    }
    const states = [...end.replicas.map(({ record }) => record), fold(end.stream)].flatMap((state) => (state === undefined ? [] : [state]));
    for (const joined of [joinAll(states), joinAll(states.toReversed())])
      if (bytesOf(joined) !== bytes) fail("the join of everybody's states is not their end");
  }
}

/** By r0's sequence numbers, whatever the order of arrival. */
function fold(order: readonly Transaction[], stream = order): RecordState | undefined {
  let record: RecordState | undefined;
  for (const transaction of order) record = applyTransaction(record, transaction, stream.indexOf(transaction) + 1).record;
  return record;
}

/** Through the disk: what is joined was written down and read again. */
function joinAll(states: readonly RecordState[]): RecordState | undefined {
  const read = states.map((state) => {
    const decoded = decodeRecordState(scopeLattices, encodeRecordState(scopeLattices, state));
    if (!decoded.ok) throw new Error(`A state does not come back: ${decoded.fault}`);
    return decoded.value;
  });
  return read.reduce<RecordState | undefined>(
    (all, state) => (all === undefined ? state : joinRecords(scopeLattices, all, state)),
    undefined,
  );
}

function bytesOf(record: RecordState | undefined): string {
  return record === undefined ? "" : bytesToHex(encodeForDigest(scopeLattices, record));
}

function keyOf(stream: readonly Transaction[]): string {
  return stream
    .map((transaction) => bytesToHex(encodeTransaction(transaction)))
    .sort()
    .join();
}

/** Every order in which each write comes after what its author had seen. */
function* ordersOf(left: readonly Transaction[], done: readonly Transaction[] = []): Generator<readonly Transaction[]> {
  if (left.length === 0) yield done;
  for (const next of left) {
    const isReady = left.every((other) => other === next || !sawAny(next, other));
    if (isReady)
      yield* ordersOf(
        left.filter((other) => other !== next),
        [...done, next],
      );
  }
}

function sawAny(later: Transaction, earlier: Transaction): boolean {
  const { context } = originOf(later, 0, undefined);
  return vectorContains(context, { replica: earlier.replica, counter: earlier.counter });
}
