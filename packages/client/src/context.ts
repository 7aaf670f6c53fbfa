/** What the parts of one replica share. Rows have the last word; what is here is read from them at the start and follows each commit. */
import type { ReplicaId, Runtime, SchemaSpec, SpaceId, SqlitePort } from "@holdfast/core/engine";
import type { ReplicaEvents } from "./events.ts";
import type { ReplicaLimits } from "./limits.ts";
import type { ReplicaPhase } from "./status.ts";
import type { SpaceRow } from "./store/spaces.ts";
import type { Store } from "./store/store.ts";
import type { Settlements } from "./write/settlements.ts";

export interface Changed {
  readonly space: SpaceId;
  readonly collection: string;
  readonly id: string;
}

export interface ReplicaContext {
  readonly port: SqlitePort;
  readonly store: Store;
  readonly schema: SchemaSpec;
  readonly runtime: Runtime;
  readonly limits: ReplicaLimits;
  readonly events: ReplicaEvents;
  readonly settlements: Settlements;
  /** Every known space, followed or not. Changed only after the commit that says the same. */
  readonly spaces: Map<SpaceId, SpaceRow>;
  /** Undecided intents, and accepted ones whose effect has not arrived, by space. */
  readonly undecided: Map<SpaceId, number>;
  /** What was last said of other spaces in a write to this one: space → other space → sequence. */
  readonly saidDependencies: Map<SpaceId, Map<SpaceId, number>>;
  /** r0 knows another history of this id: at the next session it takes a new one. */
  forkDue: boolean;
  /** Own operations up to here were confirmed when the space was last pulled. */
  readonly pulledOwn: Map<SpaceId, number>;
  /** Nothing was pending when the space was last pulled. */
  readonly pulledIdle: Set<SpaceId>;
  /** Own operations up to here r0 had decided at the last welcome. */
  readonly welcomedMarks: Map<SpaceId, number>;
  /** Of the answers to pushes since the space was last pulled: how far they went, and r0's head then. */
  readonly answers: Map<SpaceId, readonly { readonly mark: number; readonly head: number }[]>;
  /** The Yjs client id of this session: drawn at the start, and where rows go back to what they were; never derived, never used again (F27). */
  textSession: number;
  /** Rows have left whose bytes may still be in the file. */
  isScrubOwed: boolean;
  /** The file's writes are counted, across its spaces: the number of the last. */
  written: number;
  replica: ReplicaId;
  principal: string;
  epoch: string;
  conflictCount: number;
  deadLetterCount: number;
  phase: ReplicaPhase;
  /** 128 random bits, as 22 characters. */
  mintRecordId(): string;
  /** An error of the app's own code, where nobody awaits it. */
  report(error: unknown): void;
  /** Why it stopped. */
  defect: unknown;
}

/** Requests of a space that r0 has not decided, as far as it is known here. */
export function undecidedIn({ undecided }: Pick<ReplicaContext, "undecided">, space: SpaceId): number {
  return undecided.get(space) ?? 0;
}
