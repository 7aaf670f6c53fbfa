/** The ways in which a plan is made smaller. Each goes on from what still fails. */
import { calmNetwork } from "../plan/draw-plan.ts";
import type { NetworkConfig, Plan, PlanConfig, PlannedFault, PlannedOperation } from "../plan/plan.ts";
import { dropSome } from "./drop-some.ts";
import { capPause, capPauses, pausesOf } from "./moments.ts";
import { type Json, simplifications, withValue } from "./simpler-values.ts";

/** Says whether this plan fails as the first one did. */
export type Attempt = (candidate: Plan) => Promise<boolean>;
/** Whoever attempts remembers what failed. */
export type Pass = (plan: Plan, attempt: Attempt) => Promise<void>;

/** In this order: what makes the runs that follow shorter comes first. */
export const passes: Readonly<Record<string, Pass>> = {
  "fewer faults": dropFaults,
  "fewer sessions": (plan, attempt) => dropGroups(plan, attempt, ({ id }) => id.split("-")[0] ?? id),
  "fewer people": (plan, attempt) => dropGroups(plan, attempt, ({ device }) => String(device)),
  "less time": shortenTime,
  "fewer operations": (plan, attempt) => dropGroups(plan, attempt, ({ id }) => id),
  "fewer devices": dropDevices,
  "fewer spaces": dropSpaces,
  "a calmer network": calm,
  "simpler settings": simplifyConfig,
  "simpler faults": simplifyFaults,
};

async function dropFaults(plan: Plan, attempt: Attempt): Promise<void> {
  await dropSome(plan.faults, (rest) => attempt({ ...plan, faults: rest }));
}

async function dropGroups(plan: Plan, attempt: Attempt, groupOf: (operation: PlannedOperation) => string): Promise<void> {
  const without = (groups: readonly string[]): Plan => ({
    ...plan,
    operations: plan.operations.filter((each) => groups.includes(groupOf(each))),
  });
  await dropSome([...new Set(plan.operations.map(groupOf))], (rest) => attempt(without(rest)));
}

async function shortenTime(plan: Plan, attempt: Attempt): Promise<void> {
  let shortest = plan;
  for (const pauseMsMax of [100, 1_000, 10_000, 60_000, 600_000, 3_600_000]) {
    const candidate = capPauses(shortest, pauseMsMax);
    if (candidate.config.durationMs >= shortest.config.durationMs || !(await attempt(candidate))) continue;
    shortest = candidate;
    break;
  }
  for (const n of pausesOf(shortest).keys())
    for (const pauseMsMax of [100, 1_000, 10_000, 60_000, 600_000]) {
      if ((pausesOf(shortest)[n] ?? 0) <= pauseMsMax) break;
      const candidate = capPause(shortest, n, pauseMsMax);
      if (!(await attempt(candidate))) continue;
      shortest = candidate;
      break;
    }
}

/** One device after another goes, with all that it does; those behind it move up. */
async function dropDevices(plan: Plan, attempt: Attempt): Promise<void> {
  let fewest = plan;
  for (let device = plan.config.devices - 1; device >= 0 && fewest.config.devices > 1; device--) {
    const candidate = withoutDevice(fewest, device);
    if (await attempt(candidate)) fewest = candidate;
  }
}

function withoutDevice(plan: Plan, gone: number): Plan {
  const move = (device: number): number => (device > gone ? device - 1 : device);
  const faults = plan.faults.flatMap((fault): readonly PlannedFault[] => {
    if ("devices" in fault) {
      const devices = fault.devices.filter((device) => device !== gone).map(move);
      return devices.length === 0 ? [] : [{ ...fault, devices }];
    }
    if (!("device" in fault) || typeof fault.device !== "number") return [fault];
    return fault.device === gone ? [] : [{ ...fault, device: move(fault.device) }];
  });
  return {
    ...plan,
    config: configWithout(plan.config, gone),
    operations: plan.operations.filter(({ device }) => device !== gone).map((each) => ({ ...each, device: move(each.device) })),
    faults,
  };
}

function configWithout(config: PlanConfig, gone: number): PlanConfig {
  const { devices, people, lost } = config;
  return {
    ...config,
    devices: devices - 1,
    ...(people !== undefined && { people: { ...people, devices: people.devices.filter((_, device) => device !== gone) } }),
    ...(lost !== undefined && { lost: lost.filter((device) => device !== gone).map((device) => (device > gone ? device - 1 : device)) }),
  };
}

/** Everything happens in one space; or only what happens in the first. */
async function dropSpaces(plan: Plan, attempt: Attempt): Promise<void> {
  if (plan.config.spaces === 1) return;
  const into = (operations: readonly PlannedOperation[]): Plan => ({
    ...plan,
    config: { ...plan.config, spaces: 1 },
    operations: operations.map((each) => ({ ...each, space: 0 })),
    faults: plan.faults.map((fault) => ("space" in fault ? { ...fault, space: 0 } : fault)),
  });
  const candidates = [into(plan.operations), ...[0, 1].map((kept) => into(plan.operations.filter(({ space }) => space === kept)))];
  for (const candidate of candidates) if (await attempt(candidate)) return;
}

async function calm(plan: Plan, attempt: Attempt): Promise<void> {
  const withNetwork = (network: NetworkConfig): Plan => ({ ...plan, config: { ...plan.config, network } });
  let { network } = plan.config;
  if (JSON.stringify(network) === JSON.stringify(calmNetwork) || (await attempt(withNetwork(calmNetwork)))) return;
  for (const name of Object.keys(network) as (keyof NetworkConfig)[]) {
    const { [name]: rate, ...others } = network;
    const calmer = { ...others, ...(name in calmNetwork && { [name]: calmNetwork[name] }) } as NetworkConfig;
    if (rate !== calmer[name] && (await attempt(withNetwork(calmer)))) network = calmer;
  }
}

async function simplifyConfig(plan: Plan, attempt: Attempt): Promise<void> {
  const { devices, spaces, durationMs, network, limits, ...others } = plan.config;
  const base = { devices, spaces, durationMs, network } satisfies Omit<Plan["config"], "limits">;
  const withConfig = (changed: Json): Plan => ({ ...plan, config: { ...base, ...(changed as object) } as Plan["config"] });
  const bare = withConfig({ limits: {} });
  if (Object.keys({ ...limits, ...others }).length > 0 && (await attempt(bare))) return;
  const fewer = await simplify(others as Json, true, (changed) => attempt(withConfig({ ...(changed as object), limits: limits as Json })));
  await simplify(limits as Json, true, (changed) => attempt(withConfig({ ...(fewer as object), limits: changed })));
}

async function simplifyFaults(plan: Plan, attempt: Attempt): Promise<void> {
  const withFaults = (faults: Json): Plan => ({ ...plan, faults: faults as unknown as readonly PlannedFault[] });
  await simplify(plan.faults as unknown as Json, false, (faults) => attempt(withFaults(faults)));
}

/** The simplest that still fails. */
async function simplify(value: Json, isOptional: boolean, attempt: (candidate: Json) => Promise<boolean>): Promise<Json> {
  let simplest = value;
  for (const { path, values } of simplifications(value, isOptional))
    for (const replacement of values) {
      const candidate = withValue(simplest, path, replacement);
      if (JSON.stringify(candidate) === JSON.stringify(simplest) || !(await attempt(candidate))) continue;
      simplest = candidate;
      break;
    }
  return simplest;
}
