import { collection, counter, defineSchema } from "@holdfast/core";
import { toSchemaSpec } from "@holdfast/core/engine";
import { expect, it } from "vitest";
import { openNodeSqlite } from "../node/sqlite.ts";
import { nodeRuntime } from "../node/runtime.ts";
import { openStore } from "./open-store.ts";

it("[SCH11] a collection may bear a name that SQLite keeps for itself", () => {
  const schema = toSchemaSpec(
    defineSchema({
      version: 1,
      collections: { sqlite_stat1: collection({ n: counter() }, { indexes: ["n"] }), Sqlite_notes: collection({ n: counter() }) },
    }),
  );
  const port = openNodeSqlite(":memory:");
  const { store } = openStore(port, schema, nodeRuntime, undefined, false);
  for (const { upsert, select } of store.collections.values()) {
    port.run(upsert, ["s", "a", Uint8Array.of(1), null, null, 1n]);
    expect(port.all(select, ["s", "a"])).toEqual([{ _meta: Uint8Array.of(1), _base: null, _pending: null }]);
  }
  expect(port.all("SELECT n FROM _sqlite_stat1")).toEqual([{ n: 1 }]);
  port.close();
});
