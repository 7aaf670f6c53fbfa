/**
 * Whole fleets in one deterministic process. For apps: `defineWorkload` says what people do and what must be true, and `simulateApp`,
 * or `holdfast simulate` on the command line, tries to break it.
 */
export { faultGroups } from "./app/fault-groups.ts";
export type { UserModules } from "./app/open-user-app.ts";
export {
  type FailingSeed,
  type Progress,
  simulateApp,
  type SimulateAppOptions,
  type SimulateAppResult,
  type SmallPlan,
} from "./app/simulate-app.ts";
export {
  defineWorkload,
  type Invariant,
  type InvariantCheck,
  type InvariantView,
  type Operation,
  type OperationContext,
  type Workload,
  type WorkloadReplica,
} from "./app/workload.ts";
export type { Failure } from "./fleet.ts";
export type { Plan, PlannedFault, PlannedOperation } from "./plan/plan.ts";
export { quantile } from "./report/figures.ts";
export type { Random } from "./random.ts";
export { planToText, readPlan } from "./app/plan-file.ts";
export { composeReport, type ReportSource } from "./report/compose-report.ts";
