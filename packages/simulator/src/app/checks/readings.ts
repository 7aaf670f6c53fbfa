/** What every read of every app is held to: own records stay shown, what was shown stays shown, transactions are whole, the status is honest. */
import type { Reading } from "../../checkers/checker.ts";
import type { AppView } from "../app-view.ts";
import { recordKey, type ToldTransaction } from "../told-transaction.ts";
import { splitKey } from "./survival.ts";

/** What the checkers of readings ask of the run so far. */
export interface SoFar {
  /** Of an operation, in this space. */
  readonly writesOf: (operation: string, space: number) => readonly ToldTransaction[];
  readonly allWrites: (space: number) => Iterable<ToldTransaction>;
  /** Some write has tried to, whether it is acknowledged or not. */
  readonly isDeleted: (key: string, space: number) => boolean;
  /** Some write has created it. What only a request shows provisionally may go again. */
  readonly isCreated: (key: string, space: number) => boolean;
  /** r0 itself has written there: it may come and go by the app's own rules. */
  readonly isServers: (key: string) => boolean;
}

type AppReading = Reading<AppView>;

export function checkSessions(soFar: SoFar, { device, space, view, memory }: AppReading): readonly string[] {
  const wrong: string[] = [];
  const letters = keysInLetters(view);
  const mayBeGone = (key: string): boolean => letters.has(key) || soFar.isServers(key) || soFar.isDeleted(key, space);
  for (const id of memory.acknowledged.keys())
    for (const { effects, answer } of soFar.writesOf(id, space))
      for (const effect of answer?.status === "refused" ? [] : effects) {
        const key = recordKey(effect);
        if (effect.type === "create" && !holds(view, key) && !mayBeGone(key))
          wrong.push(`${device} does not show ${key}, which it created (${id})`);
      }
  for (const key of memory.seen.get(space) ?? [])
    if (!holds(view, key) && soFar.isCreated(key, space) && !mayBeGone(key)) wrong.push(`${device} has shown ${key} and shows it no more`);
  return wrong;
}

/** Records that were created together are seen together. */
export function checkWhole(soFar: SoFar, { device, space, view }: AppReading): readonly string[] {
  const wrong: string[] = [];
  for (const { effects } of soFar.allWrites(space)) {
    const created = effects.filter(({ type, ...effect }) => type === "create" && !soFar.isDeleted(recordKey(effect), space)).map(recordKey);
    const missing = created.filter((key) => !holds(view, key));
    // One that others created too may be there without this transaction.
    const own = created.filter((key) => isCreatedOnce(soFar, key, space));
    if (missing.length > 0 && own.some((key) => holds(view, key)))
      wrong.push(`${device} shows ${own.join(", ")} without ${missing.join(", ")}`);
  }
  return wrong;
}

export function checkHonest(soFar: SoFar, { device, space, view, memory, pending, recordsAtR0 }: AppReading): readonly string[] {
  if (pending > 0) return [];
  const letters = keysInLetters(view);
  const wrong: string[] = [];
  for (const id of memory.acknowledged.keys())
    for (const { effects, answer } of soFar.writesOf(id, space))
      for (const effect of answer?.status === "refused" ? [] : effects) {
        const key = recordKey(effect);
        const isAtR0 = recordsAtR0(effect.collection)?.has(effect.record) !== false;
        if (effect.type === "create" && !isAtR0 && !letters.has(key) && !soFar.isDeleted(key, space))
          wrong.push(`${device} says that nothing is pending, and r0 does not hold ${key} (${id})`);
      }
  return wrong;
}

function isCreatedOnce(soFar: SoFar, key: string, space: number): boolean {
  let count = 0;
  for (const { effects } of soFar.allWrites(space))
    if (effects.some((effect) => effect.type === "create" && recordKey(effect) === key)) count++;
  return count === 1;
}

function holds({ rows }: AppView, key: string): boolean {
  const [collection, record] = splitKey(key);
  return rows.get(collection)?.has(record) === true;
}

function keysInLetters({ letters }: AppView): ReadonlySet<string> {
  return new Set(letters.flatMap(({ payload }) => (payload.type === "write" ? payload.changes.map(recordKey) : [])));
}
