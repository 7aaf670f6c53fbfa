/**
 * What the fleet was promised of one space, by what its operations have told. `certain`: on a disk, and neither refused nor taken back
 * by a backup. `possible`: it may be there or not. Everything else is nowhere.
 */
import type { DeadLetter } from "@holdfast/client";
import type { Oracle } from "../workload/oracle.ts";
import { type Effect, recordKey, type Told, type ToldTransaction } from "./told-transaction.ts";

export interface Past {
  readonly operation: string;
  readonly device: number;
  readonly transaction: ToldTransaction;
  readonly isCertain: boolean;
}

export interface History {
  readonly space: string;
  /** Writes that are certain or possible, in the order in which they were begun. */
  readonly writes: readonly Past[];
  readonly byRecord: ReadonlyMap<string, readonly Past[]>;
  /** Refused or not, of everybody: what is in none of them was never written by anybody. */
  readonly everTouched: ReadonlySet<string>;
  readonly everDeleted: ReadonlySet<string>;
}

/** `isReplayed`: a device has lived on from a copy, and said again what had been answered: no refusal is the last word. */
export interface HistorySource {
  readonly oracle: Oracle;
  readonly told: Told;
  readonly space: string;
  readonly letters: readonly DeadLetter[];
  readonly isReplayed: boolean;
}

export function readHistory({ oracle, told, space, letters, isReplayed }: HistorySource): History {
  const writes: Past[] = [];
  const byRecord = new Map<string, Past[]>();
  const everTouched = new Set<string>();
  const everDeleted = new Set<string>();
  const inLetters = new Set(letters.flatMap(({ payload }) => (payload.type === "write" ? payload.changes.map(recordKey) : [])));
  for (const [id, operation] of oracle.tried)
    for (const transaction of told.get(id) ?? []) {
      if (transaction.space !== space || transaction.type === "request") continue;
      const keys = new Set(transaction.effects.map(recordKey));
      for (const key of keys) everTouched.add(key);
      for (const effect of transaction.effects) if (effect.type === "delete") everDeleted.add(recordKey(effect));
      const standing = standingOf(
        oracle,
        id,
        transaction,
        isReplayed,
        [...keys].some((key) => inLetters.has(key)),
      );
      if (standing === "out") continue;
      const past = { operation: id, device: operation.device, transaction, isCertain: standing === "certain" };
      writes.push(past);
      for (const key of keys) {
        const known = byRecord.get(key);
        if (known === undefined) byRecord.set(key, [past]);
        else known.push(past);
      }
    }
  return { space, writes, byRecord, everTouched, everDeleted };
}

/** A letter that nobody has heard of, after a restart, is told by its records: it makes what touches them merely possible. */
function standingOf(
  oracle: Oracle,
  operation: string,
  { isAcknowledged, answer }: ToldTransaction,
  isReplayed: boolean,
  isInLetters: boolean,
): "certain" | "possible" | "out" {
  const isForgivable = oracle.forgivable.has(operation);
  if (answer?.status === "refused") return answer.code === "withdrawn" || isForgivable || isReplayed ? "possible" : "out";
  if (!isAcknowledged || !oracle.acknowledged.has(operation) || isForgivable || answer?.status === "unknown") return "possible";
  return isInLetters && (answer === undefined || isReplayed) ? "possible" : "certain";
}

export function effectsOn(past: Past, key: string): readonly Effect[] {
  return past.transaction.effects.filter((effect) => recordKey(effect) === key);
}
