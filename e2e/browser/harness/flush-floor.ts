/** What a flush costs a bystander on the disk that a test's browsers use: what no store over it can do better than. */
import { open } from "node:fs/promises";

const everyMs = 20;
/** As a small commit writes. */
const bytes = new Uint8Array(8_192);
const blocksMax = 1_000;

export interface FlushFloor {
  /** Of each, in ms, the shortest first. */
  stop(): Promise<readonly number[]>;
}

export async function measureFlushes(path: string): Promise<FlushFloor> {
  const file = await open(path, "w");
  const found: number[] = [];
  let stopped = false;
  const run = async (): Promise<void> => {
    for (let n = 0; !stopped; n++) {
      const startMs = performance.now();
      await file.write(bytes, 0, bytes.length, (n % blocksMax) * bytes.length);
      await file.datasync();
      found.push(performance.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    await file.close();
  };
  const running = run();
  return {
    async stop() {
      stopped = true;
      await running;
      return found.sort((a, b) => a - b);
    },
  };
}
