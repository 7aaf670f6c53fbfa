/**
 * One write under two ids. In a store that was put back to a backup, copies of one file bring back what it had lost, and some have taken a new
 * id meanwhile: what they say again under it names what it was before. Whichever comes first counts, and the other is not taken (traps 4, 6).
 *
 * Each such name is noted beside the ids of intents. Where the new id comes first, a row among the outcomes of the old one, above its mark, says
 * so, too: a copy that goes on under the old id is told there that it has parted, and leaves it.
 */
import {
  alreadyHere,
  compareBytes,
  decodeImprints,
  type Encoded,
  type FormerName,
  formerNameOf,
  isMoved,
  lastCounter,
  movedOutcome,
  type MarkRow,
  type Refusal,
  type Transaction,
} from "@holdfast/core/engine";
import type { Principal } from "../options.ts";
import type { DecisionContext } from "./context.ts";
import type { Turn } from "./turn.ts";

/** The first of these that has a new name already: the old id has come to its end before it. */
export async function findMoved(context: DecisionContext, turn: Turn, mark: MarkRow, fresh: readonly Encoded[]): Promise<number> {
  const [first, last] = [fresh[0], fresh.at(-1)];
  if (!context.restored || first === undefined || last === undefined || mark.recordedThrough < first.transaction.counter)
    return fresh.length;
  const range = { replica: mark.replica, from: first.transaction.counter, through: lastCounter(last.transaction), countMax: 1 };
  const [row] = await turn.outcomes(range);
  if (row === undefined || !isMoved(row.bytes)) return fresh.length;
  return fresh.findIndex(({ transaction }) => lastCounter(transaction) >= row.counter);
}

/** Of what is said under a new id: it is here under the old one. Else, what is to be noted once it is decided. */
export async function meetFormer(
  context: DecisionContext,
  turn: Turn,
  principal: Principal,
  transaction: Transaction,
): Promise<Refusal | (() => void) | undefined> {
  const former = context.restored ? formerNameOf(transaction) : undefined;
  if (former === undefined || former.replica === transaction.replica) return undefined;
  // Nobody ends another user's id.
  if ((await turn.read(() => context.ownerOf(former.replica, principal.id))) !== principal.id) return undefined;
  const { replica, counter, name } = former;
  await Promise.all([turn.loadMarks([replica]), turn.loadIntents([name])]);
  const isUnder = counter <= turn.mark(replica).mark;
  if (turn.intent(name) !== undefined || (isUnder && (await isHere(turn, former)))) return alreadyHere;
  const isTaken = isUnder || (await turn.outcomes({ replica, from: counter, through: counter, countMax: 1 })).length > 0;
  return () => {
    const atMs = context.runtime.wallMs();
    // Whoever comes with it under a third id.
    turn.recordIntent({ intent: name, bytes: movedOutcome, atMs });
    if (isTaken) return;
    const mark = turn.mark(replica);
    turn.recordOutcome({ replica, counter, bytes: movedOutcome, atMs });
    turn.setMark({ ...mark, recordedThrough: Math.max(mark.recordedThrough, counter) });
  };
}

async function isHere(turn: Turn, { replica, counter, imprint }: FormerName): Promise<boolean> {
  for (const row of await turn.imprints({ replica, from: counter, through: counter, countMax: 1 })) {
    const decoded = decodeImprints(row.counterFirst, row.bytes);
    const known = decoded.ok ? decoded.value.get(counter) : undefined;
    if (known !== undefined && compareBytes(known, imprint) === 0) return true;
  }
  return false;
}
