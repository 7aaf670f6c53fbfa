/** A run, written down: everything that happens to a fleet but what follows from it. The same plan gives the same run, byte for byte. */
import type { Seed } from "../random.ts";

export interface Plan {
  readonly seed: Seed;
  readonly config: PlanConfig;
  readonly operations: readonly PlannedOperation[];
  readonly faults: readonly PlannedFault[];
}

export interface PlanConfig {
  readonly devices: number;
  readonly spaces: number;
  /** Faults and operations happen within this; then everything is healed, and has to drain. */
  readonly durationMs: number;
  readonly network: NetworkConfig;
  /** How often a device's fsync says that it has happened and has not. No plan of a seed has it: it is what the simulator must find out. */
  readonly lyingSyncRate?: number;
  /** Limits at their extremes, or nothing. */
  readonly limits: LimitsConfig;
}

/** Rates are of connections or of messages, as named. */
export interface NetworkConfig {
  readonly delayMsMean: number;
  /** A message is lost with its connection, and both ends hear of it. */
  readonly cutPerMessage: number;
  /** From this message on nothing arrives, and nobody is told. */
  readonly swallowPerMessage: number;
  readonly unreachablePerConnection: number;
  /** 429 and 5xx, half of them with `Retry-After`. */
  readonly unavailablePerConnection: number;
  readonly notServerPerConnection: number;
}

export interface LimitsConfig {
  readonly pushTransactionsMax?: number;
  readonly pageBytesMax?: number;
  readonly pageTransactionsMax?: number;
  readonly confirmedKeptMax?: number;
  readonly conflictsMax?: number;
  readonly outcomeRetentionMs?: number;
}

export interface PlannedOperation {
  readonly id: string;
  readonly atMs: number;
  readonly device: number;
  readonly space: number;
  /** What is done, to what, and how much: words of the app. */
  readonly effect: string;
  readonly target: string;
  readonly amount: number;
  /** What else the app has drawn for it, as JSON. */
  readonly input?: unknown;
}

/** How a process dies: at once, or at the n-th disk operation from then on. */
export interface Death {
  readonly power: boolean;
  readonly operations: number;
  readonly phase: "before" | "middle" | "after";
  readonly downMs: number;
}

export type PlannedFault = { readonly id: string; readonly atMs: number } & (
  | ({ readonly type: "die"; readonly device: number } & Death)
  /** A kill, and the power fails `afterMs` later: what was visible after the kill was perhaps never durable (trap 21). */
  | ({ readonly type: "die-twice"; readonly device: number; readonly afterMs: number } & Death)
  | ({ readonly type: "server-dies" } & Death)
  | { readonly type: "partition"; readonly devices: readonly number[]; readonly forMs: number }
  | { readonly type: "clock-jump"; readonly device: number | "server"; readonly byMs: number }
  | { readonly type: "disk-full"; readonly device: number | "server"; readonly forMs: number }
  | { readonly type: "disk-error"; readonly device: number | "server"; readonly operations: number }
  /** The device dies, and comes back as it was `backMs` earlier: a phone restored from its backup (trap 4). */
  | { readonly type: "restore"; readonly device: number; readonly backMs: number; readonly downMs: number }
  /** A second device starts from a copy of this one's disk. */
  | { readonly type: "clone"; readonly device: number }
  /** r0 drops its stream but for the last changes: who is further behind gets a snapshot. */
  | { readonly type: "compact"; readonly space: number; readonly keep: number }
  | { readonly type: "background"; readonly device: number; readonly forMs: number }
);
