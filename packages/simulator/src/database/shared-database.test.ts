import type { SpaceId, WriteBatch } from "@holdfast/core/engine";
import type { VersionedBatch } from "@holdfast/server/engine";
import { sqliteStore } from "@holdfast/server/sqlite";
import { describe, expect, it } from "vitest";
import { loadSqlite } from "../disk/load-sqlite.ts";
import { Mount } from "../disk/mount.ts";
import { openSimulatedSqlite } from "../disk/open-sqlite.ts";
import { SimulatedDisk } from "../disk/simulated-disk.ts";
import type { DatabaseConfig } from "../plan/plan.ts";
import { World } from "../world/world.ts";
import { ConnectionLost, SharedDatabase } from "./shared-database.ts";

const sqlite = await loadSqlite();

/** Commits take a hundred milliseconds, always. */
function open(change: Partial<DatabaseConfig> = {}) {
  sqlite.reset("database");
  const world = new World("database");
  const disk = new SimulatedDisk({ seed: "database", name: "r0" });
  const database = new SharedDatabase({ commitMsMean: 100, losePerAsk: 0, abortPerCommit: 0, ...change });
  const begin = (): (() => void) => {
    const mount = new Mount(disk, () => database.end());
    const port = openSimulatedSqlite(sqlite, mount, "r0.db");
    const store = sqliteStore(port, { defer: (run) => void world.schedule(0, run), randomBytes: (length) => new Uint8Array(length) });
    database.begin({ world, port, store, isAlive: () => mount.alive });
    return () => {
      mount.kill();
      port.close();
    };
  };
  const kill = begin();
  const life = () => {
    if (database.life === undefined) throw new Error("The database is down.");
    return database.life;
  };
  return { world, life, kill, begin, heads: (space: SpaceId) => life().reader(space).space() };
}

let ids = 0;

function change(space: SpaceId, head: number, version = head - 1): VersionedBatch {
  const replica = "01".repeat(16) as never;
  const batch: WriteBatch = {
    space: { space, head, lamport: head, horizon: 0 },
    ...{ marks: [], records: [], outcomes: [], intents: [], imprints: [], settled: [], collected: [], stateBytes: 0 },
    stream: [{ sequence: head, replica, counterFirst: head, counterLast: head, bytes: Uint8Array.of(1), atMs: 0 }],
  };
  return { batch, version, id: `id${++ids}` };
}

describe("the shared database", () => {
  it("[SIM78] a question sees what is committed as it arrives: nothing of a commit that is under way, and all of one that is done", async () => {
    const { world, life, heads } = open();
    const commit = life().commit([change("a", 1), change("b", 1)]);
    await world.run(1);
    expect((await heads("a")).head).toBe(0);
    expect(await world.until(commit)).toEqual([{ type: "done" }, { type: "done" }]);
    expect([(await heads("a")).head, (await heads("b")).head]).toEqual([1, 1]);
    expect(life().commitsOf("a").version).toBe(1);
  });

  it("[SIM78][T5] of two commits over one version one is stale; while the first is under way its row is busy, and other rows are not", async () => {
    const { world, life, heads } = open();
    await world.until(life().commit([change("a", 1), change("b", 1)]));
    const [first, second] = [life().commit([change("a", 2)]), life().commit([change("a", 2), change("b", 2)])];
    expect(await world.until(second)).toEqual([{ type: "busy" }, { type: "done" }]);
    expect(await world.until(first)).toEqual([{ type: "done" }]);
    expect(await world.until(life().commit([change("a", 2, 1)]))).toEqual([{ type: "stale" }]);
    expect((await heads("a")).head).toBe(2);
  });

  it("[SIM78] of two that create one space one waits for the other, and two that wait for each other are told apart", async () => {
    const { world, life } = open({ commitMsMean: 10 });
    const [first, second] = [life().commit([change("a", 1)]), life().commit([change("a", 1)])];
    expect([await world.until(first), await world.until(second)]).toEqual([[{ type: "done" }], [{ type: "stale" }]]);
    const crossing = [life().commit([change("c", 1), change("d", 1)]), life().commit([change("d", 1), change("c", 1)])];
    const answers = await world.until(Promise.all(crossing));
    expect(answers.filter((each) => "type" in each).every((each) => "again" in each && each.again)).toBe(true);
    expect(answers.some((each) => "type" in each)).toBe(true);
  });

  it("[SIM78][F01] a lock waits its turn, keeps all others from the row, and ends with its transaction, with its time, or never begins", async () => {
    const { world, life } = open();
    const [one, two, three] = [{}, {}, {}];
    await world.until(life().commit([change("a", 1)]));
    expect(await world.until(life().lock("a", one, 1_000))).toBe(true);
    expect(await world.until(life().commit([change("a", 2)]))).toEqual([{ type: "busy" }]);
    const [waits, late] = [life().lock("a", two, 60_000), life().lock("a", three, 50)];
    expect(await world.until(late)).toBe(false);
    expect(await world.until(life().commit([change("a", 2)], one))).toEqual([{ type: "done" }]);
    expect(await world.until(waits)).toBe(true);
    // Whoever does nothing for too long has lost it, and cannot come back to it.
    await world.run(world.nowMs + 20_000);
    expect(await world.until(life().commit([change("a", 3)], two))).toMatchObject({ type: "undone", again: true });
    expect(await world.until(life().commit([change("a", 3)]))).toEqual([{ type: "done" }]);
  });

  it("[SIM78][T8] a database that dies answers nothing more, keeps what it has answered, versions and ids too, and holds no rows afterwards", async () => {
    const { world, life, kill, begin, heads } = open();
    const done = change("a", 1);
    await world.until(life().commit([done]));
    expect(await world.until(life().lock("a", {}, 1_000))).toBe(true);
    const before = life();
    const asked = Promise.race([before.commit([change("b", 1)]), before.ended]);
    kill();
    await expect(world.until(asked)).rejects.toThrow(ConnectionLost);
    begin();
    await world.run(world.nowMs + 1_000);
    expect([(await heads("a")).head, (await heads("b")).head]).toEqual([1, 0]);
    expect(life().commitsOf("a")).toEqual({ version: 1, ids: [done.id] });
    expect(await world.until(life().commit([change("a", 2)]))).toEqual([{ type: "done" }]);
  });

  it("[SIM78] a commit that is aborted has done nothing and lets go of its rows", async () => {
    const { world, life, heads } = open({ abortPerCommit: 1 });
    expect(await world.until(life().commit([change("a", 1)]))).toMatchObject({ type: "undone", again: true });
    expect((await heads("a")).head).toBe(0);
    expect(await world.until(life().lock("a", {}, 0))).toBe(true);
  });
});
