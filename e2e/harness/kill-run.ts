/**
 * The durability run: devices in processes of their own, each killed again and again, against a server that is killed as well.
 * Two devices share a space. At the end everybody is brought back, and the oracle looks into all the files.
 */
import { type Child, startChild } from "./child-process.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { type Random, keyedRandom } from "./keyed-random.ts";
import { linkFaults } from "./link-faults.ts";
import { messageName } from "./message-name.ts";
import { judge } from "./oracle.ts";
import type { ReplicaChildOptions } from "./replica.child.ts";
import { bringBack } from "./bring-back.ts";
import { startServerThatDies } from "./server-that-dies.ts";
import { readReplicaFile, readServerFile } from "./space-state.ts";
import type { TempDir } from "./temp-dir.ts";

export interface KillRunOptions {
  readonly programs: { readonly replica: string; readonly server: string };
  readonly directory: TempDir;
  readonly seed: number;
  readonly killsMin: number;
  readonly devices: number;
  /** Processes of devices alive at a time. */
  readonly together: number;
}

export interface KillReport {
  readonly kills: number;
  readonly beforeOpen: number;
  readonly serverKills: number;
  readonly acknowledged: number;
  readonly betweenCommitAndAcknowledgement: number;
  readonly duringPush: number;
  readonly violations: readonly string[];
  readonly wrong: readonly string[];
  readonly summary: string;
}

interface Device {
  readonly name: string;
  readonly space: string;
  readonly path: string;
  readonly proxy: FaultProxy;
  readonly begun: Set<string>;
  readonly acknowledged: Set<string>;
  /** In flight at a kill. */
  readonly undecided: Set<string>;
  pushing: boolean;
  onPush: () => void;
  lives: number;
}

interface Counts {
  kills: number;
  beforeOpen: number;
  duringPush: number;
  readonly violations: string[];
}

export async function runKills(options: KillRunOptions): Promise<KillReport> {
  const startMs = performance.now();
  const { directory, seed, killsMin, programs } = options;
  const server = await startServerThatDies({
    program: programs.server,
    path: directory.file("r0.db"),
    directory,
    random: keyedRandom(seed, "server"),
  });
  const devices: Device[] = [];
  for (let index = 0; index < options.devices; index++) devices.push(await createDevice(options, index, server.port));
  const counts: Counts = { kills: 0, beforeOpen: 0, duringPush: 0, violations: [] };
  const queue = [...devices];
  const work = async (): Promise<void> => {
    while (counts.kills < killsMin) {
      const device = queue.shift() as Device;
      await live(options, device, keyedRandom(seed, device.name, device.lives), counts);
      queue.push(device);
    }
  };
  await Promise.all(Array.from({ length: options.together }, work));
  const killedMs = performance.now();
  const serverKills = await server.settle();
  try {
    counts.violations.push(...(await bringBack(devices)));
  } finally {
    await server.stop();
    for (const { proxy } of devices) await proxy.close();
  }
  const wrong: string[] = [];
  let committed = 0;
  for (const space of new Set(devices.map((device) => device.space))) {
    const members = devices.filter((device) => device.space === space);
    const r0 = await readServerFile(directory.file("r0.db"), space);
    const readers = members.map(({ name, path }) => ({ name, state: readReplicaFile(path, space) }));
    wrong.push(
      ...judge(
        members.flatMap(({ acknowledged }) => [...acknowledged]),
        r0,
        readers,
      ).wrong,
    );
    const entries = r0.rows("entries");
    const begun = new Set(members.flatMap((device) => [...device.begun]));
    for (const id of entries.keys()) if (!begun.has(id)) wrong.push(`I3: ${id} is on r0, and nobody wrote it`);
    for (const device of members) for (const id of device.undecided) if (entries.has(id)) committed++;
  }
  const acknowledged = devices.reduce((sum, device) => sum + device.acknowledged.size, 0);
  const seconds = (fromMs: number): string => ((performance.now() - fromMs) / 1000).toFixed(1);
  const summary =
    `${counts.kills} kills of devices (${counts.beforeOpen} before they were open, ${counts.duringPush} during a push, ${committed} writes between commit and ` +
    `acknowledgement), ${serverKills} of the server; ${acknowledged} writes acknowledged, ${wrong.length} wrong; ${seconds(startMs)} s, ${seconds(killedMs)} s of it after the last kill`;
  return { ...counts, serverKills, acknowledged, betweenCommitAndAcknowledgement: committed, wrong, summary };
}

