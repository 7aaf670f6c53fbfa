/** Whole fleets in one deterministic process. Not published yet. */
export { loadSqlite, type SimulatedSqlite } from "./disk/load-sqlite.ts";
export { drawPlan } from "./plan/draw-plan.ts";
export type { Plan, PlannedFault, PlannedOperation } from "./plan/plan.ts";
export { type Report, simulate, type SimulateOptions } from "./simulate.ts";
