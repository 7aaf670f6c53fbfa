import { describe, expect, it } from "vitest";
import { HoldfastError } from "@holdfast/core";
import { space } from "./testing/bed.ts";
import { useBed } from "./testing/use-bed.ts";
import { ScriptedR0 } from "./testing/scripted-r0.ts";

const bed = useBed();

describe("closing", () => {
  it("[CLI50][F24] keeps when the replica was last in step, and claims nothing more", async () => {
    const replica = await bed.open("a", { r0: new ScriptedR0() });
    await replica.write(space, (tx) => tx.notes.create({ title: "first" }));
    const { lastSyncedAt } = await replica.sync();
    expect(lastSyncedAt).toBeGreaterThan(0);
    await replica.close();
    const again = await bed.open("a");
    expect(again.status().lastSyncedAt).toBeGreaterThanOrEqual(lastSyncedAt ?? Number.NaN);
    expect(again.status().lastSyncedAt).toBeLessThanOrEqual(Date.now());
    expect(again.status().spaces[space]).toMatchObject({ synced: false, hasSynced: true });
  });

  it("[CLI50][F47] a full disk keeps no replica from closing, and is told to nobody who could do nothing about it", async () => {
    const told: unknown[] = [];
    let full = false;
    const replica = await bed.open("a", {
      r0: new ScriptedR0(),
      onError: (error) => told.push(error),
      wrap: (port) => ({
        ...port,
        transaction: (body) => {
          if (full) throw new HoldfastError("store-full", "No space.", { origin: "disk", retry: true, advice: "Free some." });
          return port.transaction(body);
        },
      }),
    });
    await replica.sync();
    full = true;
    await replica.close();
    expect(told).toEqual([]);
    expect((await bed.open("a")).status().lastSyncedAt).toBeUndefined();
  });
});
