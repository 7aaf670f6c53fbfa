/** Has a device do its share of a workload, and remembers what was acknowledged. */
import { keyedRandom } from "./keyed-random.ts";
import { type Device } from "./test-bed.ts";
import { testSpace } from "./test-replica.ts";
import { applyTask, drawTask } from "./workload.ts";

export interface Share {
  readonly seed: number;
  /** Tells this share's ids from the same device's others. */
  readonly part: string;
  readonly count: number;
  readonly boards: readonly string[];
  readonly pauseMsMax?: number;
}

export async function writeTasks(device: Device, share: Share, acknowledged: Set<string>): Promise<void> {
  const random = keyedRandom(share.seed, device.name, share.part);
  for (let index = 0; index < share.count; index++) {
    const id = `${device.name}.${share.part}.${index}`;
    const task = drawTask(random, device.name, id, random.pick(share.boards));
    await device.replica.write(testSpace, (tx) => applyTask(tx, task));
    acknowledged.add(id);
    const pauseMs = random.between(0, share.pauseMsMax ?? 0);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
