/** The judge is shown a stream of r0 that is whole, and ones that are not: a judge that finds nothing is worth nothing. */
import type { AnySchema } from "@holdfast/core";
import { type ServerStore, type SqlitePort, toSchemaSpec } from "@holdfast/core/engine";
import { createServer, type Server } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { loadSqlite } from "../../disk/load-sqlite.ts";
import { type CrashSchema, crashServer, grownSchema, noteId, spaceName } from "../app.ts";
import { wasmLane } from "../wasm-lane.ts";
import { judgeStream } from "./stream.ts";

/** Changes 1 to 6, all of one note. */
const head = 6;
const lane = wasmLane(await loadSqlite());

let server: Server<AnySchema>;
let store: ServerStore;
let port: SqlitePort;
afterEach(() => server.close());

async function open(horizon: number): Promise<void> {
  port = lane.createDisk("r0").boot().open("r0.db");
  store = sqliteStore(port);
  server = createServer({ ...crashServer, store });
  const space = (server as unknown as Server<CrashSchema>).space(spaceName);
  await space.write((tx) => void tx.notes.create({ title: "1" }, { id: noteId }));
  for (let sequence = 2; sequence <= head; sequence++) await space.write((tx) => tx.notes.update(noteId, { title: `${sequence}` }));
  await store.compact(spaceName, horizon);
}

const lose = (...sequences: readonly number[]): void => {
  for (const sequence of sequences) port.run("DELETE FROM stream WHERE space = ? AND sequence = ?", [spaceName, sequence]);
};
const judge = () => judgeStream(port, toSchemaSpec(grownSchema), spaceName);
const torn = [{ harm: "torn", check: "stream" }];

describe("the judge of r0's stream", () => {
  for (const horizon of [0, 2])
    it(`[SIM92] finds what is missing above the horizon (${horizon}): in between, the last ones, the first ones, all`, async () => {
      for (const missing of [[4], [head], [5, head], [horizon + 1], [1, 2, 3], [1, 2, 3, 4, 5, head]]) {
        await open(horizon);
        expect(judge()).toEqual([]);
        lose(...missing);
        expect(judge(), missing.join()).toMatchObject(torn);
        await server.close();
      }
    });

  it("[SIM92] finds a change above the head, also where there are as many as there should be", async () => {
    await open(2);
    port.run("UPDATE spaces SET head = head - 1 WHERE space = ?", [spaceName]);
    expect(judge()).toMatchObject(torn);
    lose(4);
    expect(judge()).toMatchObject(torn);
  });

  it("[SIM92] takes what the horizon has passed as it is: there, dropped, dropped in part from the first on", async () => {
    await open(4);
    expect(judge()).toEqual([]);
    expect(await store.dropStream(spaceName, 3)).toBe(3);
    expect(judge()).toEqual([]);
    expect(await store.dropStream(spaceName, 3)).toBe(1);
    expect(judge()).toEqual([]);
    await store.compact(spaceName, head);
    expect(await store.dropStream(spaceName, head)).toBe(2);
    expect(judge()).toEqual([]);
  });

  it("[SIM92] finds a record that is not the fold of the whole stream", async () => {
    await open(0);
    const earlier = port.all("SELECT state FROM records WHERE space = ?", [spaceName])[0]?.["state"] as Uint8Array;
    await (server as unknown as Server<CrashSchema>).space(spaceName).write((tx) => tx.notes.update(noteId, { title: "later" }));
    expect(judge()).toEqual([]);
    port.run("UPDATE records SET state = ? WHERE space = ?", [earlier, spaceName]);
    expect(judge()).toMatchObject(torn);
    port.run("DELETE FROM records WHERE space = ?", [spaceName]);
    expect(judge()).toMatchObject(torn);
  });
});
