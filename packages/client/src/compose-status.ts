/** `status()`, derived from rows and from the cycle at the moment of the call: it claims nothing that they do not show (F24). */
import { type CycleState, isSpaceSynced, type SpaceId } from "@holdfast/core/engine";
import type { ReplicaContext } from "./context.ts";
import type { ReplicaPorts } from "./options.ts";
import { countSetAside } from "./store/set-aside.ts";
import type { ConnectionStatus, Durability, ReplicaStatus, SpaceStatus } from "./status.ts";

export function composeStatus(
  context: ReplicaContext,
  cycle: CycleState,
  host: Pick<ReplicaPorts, "persistent" | "ephemeral">,
): ReplicaStatus {
  const wallMs = context.runtime.wallMs();
  const spaces = Object.create(null) as Record<SpaceId, SpaceStatus>;
  let pending = 0;
  let lastSyncedAt: number | undefined;
  let all = true;
  for (const row of context.spaces.values()) {
    // Without access, what was pending is among the dead letters, and voids hold its place.
    const own = row.access === "none" ? 0 : row.counter - row.settledThrough;
    pending += own;
    if (!row.followed) continue;
    const space = cycle.spaces.get(row.space);
    const synced = space !== undefined && own === 0 && isSpaceSynced(cycle, space);
    spaces[row.space] = {
      hasSynced: row.syncedAt !== undefined || (row.cursor.length > 0 && !row.bootstrapping),
      ...(row.bootstrapping && receivedOf(context, row.space)),
      synced,
      cursorAge: row.syncedAt === undefined ? undefined : Math.max(0, wallMs - row.syncedAt),
      sequence: row.sequence,
      pending: own,
      access: row.access,
      waitingFor: [...(space?.waitingFor.keys() ?? [])],
    };
    if (row.access === "none") continue;
    if (row.syncedAt === undefined) all = false;
    else lastSyncedAt = Math.min(lastSyncedAt ?? row.syncedAt, row.syncedAt);
  }
  return {
    connection: connectionOf(cycle),
    pending,
    refused: context.deadLetterCount,
    conflicts: context.conflictCount,
    lastSyncedAt: all ? lastSyncedAt : undefined,
    spaces,
    durability: durabilityOf(host),
    phase: context.phase,
  };
}

function durabilityOf({ persistent, ephemeral }: Pick<ReplicaPorts, "persistent" | "ephemeral">): Durability {
  if (ephemeral === undefined) return { persistent, synchronous: "full", kind: "disk" };
  return { persistent: false, synchronous: "full", kind: "ephemeral", reason: ephemeral };
}

function connectionOf({ link }: CycleState): ConnectionStatus {
  switch (link.kind) {
    case "stopped":
      return { kind: "off" };
    case "waiting":
      return { kind: "waiting", reason: link.reason };
    case "blocked":
      return { kind: "blocked", reason: link.reason };
    case "live":
      return { kind: "connected" };
    default:
      return { kind: "connecting" };
  }
}

/** A disk that does not answer now says nothing of them: a status is asked for at any time, and never fails. */
function receivedOf({ port }: ReplicaContext, space: SpaceId): { readonly receivedBytes?: number } {
  try {
    return { receivedBytes: countSetAside(port, space) };
  } catch {
    return {};
  }
}
