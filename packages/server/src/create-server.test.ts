import { HoldfastError } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { createServer } from "./create-server.ts";
import { accept } from "./decision.ts";
import { sqliteStore } from "./sqlite/index.ts";
import { testSchema } from "./testing/test-schema.ts";

describe("createServer", () => {
  it("[SRV22] refuses what cannot work, and says what to pass instead", async () => {
    const store = sqliteStore(":memory:");
    const good = {
      schema: testSchema,
      store,
      authenticate: () => ({ id: "ann" }),
      authorize: { space: () => "write" as const },
      arbiters: { buyPlan: () => accept() },
    };
    const broken = [
      { ...good, store: undefined },
      { ...good, authenticate: undefined },
      { ...good, authorize: {} },
      { ...good, arbiters: {} },
      { ...good, limits: { vectorEntriesMax: 128 } },
      { ...good, limits: { vectorEntriesMax: 0 } },
      { ...good, arbiters: { ...good.arbiters, other: () => accept() } },
    ];
    for (const options of broken) {
      let thrown: unknown;
      try {
        createServer(options as never);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(HoldfastError);
      expect(thrown).toMatchObject({ code: "invalid-option", origin: "caller" });
    }
    const server = createServer(good);
    const first = await server.listen({ port: 0 });
    await expect(server.listen({ port: first.port })).rejects.toMatchObject({ code: "invalid-option" });
    await server.close();
    await server.close();
  });
});
