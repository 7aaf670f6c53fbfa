/** What `status()` says. It is derived from rows and from the cycle at the moment of the call, and claims nothing that they do not show (F24). */
import { type BlockReason, type CycleState, isSpaceSynced, type SpaceId, type WaitReason } from "@holdfast/core/engine";
import type { ReplicaContext } from "./context.ts";

export interface ReplicaStatus {
  readonly connection: ConnectionStatus;
  /** Own operations that r0 has not answered. */
  readonly pending: number;
  /** Dead letters that the app has not disposed of. */
  readonly refused: number;
  readonly conflicts: number;
  /** Wall clock (ms) of the last moment at which every followed space was in step; undefined before the first. */
  readonly lastSyncedAt: number | undefined;
  readonly spaces: Readonly<Record<SpaceId, SpaceStatus>>;
  readonly durability: { readonly persistent: boolean; readonly synchronous: "full" };
  readonly phase: ReplicaContext["phase"];
}

export type ConnectionStatus =
  | { readonly kind: "off" }
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  | { readonly kind: "waiting"; readonly reason: WaitReason }
  | { readonly kind: "blocked"; readonly reason: BlockReason };

export interface SpaceStatus {
  /** A whole state of the space has been here once. */
  readonly hasSynced: boolean;
  /** Nothing pending, a live session, and everything applied up to a head that r0 named after the last acknowledgement. */
  readonly synced: boolean;
  /** Milliseconds by the wall clock since the space was last in step. */
  readonly cursorAge: number | undefined;
  readonly sequence: number;
  readonly pending: number;
  readonly access: "unknown" | "none" | "read" | "write";
  /** Other spaces that a held page waits for. */
  readonly waitingFor: readonly SpaceId[];
}

export function composeStatus(context: ReplicaContext, cycle: CycleState, persistent: boolean): ReplicaStatus {
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
    durability: { persistent, synchronous: "full" },
    phase: context.phase,
  };
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
