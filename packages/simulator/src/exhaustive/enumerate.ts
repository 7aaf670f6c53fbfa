/**
 * Every history of a few writes by a few replicas: before each write any of them have pushed, and its author has pulled or not.
 * Histories that begin alike are run once up to where they part.
 */
import type { Transaction } from "@holdfast/core/engine";
import { type Alphabet, scopeRecord } from "./alphabet.ts";
import { createScopeReplica, pull, type ScopeReplica, writeAt } from "./scope-replica.ts";

export interface Scope {
  readonly alphabet: Alphabet;
  /** Devices; r0's own writes, which begin each history, come from one more. */
  readonly replicas: number;
  readonly writes: number;
}

export interface HistoryEnd {
  readonly replicas: readonly ScopeReplica[];
  readonly stream: readonly Transaction[];
  /** What was done, in words, for whoever has to understand a failure. */
  readonly steps: readonly string[];
}

/** The record is there, and everybody has it. */
function begin(replicas: number): HistoryEnd {
  const r0 = createScopeReplica(3);
  const created = writeAt(r0, () => ({ type: "create", collection: "things", record: scopeRecord, fields: [] }), "", 1);
  const stream = created?.pending ?? [];
  return { replicas: Array.from({ length: replicas }, (_, index) => pull(createScopeReplica(index), stream)), stream, steps: [] };
}

/** Each history once, as it stands before the last exchange. */
export function* enumerateHistories(scope: Scope): Generator<HistoryEnd> {
  yield* extend(scope, begin(scope.replicas), scope.writes);
}

function* extend(scope: Scope, end: HistoryEnd, left: number): Generator<HistoryEnd> {
  if (left === 0) {
    yield end;
    return;
  }
  const { alphabet } = scope;
  for (const pushed of alphabet.byR0 === true ? [pushAll(end)] : pushSome(end, 0))
    for (const author of alphabet.byR0 === true ? [0] : end.replicas.keys())
      for (const ready of [pushed, ...pullAt(pushed, author)])
        for (const [name, change] of Object.entries(alphabet.changes)) {
          const sequence = alphabet.byR0 === true ? ready.stream.length + 1 : undefined;
          const written = writeAt(ready.replicas[author] as ScopeReplica, change, `${author}${left}`, sequence);
          if (written === undefined) continue;
          const steps = [...ready.steps, `${author}: ${name}`];
          yield* extend(scope, { ...ready, replicas: ready.replicas.with(author, written), steps }, left - 1);
        }
}

/** Each choice of those who have something to push. */
function* pushSome(end: HistoryEnd, from: number): Generator<HistoryEnd> {
  yield end;
  for (let author = from; author < end.replicas.length; author++)
    if ((end.replicas[author] as ScopeReplica).pending.length > 0) yield* pushSome(pushAt(end, author), author + 1);
}

function pushAll(end: HistoryEnd): HistoryEnd {
  return [...end.replicas.keys()].reduce(pushAt, end);
}

function pushAt(end: HistoryEnd, author: number): HistoryEnd {
  const replica = end.replicas[author] as ScopeReplica;
  if (replica.pending.length === 0) return end;
  const stream = [...end.stream, ...replica.pending];
  return { replicas: end.replicas.with(author, { ...replica, pending: [] }), stream, steps: [...end.steps, `${author} pushes`] };
}

/** Nothing, if it would change nothing. */
function pullAt(end: HistoryEnd, author: number): readonly HistoryEnd[] {
  const replica = end.replicas[author] as ScopeReplica;
  if (replica.seen === end.stream.length) return [];
  const pulled = pull(replica, end.stream);
  return [{ ...end, replicas: end.replicas.with(author, pulled), steps: [...end.steps, `${author} pulls`] }];
}

/** Everybody pushes what is left, and then everybody pulls. */
export function settle(end: HistoryEnd): HistoryEnd {
  const pushed = pushAll(end);
  return [...end.replicas.keys()].reduce((settled, author) => pullAt(settled, author)[0] ?? settled, pushed);
}
