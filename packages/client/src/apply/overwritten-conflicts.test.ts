import { describe, expect, it } from "vitest";
import { OtherDevice, space } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";

const bed = useBed();

const note = "n1";

/** A note with two items that this replica and another device know, and this replica in the background. */
async function part() {
  const replica = await bed.open("a", { r0: bed.r0 });
  await replica.write(space, (tx) => tx.notes.create({ title: "first", items: ["milk", "bread"] }, { id: note }));
  await replica.sync();
  const other = new OtherDevice("b");
  for (const { transaction } of bed.r0.space(space).stream) other.see(transaction);
  await replica.background();
  const meet = async (): Promise<void> => {
    await replica.foreground();
    await replica.sync();
  };
  const kept = () => replica.conflicts.list().map(({ value }) => value);
  return { replica, other, meet, kept };
}

describe.each(["one page", "two pages"])("a loser that its author wrote over, told in %s", (pages) => {
  it("[REC9] leaves the conflict log, or never enters it", async () => {
    const { replica, other, meet, kept } = await part();
    // Two writes here, three there: the other's first loses to ours, its last wins.
    await replica.write(space, (tx) => tx.notes.update(note, { title: "mine, at first" }));
    await replica.write(space, (tx) => tx.notes.update(note, { title: "mine" }));
    bed.r0.append(
      space,
      other.write((tx) => tx.notes.update(note, { title: "theirs, at first" })),
    );
    if (pages === "two pages") {
      await meet();
      expect(kept()).toEqual(["theirs, at first"]);
      await replica.background();
    }
    for (const title of ["theirs, then", "theirs"])
      bed.r0.append(
        space,
        other.write((tx) => tx.notes.update(note, { title })),
      );
    await meet();
    expect((await replica.space(space).notes.get(note))?.title).toBe("theirs");
    expect(kept()).toEqual(["mine"]);
  });

  it("[REC9] stays while only another item of the list was written, and leaves when its own is", async () => {
    const { replica, other, meet, kept } = await part();
    await replica.write(space, (tx) => tx.notes.list(note, "items").set(0, "oat milk"));
    await replica.write(space, (tx) => tx.notes.list(note, "items").set(0, "soy milk"));
    bed.r0.append(
      space,
      other.write((tx) => tx.notes.list(note, "items").set(0, "goat milk")),
    );
    if (pages === "two pages") {
      await meet();
      await replica.background();
    }
    bed.r0.append(
      space,
      other.write((tx) => tx.notes.list(note, "items").set(1, "rye bread")),
    );
    await meet();
    expect((await replica.space(space).notes.get(note))?.items).toEqual(["soy milk", "rye bread"]);
    expect(kept()).toEqual(["goat milk"]);
    await replica.background();
    bed.r0.append(
      space,
      other.write((tx) => tx.notes.list(note, "items").delete(0)),
    );
    await meet();
    expect(kept()).toEqual([]);
  });
});
