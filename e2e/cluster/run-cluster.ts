/** A run: a cluster, a fleet that writes into it, strikes, then peace, and what is left. */
import { join } from "node:path";
import { postgresStore } from "@holdfast/server/postgres";
import { bundleProgram } from "../harness/child-process.ts";
import { createTempDir } from "../harness/temp-dir.ts";
import { type Second, startFleet } from "./fleet.ts";
import { type ClusterVerdict, judgeCluster } from "./judge-cluster.ts";
import { spacesOf } from "./spaces-of.ts";
import { type Strike, strikes, type Struck } from "./strikes.ts";
import { startTopology, type Topology } from "./topology.ts";

export interface ClusterRunOptions {
  readonly seed: number;
  readonly devices: number;
  readonly processes: number;
  readonly instances: number;
  readonly teams: number;
  readonly halls: number;
  readonly writingMs: number;
  /** Between two writes of one device, on average. */
  readonly pauseMs: number;
  /** After the last strike, everything is in step within this. */
  readonly settleMsMax: number;
  readonly strikes?: readonly Strike[];
  readonly told?: (line: string) => void;
}

export interface ClusterRun {
  readonly wrong: readonly string[];
  readonly verdict: ClusterVerdict;
  readonly seconds: readonly Second[];
  readonly struck: readonly Struck[];
  readonly acknowledged: number;
  readonly wroteMs: number;
  /** From the last write to all digests equal. */
  readonly settledMs: number;
  readonly metrics: readonly string[];
}

export async function runCluster(options: ClusterRunOptions): Promise<ClusterRun> {
  const told = options.told ?? (() => {});
  const directory = createTempDir("cluster");
  const app = new URL("./app.ts", import.meta.url).pathname;
  let topology: Topology | undefined;
  try {
    const program = await bundleProgram("fleet", directory, new URL("./fleet.child.ts", import.meta.url));
    // A deployment's: rates are counted in the Redis that is killed, and a drain is seen by HAProxy before it refuses anything.
    const config = new URL("../../deploy/app/limits.json", import.meta.url).pathname;
    topology = await startTopology({ folder: directory.path, instances: options.instances, app, config, told });
    const running = topology;
    const startMs = performance.now();
    const fleet = await startFleet({
      program,
      directory,
      server: topology.url,
      folder: directory.path,
      devices: options.devices,
      processes: options.processes,
      seed: options.seed,
      teams: options.teams,
      halls: options.halls,
      pauseMs: options.pauseMs,
    });
    told(`${options.devices} devices write`);
    const struck = await strikeAll(running, fleet.seconds, options, startMs, told);
    await fleet.stopWriting();
    const wroteMs = performance.now() - startMs;
    told("no more writes; waiting until all is in step");
    const wrong = await settle(fleet, options.settleMsMax, told);
    const settledMs = performance.now() - startMs - wroteMs;
    const metrics = await Promise.all(
      topology.instances.map((instance) => fetch(instance.metricsUrl).then((reply) => reply.text(), String)),
    );
    const last = await fleet.look();
    if (last.refused > 0) wrong.push(`${last.refused} dead letters, and nothing may be refused here`);
    wrong.push(...last.wrong);
    const acknowledged = await fleet.close();
    await Promise.all(topology.instances.map((instance) => instance.drain()));
    told("closed; reading what is left");
    const store = await postgresStore({ url: topology.postgresUrl });
    const verdict = await judgeCluster({ store, files: filesOf(options, directory.path), acknowledged });
    await store.close();
    return {
      wrong: [...wrong, ...verdict.wrong],
      verdict,
      seconds: fleet.seconds,
      struck,
      acknowledged: [...acknowledged.values()].reduce((sum, ids) => sum + ids.length, 0),
      wroteMs,
      settledMs,
      metrics,
    };
  } finally {
    await topology?.stop();
    directory.remove();
  }
}

/** For how long a strike is put off until devices have had their writes confirmed: whoever looks at the figures finds that they have not. */
const putOffMsMax = 60_000;

async function strikeAll(
  topology: Topology,
  seconds: readonly Second[],
  { writingMs, strikes: chosen = strikes }: ClusterRunOptions,
  startMs: number,
  told: (line: string) => void,
): Promise<readonly Struck[]> {
  const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
  const sinceStart = (): number => performance.now() - startMs;
  const beganMs = sinceStart();
  const struck: Struck[] = [];
  for (const strike of chosen) {
    await wait(beganMs + strike.at * writingMs - sinceStart());
    const since = struck.at(-1)?.toMs ?? 0;
    const confirmed = (): number => seconds.filter(({ atMs }) => atMs > since).reduce((sum, second) => sum + second.confirmed, 0);
    const untilMs = sinceStart() + putOffMsMax;
    while (strike.afterConfirmed !== undefined && confirmed() <= strike.afterConfirmed && sinceStart() < untilMs) await wait(100);
    const fromMs = sinceStart();
    told(`${Math.round(fromMs / 1000)} s: ${strike.what}`);
    await strike.run(topology, wait);
    struck.push({ what: strike.what, on: strike.on, fromMs, toMs: sinceStart() });
  }
  await wait(beganMs + writingMs - sinceStart());
  return struck;
}

/** Nothing helps them: they have to get there by themselves. */
async function settle(fleet: Awaited<ReturnType<typeof startFleet>>, msMax: number, told: (line: string) => void): Promise<string[]> {
  const startMs = performance.now();
  let toldMs = startMs;
  for (;;) {
    const { pending, digests } = await fleet.look();
    const apart = [...digests].filter(([, values]) => values.size > 1).map(([space]) => space);
    if (pending === 0 && digests.size > 0 && apart.length === 0) return [];
    if (performance.now() - startMs > msMax)
      return [`not in step after ${Math.round(msMax / 1000)} s: ${pending} pending, apart: ${apart.join(", ")}`];
    if (performance.now() - toldMs > 5_000) {
      toldMs = performance.now();
      const { connected, reasons } = fleet.seconds.at(-1) ?? {};
      told(`${pending} pending, ${apart.length} spaces apart, ${connected} connected, the others: ${JSON.stringify(reasons)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

function filesOf(options: ClusterRunOptions, folder: string): Map<string, { readonly name: string; readonly path: string }[]> {
  const files = new Map<string, { readonly name: string; readonly path: string }[]>();
  for (let number = 0; number < options.devices; number++)
    for (const space of spacesOf(number, options)) {
      const file = { name: `device ${number}`, path: join(folder, `device-${number}.db`) };
      files.set(space, [...(files.get(space) ?? []), file]);
    }
  return files;
}
