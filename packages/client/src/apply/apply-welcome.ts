/** What a welcome says about each space, made durable: the principal, r0's epoch, access, and whether this file's history is the one that r0 knows. */
import { compareBytes, type ServerMessage, type WelcomeSpace } from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import { dropDependencies, readLog } from "../store/change-log.ts";
import { writeMeta } from "../store/meta.ts";
import { type SpaceRow, writeSpace, fromTheStart } from "../store/spaces.ts";
import { chainOf, findWithdrawn } from "./put-back.ts";
import { loseAccess } from "./lose-access.ts";
import { hearRefused } from "./refused-anew.ts";
import { isInDoubt, reopen } from "./reopen.ts";
import { rewind } from "./rewind.ts";
import { offerPending } from "./fork.ts";
import { forkNextSession } from "./fork-next-session.ts";
import { type ApplyOutcome, everything, outcomeOf } from "./outcome.ts";
import type { Changed } from "../context.ts";

type Welcome = Extract<ServerMessage, { type: "welcome" }>;

export async function applyWelcome(context: ReplicaContext, message: Welcome): Promise<ApplyOutcome> {
  saveSession(context, message);
  const changes: Changed[] = [];
  let refused = false;
  let isDue = context.forkDue || message.copied === true;
  const changed: SpaceRow[] = [];
  for (const welcomed of message.spaces) {
    const row = context.spaces.get(welcomed.space);
    if (row === undefined) continue;
    if (welcomed.access === "none") {
      refused = loseAccess(context, row, welcomed) || refused;
      changes.push({ space: row.space, collection: everything, id: everything });
      continue;
    }
    // In memory: the page that follows makes it durable, and so does a write, whose log row holds it. No commit for it alone.
    row.lamport = Math.max(row.lamport, welcomed.lamport);
    context.welcomedMarks.set(row.space, welcomed.mark);
    if (welcomed.mark < row.settledThrough) rewind(context, row, welcomed);
    if (row.access !== welcomed.access) changed.push({ ...row, access: welcomed.access });
    if (!isOtherHistory(context, row, welcomed)) {
      const heard = await hearRefused(context, row, welcomed);
      changes.push(...(heard?.changes ?? []));
      refused ||= heard !== undefined;
      continue;
    }
    isDue = true;
    if (isInDoubt(row)) reopen(context, row);
  }
  saveAccess(context, changed);
  if (isDue) {
    const welcomed = message.spaces.map(({ space }) => space);
    // Within a session, a space is followed: the others go on, and have to stop first.
    if ([...context.spaces.values()].some((row) => row.followed && !welcomed.includes(row.space))) return forkNextSession(context);
    const offered = await offerPending(context, message.spaces);
    return { ...offered, changes: [...changes, ...offered.changes], refused };
  }
  const applied = message.spaces.flatMap(({ space }) => {
    const row = context.spaces.get(space);
    return row === undefined ? [] : outcomeOf(row).applied;
  });
  return { applied, changes, refused };
}

/** r0 has less under this id than it has confirmed, more than this file ever wrote, or something else under the same counters (traps 4, 6, 21). */
function isOtherHistory(context: ReplicaContext, row: SpaceRow, welcomed: WelcomeSpace): boolean {
  if (welcomed.mark < row.settledThrough || welcomed.mark > row.counter) return true;
  const answered = readLog(context.port, row.space, row.settledThrough, welcomed.mark, -1, context.store.transactions);
  return (
    compareBytes(welcomed.chain, chainOf(row.chain, answered)) !== 0 && findWithdrawn(context, row, answered, welcomed.chain) === undefined
  );
}

/**
 * A new epoch is another history: every position of the old one is void, and what it confirmed may be gone (trap 6). Dependencies of what is
 * said again would hold it back for ever, or have it refused: they name positions of the old one.
 */
function saveSession(context: ReplicaContext, message: Welcome): void {
  const isNewUser = context.principal === "" && message.principal !== "";
  const isNewEpoch = context.epoch !== message.epoch;
  if (!isNewUser && !isNewEpoch) return;
  const reset =
    isNewEpoch && context.epoch !== ""
      ? [...context.spaces.values()].map((row): SpaceRow => ({ ...row, ...fromTheStart, answeredOwn: 0, resaying: true }))
      : [];
  context.port.transaction(() => {
    if (isNewUser) writeMeta(context.port, "principal", message.principal);
    if (isNewEpoch) writeMeta(context.port, "epoch", message.epoch);
    if (reset.length > 0) {
      context.port.run("DELETE FROM _snapshot");
      // Accepted, and their effect was awaited at a position of the old history: it is in the snapshot, or will be decided again.
      context.port.run("UPDATE _intents SET sequence = 0 WHERE sequence IS NOT NULL");
      for (const { space, mark } of message.spaces)
        dropDependencies(context.port, space, Math.max(mark, context.spaces.get(space)?.settledThrough ?? 0));
    }
    for (const row of reset) writeSpace(context.port, row);
  });
  if (isNewUser) context.principal = message.principal;
  context.epoch = message.epoch;
  for (const row of reset) Object.assign(context.spaces.get(row.space) ?? {}, row);
  if (reset.length > 0) context.saidDependencies.clear();
}

/** One commit, however many spaces are welcomed. */
function saveAccess(context: ReplicaContext, changed: readonly SpaceRow[]): void {
  if (changed.length === 0) return;
  context.port.transaction(() => changed.forEach((row) => writeSpace(context.port, row)));
  for (const { space, access } of changed) Object.assign(context.spaces.get(space) ?? {}, { access });
}
