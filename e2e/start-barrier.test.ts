import { copyFileSync, existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { bundleProgram, startChild } from "./harness/child-process.ts";
import { startFaultProxy } from "./harness/fault-proxy.ts";
import { keyedRandom } from "./harness/keyed-random.ts";
import { linkFaults } from "./harness/link-faults.ts";
import type { ReplicaChildOptions } from "./harness/replica.child.ts";
import { createTempDir } from "./harness/temp-dir.ts";

const livesMax = 8;

describe("the start", () => {
  const directory = createTempDir("barrier");
  afterAll(() => directory.remove());

  it("[SYS18][T21][F67] is a barrier: after a kill in the middle of commits, this start's own commit is in the file before the first byte leaves", {
    timeout: 30_000,
  }, async () => {
    const program = await bundleProgram("replica", directory);
    const path = directory.file("phone.db");
    const bootsAtHello: number[] = [];
    // Nobody listens behind it: what matters is what had been committed when the first byte came.
    const proxy = await startFaultProxy({ target: 9, seed: 1, faults: linkFaults({ connect: "silent" }) });
    let bytesBefore = 0;
    for (let life = 1; life <= livesMax; life++) {
      const options: ReplicaChildOptions = {
        path,
        server: proxy.url,
        mode: "socket",
        space: "space:test",
        user: "ann",
        device: "phone",
        life,
        seed: 1,
        lanes: 2,
        pauseMsMax: 0,
        writesMax: 10_000,
      };
      const child = startChild(program, options, directory);
      while (proxy.bytesUp === bytesBefore && child.running()) await new Promise((resolve) => setTimeout(resolve, 1));
      bootsAtHello.push(readBoots(path, directory.file(`copy-${life}.db`)));
      // Writing all the time: it dies in the middle of a commit, or right after one.
      const random = keyedRandom(1, life);
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 40)));
      await child.kill();
      bytesBefore = proxy.bytesUp;
    }
    await proxy.close();
    expect(bootsAtHello).toEqual(Array.from({ length: livesMax }, (_, index) => index + 1));
  });
});

/** The child holds the file alone, so a copy is read: the log first would miss what moves from it to the file meanwhile. */
function readBoots(path: string, copy: string): number {
  copyFileSync(path, copy);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
  const database = new DatabaseSync(copy);
  try {
    return Number(database.prepare("SELECT value FROM _meta WHERE key = 'boots'").get()?.["value"] ?? 0);
  } finally {
    database.close();
  }
}
