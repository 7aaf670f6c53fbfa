/** What every decision of an instance can look at: the schema's rules and the app's callbacks, for one epoch. */
import type { AdmissionRules, DecodeMemo, RecordState, ReplicaId, Runtime, SpaceId, Transaction } from "@holdfast/core/engine";
import type { ServerLimits } from "../limits.ts";
import type { Authorize, Awaitable, LogEntry, Principal, RestoredPolicy } from "../options.ts";
import type { Decision } from "../decision.ts";
import type { Patience } from "./patience.ts";

/** Of any schema: the schema's validator has made the input what the arbiter expects. */
export type AnyArbiter = (tx: unknown, input: unknown, principal: Principal) => Awaitable<Decision>;

export interface DecisionContext {
  readonly rules: AdmissionRules;
  readonly authorize: Authorize<Principal>;
  readonly arbiters: ReadonlyMap<string, AnyArbiter>;
  /** r0's replica id. */
  readonly epoch: ReplicaId;
  /** This history was restored once: contexts may name what the backup had lost, and are not bounded by it. */
  readonly restored: boolean;
  readonly restoredPolicy: RestoredPolicy;
  readonly patience: Patience;
  /** What a space's clock is at least: of one that the backup did not know, devices may bring stamps as high as of any other. */
  readonly lamportMin: number;
  /** How high stamps may be that come from what a backup had lost. */
  readonly lamportLost: number;
  readonly headsOf: (spaces: readonly SpaceId[]) => Promise<ReadonlyMap<SpaceId, number>>;
  /** Whose a replica id is; this user's from now on, if it was nobody's. */
  readonly ownerOf: (replica: ReplicaId, principal: string) => Promise<string>;
  readonly runtime: Runtime;
  readonly limits: ServerLimits;
  /** Names the Yjs client of r0's own text edits. */
  readonly textSession: number;
  readonly log: (entry: LogEntry) => void;
  /** What was decoded or written a moment ago. Found by its bytes, so that it is right whoever else writes to the store. */
  readonly states: DecodeMemo<RecordState>;
  readonly transactions: DecodeMemo<Transaction>;
}
