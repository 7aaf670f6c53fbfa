/** A transaction on which r0 fails every time is set aside as a dead letter, and a void takes its counters: the rest go on (F10). */
import type { SpaceId } from "@holdfast/core/engine";
import { dropIntent } from "../store/intents.ts";
import { type ReplicaContext, undecidedIn } from "../context.ts";
import { readLog } from "../store/change-log.ts";
import { addDeadLetter, countDeadLetters } from "../store/dead-letters.ts";
import { Staging } from "../write/staging.ts";
import { forgetConflictsWonBy, replaceByVoid } from "./apply-pushed.ts";
import { unchanged } from "./apply-changes.ts";
import { type ApplyOutcome, outcomeOf } from "./outcome.ts";
import { rerunProvisional } from "./provisional.ts";
import { rebuildRecords, recordsOf } from "./rebuild.ts";

export async function withdraw(context: ReplicaContext, space: SpaceId, counter: number, reason: string): Promise<ApplyOutcome> {
  const row = context.spaces.get(space);
  const [entry, ...later] = row === undefined ? [] : readLog(context.port, space, counter - 1, row.counter);
  if (row === undefined || entry === undefined || entry.transaction.counter !== counter || entry.transaction.body.type === "void")
    return unchanged(context, space);
  const { port } = context;
  const undecided = undecidedIn(context, space) > 0;
  const staging = new Staging(context.store, () => undecided);
  const earlier = readLog(port, space, row.settledThrough, counter - 1);
  rebuildRecords(context, staging, space, recordsOf([entry]).values(), [...earlier, ...later], [entry]);
  const isIntent = entry.transaction.body.type === "intent";
  if (undecided) await rerunProvisional(context, staging, space, [], new Set(isIntent ? [counter] : []));
  const changes = [...staging.changed()];
  const why = { code: "withdrawn", reason, at: context.runtime.wallMs(), withdrawn: row.counter };
  port.transaction(() => {
    staging.save();
    addDeadLetter(port, space, entry, why);
    replaceByVoid(context, space, entry.transaction);
    forgetConflictsWonBy(context, space, entry.transaction);
    if (isIntent) dropIntent(port, space, counter);
  });
  if (isIntent) context.undecided.set(space, undecidedIn(context, space) - 1);
  context.deadLetterCount = countDeadLetters(port);
  return { ...outcomeOf(row, changes), refused: true };
}
