/** A run: a pure function from a plan to a report. First the faults, then peace, in which everything has to drain and agree. */
import type { App } from "./app/app.ts";
import { checkConvergence } from "./checkers/convergence.ts";
import type { SimulatedSqlite } from "./disk/load-sqlite.ts";
import { type Failure, Fleet } from "./fleet.ts";
import type { Plan } from "./plan/plan.ts";
import { strike } from "./strike.ts";
import { ledgerApp } from "./workload/ledger-app.ts";
import type { TraceEvent } from "./world/trace-event.ts";
import { keepsLogs } from "./people/keeps-logs.ts";
import { borrowGlobals } from "./world/virtual-globals.ts";
import { World } from "./world/world.ts";

export interface Report {
  readonly plan: Plan;
  /** Of everything that happened: equal plans give equal hashes. */
  readonly hash: string;
  readonly failures: readonly Failure[];
  readonly virtualMs: number;
  readonly events: number;
  /** Operations that some device began, and those that were acknowledged. */
  readonly tried: number;
  readonly acknowledged: number;
  readonly faults: ReadonlyMap<string, number>;
  /** States that were reached. */
  readonly points: ReadonlyMap<string, number>;
  /** Faults by the moment and the work that they met. */
  readonly coverage: ReadonlyMap<string, number>;
  /** What each device shows of each space at the end, written down; empty, if the run has failed before. */
  readonly outcome: ReadonlyMap<string, string>;
}

export interface SimulateOptions {
  readonly sqlite: SimulatedSqlite;
  /** The one whose operations the plan holds; the fleet's own, if none is named. */
  readonly app?: App;
  /** Told every line of the trace. */
  readonly print?: (line: string) => void;
  /** Told every event, in parts. */
  readonly observe?: (event: TraceEvent) => void;
}

/** From healing until everything is in step: the longest backoff, an open breaker, a lost poke, several times over. */
const drainMsMax = 20 * 60_000;

/** Peace is quiet: whoever makes more events than this asks again and again for what it does not get (F72). */
const peaceEventsMax = 50_000;

export async function simulate(plan: Plan, { sqlite, app = ledgerApp as unknown as App, ...watcher }: SimulateOptions): Promise<Report> {
  sqlite.reset(String(plan.seed));
  const world = new World(plan.seed, watcher);
  const fleet = new Fleet({ plan, app: app.forOneRun?.(plan) ?? app, world, sqlite });
  const { durationMs } = plan.config;
  for (const operation of plan.operations) world.schedule(operation.atMs, () => fleet.perform(operation));
  for (const fault of plan.faults) world.schedule(fault.atMs, () => strike(fleet, world, fault));
  // Only an app's own rules look at the globals: ours are held not to by lint and by `--doublecheck`.
  const giveBack = app.forOneRun === undefined ? (): void => {} : borrowGlobals(world);
  try {
    fleet.start();
    await world.run(durationMs, () => fleet.failures.length > 0);
    if (fleet.failures.length === 0) await endInPeace(plan, world, fleet);
    await shutDown(world, fleet);
  } finally {
    giveBack();
  }
  return {
    plan,
    hash: world.trace.hash,
    failures: fleet.failures,
    virtualMs: world.nowMs,
    events: world.events,
    tried: fleet.oracle.tried.size,
    acknowledged: fleet.oracle.acknowledged.size,
    faults: world.faults,
    points: world.points,
    coverage: fleet.coverage.counts,
    outcome: fleet.outcome,
  };
}

async function endInPeace(plan: Plan, world: World, fleet: Fleet): Promise<void> {
  world.note("peace", { type: "peace" });
  fleet.lose(plan.config.lost ?? []);
  fleet.heal();
  // Deaths and restores that were under way end first, and may bring a disk that is full again.
  await world.run(world.nowMs + plan.config.durationMs, () => fleet.living.every(({ replica }) => replica !== undefined));
  fleet.heal();
  // Users who are away come back, one after another, and find what they had left.
  do {
    const { events } = world;
    const isLoud = (): boolean => world.events - events > peaceEventsMax;
    await world.run(world.nowMs + drainMsMax, () => fleet.failures.length > 0 || isLoud() || fleet.isDrained());
    if (isLoud()) fleet.fail("liveness", `more than ${peaceEventsMax} events in peace, and still not in step`);
    if (fleet.failures.length > 0) return;
    if (!fleet.isDrained()) {
      for (const { name, replica } of fleet.living)
        fleet.fail("liveness", `${name} is not in step: ${replica === undefined ? "down" : JSON.stringify(replica.status())}`);
      return;
    }
    // Who goes away now, with a file that is sealed or given up, brings nothing back any more: no backup is put back behind them.
    world.isSettled = true;
  } while (fleet.changeUsers());
  fleet.mourn();
  for (let space = 0; space < plan.config.spaces; space++) {
    const ending = { space, oracle: fleet.oracle, endings: await fleet.endings(space), keepsLogs: keepsLogs(plan) };
    for (const { device, view } of ending.endings) fleet.outcome.set(`${device}, space ${space}`, toCanonical(view));
    for (const [name, check] of Object.entries({ convergence: checkConvergence, ...fleet.app.endingCheckers }))
      for (const wrong of check(ending)) fleet.fail(name, wrong);
    for (const device of fleet.living) fleet.read(device, space);
  }
  fleet.inspect();
}

/** Equal views give equal text. */
function toCanonical(view: unknown): string {
  return JSON.stringify(view, (_, value: unknown): unknown => {
    if (value instanceof Map)
      return Object.fromEntries([...(value as Map<unknown, unknown>)].map(([key, each]) => [String(key), each]).sort());
    if (value instanceof Set) return [...(value as Set<unknown>)].sort();
    return typeof value === "bigint" ? `${value}n` : value;
  });
}

/** The processes die, and their memory is given back. */
async function shutDown(world: World, fleet: Fleet): Promise<void> {
  world.over = true;
  world.trace.close();
  for (const machine of [fleet.server, ...fleet.server.instances, ...fleet.devices]) machine.process?.mount.kill();
  await world.run(world.nowMs);
}
