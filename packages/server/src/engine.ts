/** What adapters of other shared databases are made of, and the simulator's model of one. Not for apps. */
export {
  type CommitAnswer,
  commitsRemembered,
  type GroupAnswer,
  type OptimisticBackend,
  type SpaceCommits,
  type SpaceLock,
  type VersionedBatch,
} from "./store/optimistic-backend.ts";
export type { OptimisticLimits } from "./store/optimistic-limits.ts";
export { createOptimisticTurns, type OptimisticTurns, type OptimisticTurnsParts } from "./store/optimistic-turns.ts";
