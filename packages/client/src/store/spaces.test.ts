import { expect, it } from "vitest";
import { openNodeSqlite } from "../node/sqlite.ts";
import { createSpace, readSpaces, type SpaceRow, writeSpace } from "./spaces.ts";
import { createEngineTables } from "./tables.ts";

it("[CLI103] where a space stands is as it was after a restart, also in the middle of a snapshot", () => {
  const row: SpaceRow = {
    ...createSpace("s", Uint8Array.of(1, 2)),
    followed: false,
    cursor: Uint8Array.of(3),
    sequence: 4,
    counter: 5,
    lamport: 6,
    settledThrough: 7,
    access: "write",
    bootstrapping: true,
    snapshotOwn: 8,
    snapshotHead: 9,
    answeredOwn: 10,
    resaying: true,
    syncedAt: 11,
  };
  const port = openNodeSqlite(":memory:");
  createEngineTables(port);
  writeSpace(port, row);
  expect(readSpaces(port)).toEqual([row]);
  port.close();
});