async function createDevice({ seed, directory }: KillRunOptions, index: number, target: number): Promise<Device> {
  const name = `d${index}`;
  const proxy = await startFaultProxy({ target, seed, link: name });
  const device: Device = {
    name,
    space: `space:${index >> 1}`,
    path: directory.file(`${name}.db`),
    proxy,
    begun: new Set(),
    acknowledged: new Set(),
    undecided: new Set(),
    pushing: false,
    onPush: () => undefined,
    lives: 0,
  };
  proxy.set(
    linkFaults({
      decide: (message) => {
        const is = messageName(message);
        if (is === "push") {
          device.pushing = true;
          device.onPush();
        } else if (is === "pushed" || is === "hello") device.pushing = false;
        return undefined;
      },
    }),
  );
  return device;
}

/** From the start of a process to its end. */
async function live(options: KillRunOptions, device: Device, random: Random, counts: Counts): Promise<void> {
  const child = startChild(options.programs.replica, childOptions(options, device, random), options.directory);
  const heldMin = device.acknowledged.size;
  const inFlight = new Set<string>();
  let open = false;
  child.onLine((line) => {
    const rest = line.slice(2);
    if (line.startsWith("B ")) {
      device.begun.add(rest);
      inFlight.add(rest);
    } else if (line.startsWith("A ")) {
      device.acknowledged.add(rest);
      inFlight.delete(rest);
    } else if (line.startsWith("V ")) counts.violations.push(`I5: ${rest}`);
    else if (line.startsWith("O ")) {
      open = true;
      const { held } = JSON.parse(rest) as { held: number };
      if (held < heldMin)
        counts.violations.push(`I5: ${device.name} holds ${held} entries after a restart, and ${heldMin} were acknowledged`);
    }
  });
  await momentToKill(child, device, random);
  const pushing = device.pushing;
  const alive = child.running();
  await child.kill();
  device.onPush = () => undefined;
  device.pushing = false;
  device.lives++;
  if (!alive) {
    counts.violations.push(`${device.name} ended by itself in life ${device.lives}: ${child.errors()}`);
    counts.kills++;
    return;
  }
  counts.kills++;
  if (!open) counts.beforeOpen++;
  if (pushing) counts.duringPush++;
  for (const id of inFlight) device.undecided.add(id);
}

function childOptions(options: KillRunOptions, device: Device, random: Random): ReplicaChildOptions {
  return {
    path: device.path,
    server: device.proxy.url,
    mode: random.pick(["socket", "socket", "socket", "http"]),
    space: device.space,
    user: `user-${device.name}`,
    device: device.name,
    life: device.lives,
    seed: options.seed,
    lanes: random.between(1, 3),
    pauseMsMax: random.pick([0, 2, 8]),
    writesMax: 40,
  };
}

/** Any moment, but more often one that hurts: while opening, after a write has begun, right after an acknowledgement, while a push is on the way. */
async function momentToKill(child: Child, device: Device, random: Random): Promise<void> {
  const how = random.pick(["any", "opening", "begun", "begun", "acknowledged", "push", "push"] as const);
  const soonMs = random.next() * 3;
  const ended = child.exited.then(() => undefined);
  const after = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
  const lines = (beginning: string, count: number): Promise<void> =>
    new Promise((resolve) => {
      let seen = 0;
      child.onLine((line) => {
        if (line.startsWith(beginning) && ++seen === count) resolve();
      });
    });
  const moment = async (): Promise<void> => {
    if (how === "opening") return after(random.between(20, 160));
    const push = new Promise<void>((resolve) => {
      device.onPush = resolve;
    });
    await lines("O ", 1);
    // A push may be long in coming while the server is away: bounded from here, however slow the machine is.
    if (how === "push") return Promise.race([push, after(600)]);
    if (how === "any") return after(random.between(0, 200));
    return lines(how === "begun" ? "B " : "A ", random.between(1, 15));
  };
  await Promise.race([ended, moment().then(() => (random.chance(0.5) ? after(soonMs) : undefined)), after(20_000)]);
}
