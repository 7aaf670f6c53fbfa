import { describe, expect, it } from "vitest";
import { space } from "./testing/bed.ts";
import { useBed } from "./testing/use-bed.ts";
import { ScriptedR0 } from "./testing/scripted-r0.ts";

const bed = useBed();

describe("inspection", () => {
  it("[CLI80] says what r0 has not answered, and who has written a record", async () => {
    const replica = await bed.open("a", { r0: new ScriptedR0() });
    await replica.write(space, (tx) => void tx.notes.create({ title: "one" }, { id: "n1" }));
    await replica.sync();
    expect(await replica.inspect.pending(space)).toEqual([]);
    const confirmed = await replica.inspect.record(space, "notes", "n1");
    expect(confirmed).toMatchObject({ visible: true, pending: 0, vector: confirmed.confirmed });

    await replica.background();
    const { [replica.id]: sent = 0 } = confirmed.vector;
    await replica.write(space, (tx) => tx.notes.update("n1", { title: "two" }));
    expect(await replica.inspect.pending(space)).toMatchObject([
      { space, counter: sent + 1, payload: { type: "write", changes: [{ collection: "notes", record: "n1", field: "title" }] } },
    ]);
    expect(await replica.inspect.record(space, "notes", "n1")).toEqual({
      visible: true,
      vector: { [replica.id]: sent + 1 },
      confirmed: { [replica.id]: sent },
      pending: sent + 1,
    });
    expect(await replica.inspect.record(space, "notes", "nobody")).toEqual({ visible: false, vector: {}, confirmed: {}, pending: 0 });
  });
});
