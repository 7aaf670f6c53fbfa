import { callerError } from "../base/error.ts";

/** What one transaction may hold. Beyond a limit the write throws `too-large` and nothing has changed. */
export const operationLimits = {
  /** One value of a register, set element or list item, and one inserted text or Yjs update. */
  valueBytesMax: 128 * 1024,
  recordIdBytesMax: 128,
  /** Operations of one transaction, after coalescing. */
  operationsMax: 1_000,
  /** Keys and deltas of one transaction, as they are encoded. */
  transactionBytesMax: 256 * 1024,
  /**
   * Replicas that a record's vector names: a context repeats each of them, and the wire takes 1,024. r0 folds vectors long before (`fold.ts`); this is
   * for a record that so many write before all have passed the first.
   */
  writersMax: 1_000,
  /** Changes that one transaction may ask for before coalescing: bounds the memory of a callback that runs away. */
  changesMax: 20_000,
  /** The values that these changes hold. */
  bufferedBytesMax: 4 * 1024 * 1024,
  /** Elements named by one call of a set or list. */
  elementsMax: 10_000,
} as const;

/** Throws `too-large`. */
export function checkRoom(count: number, max: number, what: string): void {
  if (count > max) throw callerError("too-large", `There are at most ${max} ${what}.`, "Split it into several.");
}
