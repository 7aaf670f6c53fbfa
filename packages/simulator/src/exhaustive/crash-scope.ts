/**
 * Short histories on the real engine, with a death at every operation of every disk: before it, in its middle and after it, with and without
 * the power. A crash point is counted when the death has struck; the enumeration ends where the run has no further disk operation.
 */
import type { SimulatedSqlite } from "../disk/load-sqlite.ts";
import { calmNetwork } from "../plan/draw-plan.ts";
import type { Death, Plan, PlannedFault, PlannedOperation } from "../plan/plan.ts";
import { simulate } from "../simulate.ts";
import type { TraceEvent } from "../world/trace-event.ts";

export interface CrashScope {
  /** Effects of the fleet's own app, one for each data type. */
  readonly effects: readonly string[];
  readonly devices: number;
  readonly operations: number;
  /** 1: every crash point. n: every n-th, for a glance. */
  readonly stride?: number;
}

export interface CrashScopeVerdict {
  histories: number;
  crashes: number;
  readonly failures: string[];
}

const stepMs = 1_000;
/** When everybody has started: from then on every operation of a disk is counted. */
const armedMs = stepMs / 2;
const failuresMax = 5;

/** Who is offline until the end. */
type Offline = readonly number[];

export async function runCrashScope(sqlite: SimulatedSqlite, scope: CrashScope): Promise<CrashScopeVerdict> {
  const verdict: CrashScopeVerdict = { histories: 0, crashes: 0, failures: [] };
  const { devices, stride = 1 } = scope;
  for (const operations of histories(scope))
    for (const offline of offlineChoices(devices)) {
      verdict.histories++;
      for (const machine of [...Array.from({ length: devices }, (_, index) => index), "server" as const])
        for (const power of [false, true])
          for (const phase of ["before", "middle", "after"] as const)
            for (let at = stride; ; at += stride) {
              const plan = planOf(scope, operations, offline, machine, { power, phase, operations: at, downMs: 50 });
              let struck = false;
              // Everybody starts once, before a death is armed: who starts later has died.
              const observe = ({ type, atMs }: TraceEvent): void => void (struck ||= type === "start" && atMs > armedMs);
              const { failures } = await simulate(plan, { sqlite, observe });
              for (const { checker, detail } of failures)
                if (verdict.failures.length < failuresMax) verdict.failures.push(`${describe(plan)}: ${checker}: ${detail}`);
              if (!struck) break;
              verdict.crashes++;
            }
    }
  return verdict;
}

/** Every sequence of effects and devices. */
function* histories(
  { effects, devices, operations }: CrashScope,
  done: readonly PlannedOperation[] = [],
): Generator<readonly PlannedOperation[]> {
  if (done.length === operations) {
    yield done;
    return;
  }
  for (let device = 0; device < devices; device++)
    for (const effect of effects) {
      const id = `op-${done.length}`;
      const next = { id, atMs: (done.length + 1) * stepMs, device, space: 0, effect, target: "0", amount: done.length + 1 };
      yield* histories({ effects, devices, operations }, [...done, next]);
    }
}

function offlineChoices(devices: number): readonly Offline[] {
  return [[], [0], Array.from({ length: devices }, (_, index) => index)];
}

function planOf(
  { devices }: CrashScope,
  operations: readonly PlannedOperation[],
  offline: Offline,
  machine: number | "server",
  death: Death,
): Plan {
  const durationMs = (operations.length + 1) * stepMs;
  const base = { id: "death", atMs: armedMs };
  const faults: PlannedFault[] = [
    machine === "server" ? { ...base, type: "server-dies", ...death } : { ...base, type: "die", device: machine, ...death },
  ];
  if (offline.length > 0)
    faults.unshift({ id: "offline", atMs: armedMs, type: "partition", devices: offline, forMs: durationMs - armedMs });
  return { seed: "exhaustive", config: { devices, spaces: 1, durationMs, network: calmNetwork, limits: {} }, operations, faults };
}

function describe({ operations, faults }: Plan): string {
  return `${operations.map(({ device, effect }) => `${device}: ${effect}`).join(", ")}; ${JSON.stringify(faults)}`;
}
