import { describe, expect, it } from "vitest";
import type { Transaction } from "@holdfast/core/engine";
import { eventually, OtherDevice, space } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";

const bed = useBed();

describe("while a push is on its way", () => {
  it("[CLI13][F23] a record that is written again is pending again: the answer settles what was sent, and no more", async () => {
    const replica = await bed.open("a", { r0: bed.r0, sync: { pushTransactionsMax: 1 } });
    await replica.write(space, (tx) => tx.notes.create({ title: "first" }, { id: "n" }));
    await replica.sync();
    let held = true;
    bed.r0.lose = (message) => message.type === "pushed" && held;
    const sent = await replica.write(space, (tx) => tx.notes.update("n", { title: "sent" }));
    await eventually("r0 has it", () => bed.r0.space(space).stream.length === 2);
    const last = await replica.write(space, (tx) => tx.notes.update("n", { title: "last" }));
    expect(replica.status().pending).toBe(2);
    held = false;
    bed.r0.cut();
    expect(await sent.confirmed).toEqual({ status: "confirmed" });
    expect(await last.confirmed).toEqual({ status: "confirmed" });
    expect(bed.r0.space(space).stream.length).toBe(3);
    expect(await replica.space(space).notes.get("n")).toMatchObject({ title: "last" });
  });

  it("[CLI12][F21] what others write is applied, though no write of this device is ever answered", async () => {
    const other = new OtherDevice("b");
    const replica = await bed.open("a", { r0: bed.r0, sync: { requestMsMax: 60_000 } });
    await replica.sync();
    bed.r0.lose = (message) => message.type === "pushed";
    await replica.write(space, (tx) => tx.notes.create({ title: "unanswered" }, { id: "own" }));
    await eventually("r0 has it", () => bed.r0.space(space).stream.length === 1);
    for (let n = 0; n < 3; n++) {
      const written = other.write((tx) => tx.notes.create({ title: `other ${n}` }, { id: `o${n}` }));
      bed.r0.poke(space, [bed.r0.append(space, written)]);
      await eventually("it is shown", async () => (await replica.space(space).notes.get(`o${n}`)) !== undefined);
    }
    expect(replica.status()).toMatchObject({ pending: 1, spaces: { [space]: { synced: false } } });
  });

  it("[CLI12][F33] what was created and deleted in one page is nowhere, and an item that came and went neither", async () => {
    const other = new OtherDevice("b");
    for (const step of [
      other.write((tx) => tx.notes.create({ title: "gone" }, { id: "gone" })),
      other.write((tx) => tx.notes.create({ title: "kept", tags: ["stays"] }, { id: "kept" })),
      other.write((tx) => tx.notes.delete("gone")),
      other.write((tx) => tx.notes.set("kept", "tags").add("goes")),
      other.write((tx) => tx.notes.set("kept", "tags").delete("goes")),
    ])
      bed.r0.append(space, step);
    const replica = await bed.open("a", { r0: bed.r0 });
    const shown: string[][] = [];
    replica.space(space).notes.subscribe((rows) => void shown.push(rows.map(({ id }) => id)));
    await replica.sync();
    expect(await replica.space(space).notes.all()).toMatchObject([{ id: "kept", tags: ["stays"] }]);
    expect(shown.flat()).not.toContain("gone");
    expect(await replica.sql`select id from notes`.all()).toEqual([{ id: "kept" }]);
  });

  it("[CLI105][T11][F12] what r0 has refused is shown whole until it is heard, though what was written after it is back already", async () => {
    const { r0 } = bed;
    const replica = await bed.open("a", { r0, sync: { backoffBaseMs: 1, backoffCapMs: 5 } });
    await replica.write(space, (tx) => tx.notes.create({ title: "first" }, { id: "n" }));
    await replica.sync();
    await replica.background();
    const before = await replica.write(space, (tx) => tx.notes.update("n", { title: "before" }));
    const refused = await replica.write(space, (tx) => {
      tx.notes.update("n", { size: 7 });
      tx.notes.create({ title: "beside it" }, { id: "m" });
    });
    await replica.write(space, (tx) => tx.notes.set("n", "tags").add("after"));
    const isRefused = ({ body }: Transaction) => body.type === "operations" && body.operations.some(({ field }) => field === "size");
    r0.decide = (transaction) => (isRefused(transaction) ? { type: "refused", code: "no", reason: "No." } : undefined);
    r0.echoOwn = true;
    const { mark } = r0.author(space, replica.id);
    let held = true;
    // The first answer to all three, and then each that goes further than to the first of them.
    r0.lose = (message) => held && message.type === "pushed" && message.mark > mark + 1 && (queueMicrotask(() => r0.cut()), true);
    await replica.foreground();
    expect(await before.confirmed).toEqual({ status: "confirmed" });
    expect(await replica.space(space).notes.get("n")).toMatchObject({ title: "before", size: 7, tags: ["after"] });
    expect(await replica.space(space).notes.get("m")).toBeDefined();
    held = false;
    expect(await refused.confirmed).toMatchObject({ status: "refused", code: "no" });
    expect(await replica.space(space).notes.get("n")).toMatchObject({ title: "before", size: 0, tags: ["after"] });
    expect(await replica.space(space).notes.get("m")).toBeUndefined();
  });
});
