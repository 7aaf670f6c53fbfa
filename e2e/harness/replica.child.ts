/**
 * A device in a process of its own, made to be killed. It writes as fast as it is told to, and says
 *   `O {"held": n}`      it is open, and holds so many entries of its own
 *   `B <id>`             it is about to write
 *   `A <id>`             the write has resolved: from here on it may never be lost
 *   `V <text>`           it saw something that must not be (read-your-writes)
 * Lines go out synchronously: one that was written before SIGKILL is read by the parent.
 */
import { writeSync } from "node:fs";
import { createTransport, nodeRuntime, openReplica } from "@holdfast/client/node";
import { breakerDefaults } from "@holdfast/core/engine";
import { keyedRandom } from "./keyed-random.ts";
import { applyTask, drawTask } from "./workload.ts";
import { workloadSchema } from "./workload-schema.ts";

export interface ReplicaChildOptions {
  readonly path: string;
  readonly server: string;
  readonly mode: "socket" | "http";
  readonly space: string;
  readonly user: string;
  readonly device: string;
  readonly life: number;
  readonly seed: number;
  /** Writes in flight at once: they share commits. */
  readonly lanes: number;
  readonly pauseMsMax: number;
  readonly writesMax: number;
}

const options = JSON.parse(process.argv[2] as string) as ReplicaChildOptions;
const say = (line: string): void => void writeSync(1, `${line}\n`);

const replica = await openReplica({
  schema: workloadSchema,
  path: options.path,
  spaces: [options.space],
  auth: async () => options.user,
  transport: createTransport({ server: options.server, runtime: nodeRuntime, mode: options.mode }),
  sync: { backoffBaseMs: 20, backoffCapMs: 200, breaker: { ...breakerDefaults, cooldownMs: 200 } },
});
replica.on("forked", () => say("V it took a new identity, though nobody shares it: r0 lost something that it had acknowledged"));
const entries = replica.space(options.space).entries;
const held = await entries.where({ writer: options.device }).all();
say(`O ${JSON.stringify({ held: held.length })}`);

async function work(lane: number): Promise<void> {
  const random = keyedRandom(options.seed, options.device, options.life, lane);
  for (let index = 0; index < options.writesMax; index++) {
    const id = `${options.device}.${options.life}.${lane}.${index}`;
    const task = drawTask(random, options.device, id, `board-${options.device}-${options.life}`);
    say(`B ${id}`);
    await replica.write(options.space, (tx) => applyTask(tx, task));
    say(`A ${id}`);
    if ((await entries.get(id)) === undefined) say(`V ${id} was acknowledged and is not read`);
    const pauseMs = random.between(0, options.pauseMsMax);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

await Promise.all(Array.from({ length: options.lanes }, (_, lane) => work(lane)));
say("D");
