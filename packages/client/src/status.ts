/** What `status()` says. */
import type { BlockReason, SpaceId, WaitReason } from "@holdfast/core/engine";

/** `stopped`: a defect was met, reads go on and nothing is written or sent. */
export type ReplicaPhase = "open" | "closing" | "closed" | "stopped";

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
  readonly durability: Durability;
  readonly phase: ReplicaPhase;
}

export interface Durability {
  /** Whether the host keeps the file until it is asked to remove it. */
  readonly persistent: boolean;
  readonly synchronous: "full";
  /** `ephemeral`: there is no disk. What is written is in memory, is sent to r0, and is lost with the process. */
  readonly kind: "disk" | "ephemeral";
  /** Why it is ephemeral. */
  readonly reason?: EphemeralReason;
  /** A browser has taken the store away since the last visit, and with it what was pending: so many operations. */
  readonly lost?: { readonly pending: number };
  /**
   * In a browser: own writes wait for r0 since then (wall clock, ms), longer than `atRiskMs`, in a store that the browser may remove.
   * Connecting ends it, and so does a browser that is brought to keep the store (an installed app).
   */
  readonly atRisk?: { readonly since: number };
}

/** `missing`: the host has no such storage; `refused`: it said no, as private windows do; `hanging`: it did not answer in time. */
export type EphemeralReason = "missing" | "refused" | "hanging";

export type ConnectionStatus =
  | { readonly kind: "off" }
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  | { readonly kind: "waiting"; readonly reason: WaitReason }
  | { readonly kind: "blocked"; readonly reason: BlockReason };

export interface SpaceStatus {
  /** A whole state of the space has been here once. */
  readonly hasSynced: boolean;
  /** Of a whole state that is on its way: so many bytes of it are on the disk, and come only once. */
  readonly receivedBytes?: number;
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
