import { HoldfastError } from "@holdfast/core/engine";
import { expect, it } from "vitest";
import { sqliteStore } from "../sqlite/index.ts";
import { openTestServer } from "../testing/test-server.ts";

it.each(["commit-unknown", "store-busy"] as const)(
  "[OPT9] a turn of several jobs that ends with %s is nobody's fault: none of them is decided again",
  async (code) => {
    const store = sqliteStore(":memory:");
    let turns = 0;
    const test = await openTestServer({
      store: {
        ...store,
        async transact(space, body) {
          turns++;
          const result = await store.transact(space, body);
          if (turns > 1) return result;
          throw new HoldfastError(code, "The answer was lost.", { origin: "disk", retry: code === "store-busy", advice: "" });
        },
      },
    });
    let runs = 0;
    const write = (): Promise<unknown> => test.server.space("s").write((tx) => void (runs++, tx.notes.create({ title: "a" })));
    const results = await Promise.allSettled([write(), write(), write()]);
    expect(results.map((result) => result.status === "rejected" && (result.reason as HoldfastError).code)).toEqual([code, code, code]);
    expect([turns, runs]).toEqual([1, 3]);
    await write();
    expect(runs).toBe(4);
    await test.dispose();
  },
);
