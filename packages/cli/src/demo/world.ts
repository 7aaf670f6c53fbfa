/** Everything that takes part: the server, three devices each behind a link of its own, and the oracle that hears them all. */
import { join } from "node:path";
import { type DeviceProcess, startDevice } from "./device-process.ts";
import type { ImportedNote } from "./import-notes.ts";
import type { PlanDecision } from "./ledger.ts";
import type { DeviceState } from "./messages.ts";
import { Oracle } from "./oracle.ts";
import { openRelay, type Relay } from "./relay.ts";
import { demoSpace, deviceNames, type DeviceName } from "./schema.ts";
import { type DemoServer, startDemoServer } from "./server.ts";

export interface DemoDevice {
  readonly name: DeviceName;
  readonly path: string;
  readonly relay: Relay;
  process: DeviceProcess;
  /** Told of each write that is about to be committed. */
  onBegun: () => void;
  /** The server's answers to what this device has asked for. */
  readonly decisions: PlanDecision[];
}

export interface World {
  readonly seed: number;
  readonly directory: string;
  readonly notes: readonly ImportedNote[];
  readonly server: DemoServer;
  readonly devices: Readonly<Record<DeviceName, DemoDevice>>;
  readonly oracle: Oracle;
  /** The same file in a new process. */
  restart(device: DemoDevice, options: { readonly offline: boolean }): Promise<void>;
  /** Ends the devices in order, so that their files can be looked at. */
  close(): Promise<void>;
  /** Ends them at once: something has gone wrong. */
  abandon(): Promise<void>;
}

export async function openWorld(options: {
  readonly seed: number;
  readonly directory: string;
  readonly notes: readonly ImportedNote[];
}): Promise<World> {
  const { seed, directory } = options;
  const oracle = new Oracle();
  const server = await startDemoServer(join(directory, "server.db"));

  const start = (device: Omit<DemoDevice, "process">, offline: boolean): Promise<DeviceProcess> =>
    startDevice(
      { device: device.name, path: device.path, server: device.relay.url, seed, offline },
      {
        begun: (write) => {
          oracle.begun(write);
          device.onBegun();
        },
        acknowledged: (number) => oracle.acknowledged(device.name, number),
        decided: (decision) => void device.decisions.push(decision),
      },
    );
  const open = async (name: DeviceName): Promise<DemoDevice> => {
    const relay = await openRelay(server.listening.port);
    const device = { name, path: join(directory, `${name}.db`), relay, decisions: [], onBegun: () => undefined };
    try {
      return Object.assign(device, { process: await start(device, false) });
    } catch (error) {
      await relay.close();
      throw error;
    }
  };
  const opened = await Promise.allSettled([open("phone"), open("tablet"), open("watch")]);
  const [phone, tablet, watch] = opened.map((each) => (each.status === "fulfilled" ? each.value : undefined));
  const failure = opened.find((each) => each.status === "rejected");
  if (phone === undefined || tablet === undefined || watch === undefined) {
    await abandonAll([phone, tablet, watch].filter((device) => device !== undefined));
    await server.server.close();
    throw failure?.reason;
  }
  const devices = { phone, tablet, watch };
  return {
    ...options,
    server,
    devices,
    oracle,
    async restart(device, { offline }) {
      device.process = await start(device, offline);
    },
    async close() {
      await Promise.all(deviceNames.map((name) => devices[name].process.close()));
      await Promise.all(deviceNames.map((name) => devices[name].relay.close()));
    },
    abandon: () => abandonAll(Object.values(devices)),
  };
}

async function abandonAll(devices: readonly DemoDevice[]): Promise<void> {
  await Promise.all(devices.map(({ process }) => process.kill()));
  await Promise.all(devices.map(({ relay }) => relay.close()));
}

/** Runs something at all three at once. */
export async function onAll<T>(world: World, run: (device: DemoDevice) => Promise<T>): Promise<Readonly<Record<DeviceName, T>>> {
  const [phone, tablet, watch] = await Promise.all(deviceNames.map((name) => run(world.devices[name])));
  return { phone, tablet, watch } as Readonly<Record<DeviceName, T>>;
}

export interface Agreement {
  readonly inStep: boolean;
  /** Of the devices, and of the server under `server`. */
  readonly digests: Readonly<Record<DeviceName | "server", string>>;
  readonly states: Readonly<Record<DeviceName, DeviceState>>;
}

const askMs = 25;

/** Asks until nothing is pending anywhere and everybody is at the server's head; then compares digests. Does nothing for them. */
export async function awaitAgreement(
  world: World,
  msMax: number,
  heard: (states: Agreement["states"]) => void = () => undefined,
): Promise<Agreement> {
  const { server } = world.server;
  const startMs = performance.now();
  for (;;) {
    const { head } = await server.inspect(demoSpace);
    const states = await onAll(world, (device) => device.process.ask({ type: "state" }));
    heard(states);
    const drained = Object.values(states).every(({ pending, synced, sequence }) => pending === 0 && synced && sequence === head);
    const late = performance.now() - startMs > msMax;
    if (drained || late) {
      const digests = {
        ...(await onAll(world, (device) => device.process.ask({ type: "digest" }))),
        server: await server.digest(demoSpace),
      };
      const inStep = drained && Object.values(digests).every((digest) => digest === digests.server);
      if (inStep || late) return { inStep, digests, states };
    }
    await new Promise((resolve) => setTimeout(resolve, askMs));
  }
}
