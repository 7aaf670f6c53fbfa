/** Leaving: a space, or the whole file. Nothing pending vanishes without being asked for (trap 13). */
import { callerError, type SpaceId } from "@holdfast/core/engine";
import { clearRecords } from "./apply/apply-snapshot.ts";
import type { ReplicaContext } from "./context.ts";
import { readLog } from "./store/change-log.ts";
import { countConflicts } from "./store/conflict-log.ts";
import { type DeadLetterPayload, payloadOf } from "./store/dead-letters.ts";
import { writeMeta } from "./store/meta.ts";
import { scrubQuietly, wipe } from "./store/open-store.ts";
import { type SpaceRow, writeSpace, fromTheStart } from "./store/spaces.ts";
import { replaceByVoid } from "./apply/apply-pushed.ts";

/** The rows leave; the counters stay, so that following again goes on where it was. */
export function unfollowSpace(context: ReplicaContext, space: SpaceId, discard: boolean): void {
  const row = context.spaces.get(space);
  if (row === undefined) return;
  const { port } = context;
  const pending = readLog(port, space, row.settledThrough, row.counter).filter(({ transaction }) => transaction.body.type !== "void");
  if (pending.length > 0 && !discard)
    throw callerError(
      "limit-reached",
      `"${space}" has ${pending.length} writes that r0 has not answered.`,
      "Sync first, or pass { discard: true }.",
    );
  const next: SpaceRow = { ...row, followed: false, ...fromTheStart, syncedAt: undefined };
  port.transaction(() => {
    clearRecords(context, space);
    for (const entry of pending) replaceByVoid(context, space, entry.transaction);
    port.run("DELETE FROM _log WHERE space = ? AND counter_last <= ?", [space, row.settledThrough]);
    for (const table of ["_snapshot", "_intents", "_conflicts"]) port.run(`DELETE FROM ${table} WHERE space = ?`, [space]);
    writeSpace(port, next);
  });
  Object.assign(row, next);
  context.undecided.delete(space);
  context.conflictCount = countConflicts(port);
}

/** What was pending and is discarded. */
export function signOut(
  context: ReplicaContext,
  pending: "keep" | "discard",
): readonly { readonly space: SpaceId; readonly payload: DeadLetterPayload }[] {
  const { port, store } = context;
  if (pending === "keep") {
    port.transaction(() => writeMeta(port, "sealed", 1));
    return [];
  }
  const discarded = [...context.spaces.values()].flatMap((row) =>
    readLog(port, row.space, row.settledThrough, row.counter)
      .filter(({ transaction }) => transaction.body.type !== "void")
      .map(({ transaction, increments }) => ({ space: row.space, payload: payloadOf(store.lattices, transaction, increments) })),
  );
  // First the intention, then the deed: a kill in between is finished at the next open, before anything is read (F39).
  port.transaction(() => writeMeta(port, "wiping", 1));
  port.transaction(() => wipe(port));
  scrubQuietly(port);
  return discarded;
}
