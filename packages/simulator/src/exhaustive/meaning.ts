/** What a set of writes means, by definition and without a lattice: each type's own sentence, to hold the engine's answer against. */
import {
  counterLattice,
  type Dot,
  kindCodes,
  type Operation,
  type Origin,
  originOf,
  presenceLattice,
  registerLattice,
  setLattice,
  type Transaction,
  vectorContains,
} from "@holdfast/core/engine";
import type { Row } from "./alphabet.ts";
import type { ScopeReplica } from "./scope-replica.ts";

interface Made {
  readonly operation: Operation;
  readonly origin: Origin;
}

function made(stream: readonly Transaction[]): readonly Made[] {
  return stream.flatMap((transaction, at) =>
    transaction.body.type === "operations"
      ? transaction.body.operations.map((operation, index) => ({ operation, origin: originOf(transaction, index, at + 1) }))
      : [],
  );
}

const sees = (later: Made, earlier: Made): boolean => vectorContains(later.origin.context, earlier.origin.dot);
const nameOf = ({ replica, counter }: Dot): string => `${replica.slice(0, 2)}:${counter}`;

function isDelete({ operation }: Made): boolean {
  return operation.kind === kindCodes.presence && presenceLattice.decodeDelta(operation.delta).type === "delete";
}

function isGreater(one: Made, other: Made): boolean {
  if (one.origin.lamport !== other.origin.lamport) return one.origin.lamport > other.origin.lamport;
  return one.origin.dot.replica > other.origin.dot.replica;
}

/** The write with the greatest stamp of its own (M2). */
function winnerOf(writes: readonly Made[]): Made | undefined {
  return writes.reduce<Made | undefined>((best, write) => (best === undefined || isGreater(write, best) ? write : best), undefined);
}

/** What is wrong with `row`, given that these and no other writes were made. */
export function judgeMeaning(stream: readonly Transaction[], row: Row | undefined): readonly string[] {
  const all = made(stream);
  const wrong: string[] = [];
  const lives = all.some((write) => !all.some((other) => isDelete(other) && (other === write || sees(other, write))));
  if (lives !== (row !== undefined))
    wrong.push(`the record ${lives ? "has an edit that no delete saw, and is gone" : "was deleted, and is there"}`);
  if (row === undefined) return wrong;
  const of = (field: string, kind: number): readonly Made[] =>
    all.filter(({ operation }) => operation.field === field && operation.kind === kind);
  const winner = winnerOf(of("title", kindCodes.register));
  const title = winner === undefined ? "" : titleOf(winner);
  if (row.title !== title) wrong.push(`the title is "${row.title}", and the greatest stamp wrote "${title}"`);
  return [...wrong, ...judgeCount(of("count", kindCodes.counter), row), ...judgeTags(of("tags", kindCodes.set), row), ...judgeOnce(row)];
}

/** The sum of every replica's last totals (M3). */
function judgeCount(writes: readonly Made[], row: Row): readonly string[] {
  const totals = new Map<string, number>();
  for (const { operation, origin } of writes) {
    const { up, down } = counterLattice.decodeDelta(operation.delta);
    totals.set(origin.dot.replica, up - down);
  }
  const sum = [...totals.values()].reduce((one, other) => one + other, 0);
  return row.count === sum ? [] : [`the count is ${row.count}, and its changes add up to ${sum}`];
}

/** There is an add of it that no removal has seen (M4). */
function judgeTags(writes: readonly Made[], row: Row): readonly string[] {
  const adds = writes.filter(({ operation }) => setLattice.decodeDelta(operation.delta).added.length > 0);
  const removals = writes.filter((write) => !adds.includes(write));
  const isThere = adds.some((add) => !removals.some((removal) => sees(removal, add)));
  return row.tags.includes("x") === isThere ? [] : [`x is ${isThere ? "missing" : "there"}, against its adds and removals`];
}

/** Nothing stands twice (M5). */
function judgeOnce({ steps, body }: Row): readonly string[] {
  const typed = [...body.matchAll(/\d+/g)].map(([unique]) => unique);
  return [steps, typed].flatMap((items) => (new Set(items).size === items.length ? [] : [`something stands twice: ${items.join(" ")}`]));
}

/**
 * Whoever has all of them has been told of each title, as a value, that nobody saw and that did not win. A title that the winner's author
 * had seen, written by whomever, was overwritten knowingly: it is not a loss.
 */
export function judgeLosers(stream: readonly Transaction[], { id, losers }: ScopeReplica): readonly string[] {
  const writes = made(stream).filter(({ operation }) => operation.kind === kindCodes.register);
  const winner = winnerOf(writes);
  if (winner === undefined) return [];
  const known = writes.filter((write) => write === winner || sees(winner, write)).map(titleOf);
  return writes
    .filter((write) => !known.includes(titleOf(write)) && !writes.some((other) => sees(other, write)))
    .filter((write) => !losers.some(({ value }) => value === titleOf(write)))
    .map(({ origin }) => `${id.slice(0, 2)} was not told that ${nameOf(origin.dot)}'s title has lost`);
}

function titleOf({ operation }: Made): string {
  const { value } = registerLattice.decodeDelta(operation.delta);
  return typeof value === "string" ? value : "";
}
