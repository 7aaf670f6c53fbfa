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
  type CounterRange,
  type Encoded,
  type FormerName,
  encodeOutcome,
  formerNameOf,
  type Imprints,
  isRefusal,
  lastCounter,
  movedOutcome,
  type MarkRow,
  type Outcome,
  type Refusal,
  type ReplicaId,
  type Transaction,
  transactionWidth,
} from "@holdfast/core/engine";
import type { Principal } from "../options.ts";
import type { DecisionContext } from "./context.ts";
import { readOutcome } from "./read-outcome.ts";
import type { Turn } from "./turn.ts";

/** The first of these that has a new name already: the old id has come to its end before it. */
export async function findMoved(context: DecisionContext, turn: Turn, mark: MarkRow, fresh: readonly Encoded[]): Promise<number> {
  const [first, last] = [fresh[0], fresh.at(-1)];
  if (!context.restored || first === undefined || last === undefined || mark.recordedThrough < first.transaction.counter)
    return fresh.length;
  const range = { replica: mark.replica, from: first.transaction.counter, through: lastCounter(last.transaction), countMax: 1 };
  // Above the mark nothing is recorded but that.
  const [row] = await turn.outcomes(range);
  if (row === undefined) return fresh.length;
  return fresh.findIndex(({ transaction }) => lastCounter(transaction) >= row.counter);
}

/** What of a push is said again under a new id. */
export interface FormerNames {
  /** It is here under the old one, or was refused there, and is again. Else, what is to be noted once it is decided. */
  meet(transaction: Transaction): Refusal | ((decided: Outcome | undefined) => void) | undefined;
}

const noNames: FormerNames = { meet: () => undefined };

/** Asks for all of the push at once: whose the old ids are, and what is here under them. Their marks and names have been loaded (`lanes.ts`). */
export async function readFormerNames(
  context: DecisionContext,
  turn: Turn,
  principal: Principal,
  fresh: readonly Encoded[],
): Promise<FormerNames> {
  const namedByReplica = context.restored ? gather(fresh) : new Map<ReplicaId, Named[]>();
  if (namedByReplica.size === 0) return noNames;
  const known = new Map<ReplicaId, OldId>();
  const read = async (replica: ReplicaId, named: readonly Named[]): Promise<void> => {
    const [owner, old] = await Promise.all([turn.read(() => context.ownerOf(replica, principal.id)), readOldId(turn, replica, named)]);
    // Nobody ends another user's id.
    if (owner === principal.id) known.set(replica, old);
  };
  await Promise.all([...namedByReplica].map(([replica, named]) => read(replica, named)));
  return {
    meet(transaction) {
      const former = formerNameOf(transaction);
      const old = former && known.get(former.replica);
      if (former === undefined || old === undefined) return undefined;
      return find(turn, old, former) ?? ((decided) => note(context, turn, old, former, decided));
    },
  };
}

interface Named {
  readonly counter: number;
  /** So many counters it took under the old id, too, but for what it was said again without. */
  readonly width: number;
}

function gather(fresh: readonly Encoded[]): ReadonlyMap<ReplicaId, Named[]> {
  const namedByReplica = new Map<ReplicaId, Named[]>();
  for (const { transaction } of fresh) {
    const former = formerNameOf(transaction);
    if (former === undefined || former.replica === transaction.replica) continue;
    const named = { counter: former.counter, width: transactionWidth(transaction) };
    const others = namedByReplica.get(former.replica);
    if (others === undefined) namedByReplica.set(former.replica, [named]);
    else others.push(named);
  }
  return namedByReplica;
}

/** Of the counters that are named. */
interface OldId {
  readonly imprints: Imprints;
  /** Of those that were refused, and, above the mark, of those that have moved. */
  readonly outcomes: Map<number, Uint8Array>;
}

async function readOldId(turn: Turn, replica: ReplicaId, named: readonly Named[]): Promise<OldId> {
  const { mark, recordedThrough } = turn.mark(replica);
  const under = named.filter(({ counter }) => counter <= mark);
  const recorded = named.filter(({ counter }) => counter <= recordedThrough);
  const [imprints, outcomes] = await Promise.all([
    Promise.all(rangesOf(replica, under).map((range) => turn.imprints(range))),
    Promise.all(rangesOf(replica, recorded).map((range) => turn.outcomes(range))),
  ]);
  return {
    imprints: new Map(imprints.flatMap((each) => [...each])),
    outcomes: new Map(outcomes.flat().map(({ counter, bytes }) => [counter, bytes])),
  };
}

/** Counters that lie further apart are asked for by themselves: nobody has rows read in any number by what he names. */
const gapMax = 16;

/** Each holds no more rows than counters. */
function rangesOf(replica: ReplicaId, named: readonly Named[]): readonly CounterRange[] {
  const ranges: { replica: ReplicaId; from: number; through: number; countMax: number }[] = [];
  let reach = 0;
  for (const { counter, width } of named.toSorted((a, b) => a.counter - b.counter)) {
    const last = ranges.at(-1);
    if (last === undefined || counter > reach) ranges.push({ replica, from: counter, through: counter, countMax: 1 });
    else Object.assign(last, { through: counter, countMax: counter - last.from + 1 });
    reach = counter + width + gapMax;
  }
  return ranges;
}

function find(turn: Turn, { imprints, outcomes }: OldId, { replica, counter, imprint, name }: FormerName): Refusal | undefined {
  const noted = turn.intent(name);
  if (noted !== undefined) return repeat(counter, noted.bytes);
  const known = counter <= turn.mark(replica).mark ? imprints.get(counter) : undefined;
  if (known === undefined || compareBytes(known, imprint) !== 0) return undefined;
  return repeat(counter, outcomes.get(counter) ?? movedOutcome);
}

/** Whoever is told that it is here takes it for confirmed: what was refused is refused again, for the same reason. */
function repeat(counter: number, bytes: Uint8Array): Refusal {
  const outcome = readOutcome(counter, bytes);
  return outcome.type === "refused" && isRefusal(bytes) ? outcome : alreadyHere;
}

function note(
  context: DecisionContext,
  turn: Turn,
  { outcomes }: OldId,
  { replica, counter, name }: FormerName,
  decided: Outcome | undefined,
): void {
  const atMs = context.runtime.wallMs();
  // Whoever comes with it under a third id.
  turn.recordIntent({ intent: name, bytes: decided?.type === "refused" ? encodeOutcome(decided) : movedOutcome, atMs });
  const mark = turn.mark(replica);
  if (counter <= mark.mark || outcomes.has(counter)) return;
  outcomes.set(counter, movedOutcome);
  turn.recordOutcome({ replica, counter, bytes: movedOutcome, atMs });
  turn.setMark({ ...mark, recordedThrough: Math.max(mark.recordedThrough, counter) });
}
