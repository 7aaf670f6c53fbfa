/**
 * Many devices in one process: real replicas over files of their own, each of which writes into its team's space and now and then into a hall's.
 * Speaks lines of JSON: figures once a second, answers to what is asked on the standard input (`FleetCommand`).
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createTransport, nodeRuntime, openReplica } from "@holdfast/client/node";
import { breakerDefaults } from "@holdfast/core/engine";
import { keyedRandom } from "../harness/keyed-random.ts";
import { applyTask, drawTask } from "../harness/workload.ts";
import { workloadSchema } from "../harness/workload-schema.ts";
import { spacesOf } from "./spaces-of.ts";

export interface FleetChildOptions {
  readonly server: string;
  readonly folder: string;
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  readonly teams: number;
  readonly halls: number;
  /** Between two writes of one device, on average. */
  readonly pauseMs: number;
}

export type FleetCommand =
  | { readonly type: "stop-writing" }
  /** Digests, once nothing is pending. */
  | { readonly type: "look" }
  | { readonly type: "close" };

export interface FleetFigures {
  readonly type: "figures";
  /** Since the last ones. */
  readonly written: number;
  readonly confirmed: number;
  /** From the acknowledgement on the device to r0's. */
  readonly confirmMs: readonly number[];
  /** Now. */
  readonly pending: number;
  readonly connected: number;
  /** Why those that are not are not. */
  readonly reasons: Readonly<Record<string, number>>;
}

export interface FleetLook {
  readonly type: "look";
  readonly pending: number;
  readonly refused: number;
  readonly digests: Readonly<Record<string, readonly string[]>>;
  /** What has gone wrong in this process. */
  readonly wrong: readonly string[];
}

export interface FleetClosed {
  readonly type: "closed";
  readonly acknowledged: Readonly<Record<string, readonly string[]>>;
}

const options = JSON.parse(process.argv[2] as string) as FleetChildOptions;
const say = (line: FleetFigures | FleetLook | FleetClosed | { readonly type: "ready" }): void =>
  void writeSync(1, `${JSON.stringify(line)}\n`);

type Device = Awaited<ReturnType<typeof openDevice>>;

let writing = true;
let written = 0;
let confirmed = 0;
let confirmMs: number[] = [];
const wrong: string[] = [];
const acknowledged = new Map<string, string[]>();

async function openDevice(number: number) {
  const spaces = spacesOf(number, options);
  const replica = await openReplica({
    schema: workloadSchema,
    path: join(options.folder, `device-${number}.db`),
    spaces: [...spaces],
    auth: async () => `user-${number}`,
    transport: createTransport({ server: options.server, runtime: nodeRuntime }),
    // The defaults are for outages of hours: here one is over in seconds.
    sync: { backoffCapMs: 5_000, antiEntropyMs: 10_000, requestMsMax: 15_000, breaker: { ...breakerDefaults, cooldownMs: 3_000 } },
  });
  replica.on("forked", () => wrong.push(`device ${number} took a new identity: r0 lost something that it had acknowledged`));
  return { number, name: `d${number}`, replica, spaces };
}

async function write(device: Device): Promise<void> {
  const random = keyedRandom(options.seed, device.name);
  const [team, hall] = device.spaces;
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, random.next() * 2 * options.pauseMs));
  await pause();
  for (let index = 0; writing; index++) {
    const space = random.chance(0.2) ? hall : team;
    const id = `${device.name}.${index}`;
    const task = drawTask(random, device.name, id, space === hall ? `board-${device.name}` : "board");
    const done = await device.replica.write(space, (tx) => applyTask(tx, task));
    const atMs = performance.now();
    written++;
    const ids = acknowledged.get(space);
    if (ids === undefined) acknowledged.set(space, [id]);
    else ids.push(id);
    void done.confirmed.then((confirmation) => {
      confirmed++;
      confirmMs.push(Math.round(performance.now() - atMs));
      if (confirmation.status !== "confirmed") wrong.push(`${id} was not confirmed: ${JSON.stringify(confirmation)}`);
    });
    await pause();
  }
}

function figures(devices: readonly Device[]): FleetFigures {
  let pending = 0;
  let connected = 0;
  const reasons: Record<string, number> = {};
  for (const { replica } of devices) {
    const status = replica.status();
    pending += status.pending;
    const { connection } = status;
    if (connection.kind === "connected") connected++;
    else {
      const reason = connection.kind === "waiting" || connection.kind === "blocked" ? connection.reason : connection.kind;
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
  }
  const told: FleetFigures = { type: "figures", written, confirmed, confirmMs, pending, connected, reasons };
  written = 0;
  confirmed = 0;
  confirmMs = [];
  return told;
}

async function look(devices: readonly Device[]): Promise<FleetLook> {
  let pending = 0;
  let refused = 0;
  const digests: Record<string, string[]> = {};
  for (const { replica } of devices) {
    const status = replica.status();
    pending += status.pending;
    refused += status.refused;
  }
  if (pending === 0)
    for (const { replica, spaces } of devices) for (const space of spaces) (digests[space] ??= []).push(await replica.digest(space));
  const letters = devices.flatMap(({ name, replica }) =>
    replica.deadLetters.list().map(({ space, code, reason }) => `${name} has a dead letter of ${space}: ${code}, ${reason}`),
  );
  return { type: "look", pending, refused, digests, wrong: [...wrong, ...letters] };
}

const devices: Device[] = [];
for (let number = options.from; number < options.from + options.count; number++) devices.push(await openDevice(number));
say({ type: "ready" });
const telling = setInterval(() => say(figures(devices)), 1_000);
const writers = Promise.all(devices.map(write));
writers.catch((error: unknown) => wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error)));

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as FleetCommand;
  if (command.type === "stop-writing") {
    writing = false;
    await writers.catch(() => {});
  } else if (command.type === "look") say(await look(devices));
  else {
    clearInterval(telling);
    for (const { replica } of devices) await replica.close();
    say({ type: "closed", acknowledged: Object.fromEntries(acknowledged) });
    process.exit(0); // the standard input would keep it
  }
}
