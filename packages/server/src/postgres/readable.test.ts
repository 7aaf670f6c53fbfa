import { collection, defineSchema, register } from "@holdfast/core";
import { expect, it } from "vitest";
import { z } from "zod";
import { nodeRuntime } from "../runtime/node-runtime.ts";
import { createServer } from "../create-server.ts";
import { postgresStore } from "./index.ts";
import { useTestSchemas } from "./testing/schemas.ts";

const schemas = useTestSchemas();
const appSchema = defineSchema({
  version: 1,
  collections: {
    notes: collection({
      title: register(z.string(), ""),
      size: register(z.bigint(), 0n),
      image: register(z.instanceof(Uint8Array), new Uint8Array(0)),
      tags: register(z.array(z.string()), []),
    }),
  },
});

it("[PGS10] records are there for the operator's SQL, in the same commit, as the schema shows them", async () => {
  const schema = schemas.fresh();
  const open = async (readable: boolean) =>
    createServer({
      schema: appSchema,
      store: await postgresStore({ url: schemas.url, schema, partitions: 2, ...(readable ? { readable: appSchema } : {}) }),
      authenticate: () => null,
      authorize: { space: () => "none" },
      runtime: nodeRuntime,
    });
  const rows = async (): Promise<readonly unknown[]> =>
    (
      await schemas.admin.query(
        `SELECT record, data, data->'tags'->>1 AS second FROM ${schema}.live_records WHERE space = 's' ORDER BY record`,
      )
    ).rows;
  const server = await open(true);
  await server.space("s").write((tx) => {
    tx.notes.create({ title: "Größe 😀", size: 2n ** 60n, image: Uint8Array.of(1, 2, 255), tags: ["a", "b"] }, { id: "n1" });
    tx.notes.create({ title: "gone" }, { id: "n2" });
  });
  await server.space("s").write((tx) => tx.notes.delete("n2"));
  const data = { id: "n1", title: "Größe 😀", size: "1152921504606846976", image: "AQL_", tags: ["a", "b"] };
  expect(await rows()).toEqual([{ record: "n1", data, second: "b" }]);
  await server.close();

  // An instance that was not told of the schema does not leave what is no longer so.
  const plain = await open(false);
  await plain.space("s").write((tx) => tx.notes.update("n1", { title: "new" }));
  expect(await rows()).toEqual([{ record: "n1", data: null, second: null }]);
  await plain.close();
});
