/** A replica without a host: entry points such as `@holdfast/client/node` bring the ports. */
export type { Conflicts, DeadLetters } from "./conflicts.ts";
export type { ReplicaEventMap, ReplicaEventName } from "./events.ts";
export type { Inspection, PendingWrite, RecordReport } from "./inspection.ts";
export { type ReplicaLimits, replicaDefaults } from "./limits.ts";
export { openReplicaWith } from "./open-replica.ts";
export type { CycleStep, ReplicaOptions, ReplicaPorts } from "./options.ts";
export type { CollectionQuery } from "./query/collection-query.ts";
export type { Comparison, Filter } from "./query/filter.ts";
export type { Completeness, LiveChange, LiveQuery } from "./query/live.ts";
export type { OpenText, TextDoc } from "./query/open-text.ts";
export type { SqlQuery, SqlTag } from "./query/sql.ts";
export { findTextEdit, type TextEdit } from "./query/text-edit.ts";
export type { CollectionReader, Replica, SpaceReader } from "./replica.ts";
export type { ConnectionStatus, Durability, EphemeralReason, ReplicaPhase, ReplicaStatus, SpaceStatus } from "./status.ts";
export type { Conflict } from "./store/conflict-log.ts";
export type { DeadLetter, DeadLetterChange, DeadLetterPayload } from "./store/dead-letters.ts";
export type { Confirmation, Decision } from "./write/settlements.ts";
export type { Requested, Written } from "./write/write.ts";
