/** Kinds of faults, as the command line names them: each is a group of what a plan can hold. */
import { calmNetwork } from "../plan/draw-plan.ts";
import type { Plan, PlannedFault } from "../plan/plan.ts";

type FaultType = PlannedFault["type"];

const groups = {
  kill: ["die", "die-recovering", "server-dies", "instance-dies", "instance-closes", "second-process"],
  power: ["die-twice"],
  partition: ["partition", "answers-lost", "pushes-held"],
  sleep: ["suspend", "background", "instance-suspends"],
  clock: ["clock-jump", "clock-run"],
  disk: ["disk-full", "disk-error", "bit-flip"],
  backup: ["restore", "restore-server", "clone"],
  compact: ["compact"],
} as const satisfies Readonly<Record<string, readonly FaultType[]>>;

/** What has no moment of its own, but lasts for the run. */
const lasting = {
  network: "messages that are late, lost or cut, and answers of proxies",
  instances: "a server of several processes",
  limits: "limits of the product at their extremes",
  lost: "devices that never come back",
} as const;

export const faultGroups: readonly string[] = [...Object.keys(groups), ...Object.keys(lasting)];

/** Deaths without power need `power`; with it alone, deaths are by power only. `undefined` keeps the plan as it is. */
export function keepFaults(plan: Plan, kept: ReadonlySet<string> | undefined): Plan {
  if (kept === undefined) return plan;
  const { network, limits, server, lost, ...config } = plan.config;
  const isKept = (fault: PlannedFault): boolean =>
    Object.entries(groups).some(([group, types]) => kept.has(group) && (types as readonly FaultType[]).includes(fault.type)) ||
    (kept.has("power") && "power" in fault && fault.power && fault.type !== "server-dies");
  return {
    ...plan,
    config: {
      ...config,
      network: kept.has("network") ? network : { ...calmNetwork, delayMsMean: Math.min(network.delayMsMean, 200) },
      limits: kept.has("limits") ? limits : {},
      ...(kept.has("instances") && server !== undefined && { server }),
      ...(kept.has("lost") && lost !== undefined && { lost }),
    },
    faults: plan.faults.filter(isKept).map((fault) => ("power" in fault && !kept.has("power") ? { ...fault, power: false } : fault)),
  };
}
