/** r0 may have had the original of a write that was withdrawn, its answer being lost: then it stands after all, and is pending again until r0 says how it ended. */
import { bytesToValue, compareBytes, identityOf, nextChain, type SpaceId } from "@holdfast/core/engine";
import { addIntent } from "../store/intents.ts";
import { type ReplicaContext, undecidedIn } from "../context.ts";
import { encodeIncrements, type LogEntry, readLog, rewriteEntry } from "../store/change-log.ts";
import { countDeadLetters, deleteDeadLetter, readDeadLetters, type StoredLetter } from "../store/dead-letters.ts";
import type { SpaceRow } from "../store/spaces.ts";
import { Staging } from "../write/staging.ts";
import { type ApplyOutcome, outcomeOf } from "./outcome.ts";
import { rerunProvisional } from "./provisional.ts";
import { rebuildRecords, recordsOf } from "./rebuild.ts";
import { recount } from "./recount.ts";

export interface Withdrawn {
  /** What r0 has up to its mark. */
  readonly entries: readonly LogEntry[];
  /** The dead letters among them. */
  readonly letters: readonly StoredLetter[];
}

export function chainOf(start: Uint8Array, entries: readonly LogEntry[]): Uint8Array {
  let chain = start;
  for (const { transaction, bytes } of entries) chain = nextChain(chain, identityOf(transaction, bytes));
  return chain;
}

/** The dead letters with which the log up to r0's mark has the chain that r0 knows; undefined if there are none. */
export function findWithdrawn(
  context: ReplicaContext,
  row: SpaceRow,
  entries: readonly LogEntry[],
  chain: Uint8Array,
): Withdrawn | undefined {
  const letters = withdrawnIn(context, row.space);
  if (letters.length === 0) return undefined;
  const byCounter = new Map(letters.map((letter) => [letter.transaction.counter, letter]));
  // Withdrawn one by one, each after the ones before were answered: r0 has the original of some first ones, and the void of the rest.
  for (let through = entries.length; through > 0; through--) {
    const held: StoredLetter[] = [];
    const variant = entries.map((entry, index) => {
      const letter = index < through ? byCounter.get(entry.transaction.counter) : undefined;
      if (letter === undefined) return entry;
      held.push(letter);
      return letter;
    });
    if (held.length > 0 && compareBytes(chainOf(row.chain, variant), chain) === 0) return { entries: variant, letters: held };
  }
  return undefined;
}

/** What this replica, under the id that it has now, has withdrawn of the space. */
export function withdrawnIn(context: ReplicaContext, space: SpaceId): readonly StoredLetter[] {
  return readDeadLetters(context.port, context.store.lattices, "all").filter(
    (letter) => letter.space === space && letter.withdrawn > 0 && letter.transaction.replica === context.replica,
  );
}

/** What the voids among these stand for, as far as it is still a dead letter: counter → letter. */
export function withdrawnEntries(context: ReplicaContext, space: SpaceId, entries: readonly LogEntry[]): ReadonlyMap<number, StoredLetter> {
  const voids = new Set(
    entries.filter(({ transaction }) => transaction.body.type === "void").map(({ transaction }) => transaction.counter),
  );
  if (voids.size === 0) return new Map();
  const letters = withdrawnIn(context, space).filter(({ transaction }) => voids.has(transaction.counter));
  return new Map(letters.map((letter) => [letter.transaction.counter, letter]));
}

export async function putBack(context: ReplicaContext, row: SpaceRow, { entries, letters }: Withdrawn): Promise<ApplyOutcome> {
  const { port } = context;
  const { space } = row;
  const logged = readLog(port, space, entries.at(-1)?.transaction.counter ?? row.settledThrough, row.counter);
  // What was written since its withdrawal has not counted it in, and r0, whose history is another, has taken none of that.
  const later = recount(entries, new Set(), logged);
  const intents = letters.flatMap(({ transaction: { body, counter } }) => {
    const input = body.type === "intent" ? bytesToValue(body.intent.input) : undefined;
    return body.type === "intent" && input?.ok === true
      ? [{ counter, intent: body.intent, name: body.intent.name, input: input.value }]
      : [];
  });
  const undecided = undecidedIn(context, space) + intents.length;
  const staging = new Staging(context.store, () => undecided > 0);
  rebuildRecords(context, staging, space, recordsOf(letters).values(), [...entries, ...later]);
  if (undecided > 0) await rerunProvisional(context, staging, space, intents);
  const changes = [...staging.changed()];
  port.transaction(() => {
    staging.save();
    for (const { transaction, bytes } of later) rewriteEntry(port, space, transaction, bytes);
    for (const { id, transaction, bytes, increments } of letters) {
      port.run("UPDATE _log SET bytes = ?, increments = ? WHERE space = ? AND counter_first = ?", [
        bytes,
        encodeIncrements(increments),
        space,
        transaction.counter,
      ]);
      deleteDeadLetter(port, id);
    }
    for (const { counter, intent } of intents) addIntent(port, space, counter, intent.name, intent.input);
  });
  context.undecided.set(space, undecided);
  context.deadLetterCount = countDeadLetters(port);
  return outcomeOf(row, changes);
}
