/**
 * The browser's store where a browser cannot be cut off: its own VFS and the same build of SQLite, over handles of a simulated disk. What
 * a handle's `flush` does is what the File System standard says; the directory's names are the browser's, and taken for durable.
 */
import type { Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import { collection, defineSchema, register } from "@holdfast/core";
import { openReplicaWith, type Replica } from "@holdfast/client";
import { nodeRuntime } from "@holdfast/client/node";
import { loadSqlite, type StoreHandles, storageOver, storeFiles, type SyncAccessHandle } from "@holdfast/client/web/worker";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { random } from "../random.ts";
import { losePower } from "./lose-power.ts";
import { Mount } from "./mount.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const schema = defineSchema({ version: 1, collections: { notes: collection({ title: register(z.string(), "") }) } });
const space = "user:ann";
const runs = 60;
const writesMax = 40;
/** Of a run, from the opening on: enough that some die in the opening, some in a checkpoint, some not at all. */
const operationsMax = 250;

let sqlite: Sqlite3Static;
beforeAll(async () => {
  sqlite = await loadSqlite();
});

function openHandles(mount: Mount): StoreHandles {
  const entries = storeFiles.map((name) => {
    const file = mount.open(name, true);
    if (file === undefined) throw new Error("The disk did not open a file.");
    const say = (result: string): void => {
      if (result === "full") throw Object.assign(new Error("full"), { name: "QuotaExceededError" });
      if (result !== "done") throw new Error(result);
    };
    const handle: SyncAccessHandle = {
      read: (into, { at }) => mount.read(file, into, at),
      write(from, { at }) {
        say(mount.write(file, from, at));
        return from.length;
      },
      truncate: (size) => say(mount.resize(file, size)),
      getSize: () => file.cached.size,
      flush: () => say(mount.sync(file)),
      close: () => undefined,
    };
    return [name, handle] as const;
  });
  mount.syncDirectory();
  return Object.fromEntries(entries) as unknown as StoreHandles;
}

async function open(mount: Mount): Promise<Replica<typeof schema>> {
  const storage = storageOver(sqlite, openHandles(mount), nodeRuntime);
  return openReplicaWith(
    { schema, spaces: [space], onError: () => undefined },
    {
      openSqlite: () => storage.open(),
      transport: undefined,
      runtime: nodeRuntime,
      inflate: (bytes) => bytes,
      defer: (run) => void setImmediate(run),
      persistent: false,
    },
  );
}

/** What was acknowledged before the process died. */
async function writeUntilDeath(disk: SimulatedDisk, seed: string): Promise<readonly string[]> {
  const draws = random(seed, "browser-store");
  const mount = new Mount(disk);
  mount.planDeath({
    operations: draws.between(1, operationsMax),
    phase: draws.pick(["before", "middle", "after"]),
    random: draws,
  });
  const acknowledged: string[] = [];
  let replica: Replica<typeof schema> | undefined;
  try {
    replica = await open(mount);
    for (let n = 0; n < writesMax; n++) {
      const id = `${seed}.${n}`;
      await replica.write(space, (tx) => {
        tx.notes.create({ title: "x".repeat(draws.between(0, 2_000)) }, { id });
      });
      if (!mount.alive) break;
      acknowledged.push(id);
    }
  } catch (error) {
    if (mount.alive) throw error;
  }
  mount.kill();
  await replica?.close().catch(() => undefined);
  return acknowledged;
}

describe("the browser's store on a disk that loses power", () => {
  it(`[TAB2][T8][T21] has every acknowledged write after each of ${runs} cuts, and a sound file`, async () => {
    let cut = 0;
    let all = 0;
    for (let run = 0; run < runs; run++) {
      const seed = `run ${run}`;
      const disk = new SimulatedDisk({ seed, name: "phone" });
      const acknowledged = [...(await writeUntilDeath(disk, `${seed} first`))];
      losePower(disk, random(seed, "power"));
      // The second life begins on what the first has left, and is cut too.
      acknowledged.push(...(await writeUntilDeath(disk, `${seed} second`)));
      losePower(disk, random(seed, "power again"));
      if (acknowledged.length < 2 * writesMax) cut++;
      const replica = await open(new Mount(disk));
      const found = new Set((await replica.space(space).notes.where({}).all()).map(({ id }) => id));
      expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
      expect(await replica.sql`select integrity_check as found from pragma_integrity_check`.all()).toEqual([{ found: "ok" }]);
      await replica.close();
      all += acknowledged.length;
    }
    expect(cut).toBeGreaterThan(runs / 2);
    expect(all).toBeGreaterThan(runs * 5);
  });

  it("[TAB16][F47] a disk that is full refuses the write as full, and takes the next", async () => {
    const disk = new SimulatedDisk({ seed: "full", name: "phone" });
    const replica = await open(new Mount(disk));
    disk.full = true;
    await expect(replica.write(space, (tx) => tx.notes.create({ title: "x".repeat(9_000) }))).rejects.toMatchObject({ code: "store-full" });
    expect(await replica.space(space).notes.count()).toBe(0);
    disk.full = false;
    await replica.write(space, (tx) => tx.notes.create({ title: "y" }));
    expect(await replica.space(space).notes.count()).toBe(1);
    await replica.close();
  });
});
