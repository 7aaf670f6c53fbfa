/**
 * r0 has come back from a backup, and another copy of this file has said again what r0 had lost. Where the two histories are one, nothing is
 * left to say here; but r0 has judged it anew, by the access, the balance and the records that it then had, and may have refused what this
 * copy holds for confirmed (F26, trap 4). It is a dead letter here, too.
 */
import { refusedEarlier, type WelcomeSpace } from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import { readLog } from "../store/change-log.ts";
import type { SpaceRow } from "../store/spaces.ts";
import { settle } from "./apply-pushed.ts";
import type { ApplyOutcome } from "./outcome.ts";

/** r0's chain has been found to be this replica's; undefined: it has heard of each. */
export async function hearRefused(
  context: ReplicaContext,
  row: SpaceRow,
  { refused = [], head }: WelcomeSpace,
): Promise<ApplyOutcome | undefined> {
  const [first] = refused;
  if (first === undefined) return undefined;
  const counters = new Set(refused);
  const entries = readLog(context.port, row.space, first - 1, row.settledThrough).filter(
    ({ transaction: { counter, body } }) => counters.has(counter) && body.type !== "void",
  );
  if (entries.length === 0) return undefined;
  // What r0 shows without them comes with the snapshot that every new epoch begins with.
  const message = {
    space: row.space,
    mark: row.settledThrough,
    chain: row.chain,
    head,
    outcomes: entries.map(({ transaction: { counter } }) => ({ type: "refused", counter, ...refusedEarlier }) as const),
    after: row.sequence,
    cursor: new Uint8Array(0),
  };
  // No chain is known before them: what was answered in between may be kept no longer.
  return settle(context, row, message, entries, []);
}
