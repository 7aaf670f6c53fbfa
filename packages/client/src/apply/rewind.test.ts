import { describe, expect, it } from "vitest";
import { initialChain, type ServerMessage } from "@holdfast/core/engine";
import { eventually, OtherDevice, space } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";
import { snapshotPageOf } from "../testing/snapshot-page.ts";

const bed = useBed();

const note = "n1";

/** As nothing had ever been written. */
function restore(replica: string): void {
  bed.r0.epoch = "f".repeat(32);
  bed.r0.space(space).stream.length = 0;
  const author = bed.r0.author(space, replica);
  Object.assign(author, { mark: 0, chain: initialChain(space, replica as never), outcomes: [] });
  author.answered.clear();
  bed.r0.cut();
}

describe("a replica and an r0 that has forgotten", () => {
  it("[CLI70][T6][T11] shows what its writes build on until r0 has answered them, and asks for a snapshot then", async () => {
    const other = new OtherDevice("d");
    const theirs = other.write((tx) => {
      tx.notes.create({ title: "theirs" }, { id: note });
      tx.notes.list(note, "items").push("theirs");
    });
    bed.r0.append(space, theirs);
    bed.r0.page = (pull) => (pull.cursor.length === 0 ? snapshotPageOf(bed.r0, note) : undefined);
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.sync();
    await replica.write(space, (tx) => {
      tx.notes.list(note, "items").push("mine");
      tx.notes.counter(note, "opened").add(3);
    });
    await replica.sync();
    const seen: string[] = [];
    replica
      .space(space)
      .notes.orderBy("id")
      .subscribe((rows) => seen.push(rows.map(({ title, items, opened }) => `${title}: ${items.join(" ")} ${opened}`).join()));
    await eventually("the first result", () => seen.length === 1);

    let asked = 0;
    bed.r0.awaits = () => ++asked <= 3;
    bed.r0.received.length = 0;
    restore(replica.id);
    await eventually("r0 has let it wait", () => asked === 2);
    // What is written meanwhile stands on the old state too.
    await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(1));
    bed.r0.append(space, theirs);
    await eventually("all is answered", () => replica.status().pending === 0);
    await replica.sync();

    const asking = bed.r0.received.map(({ type }) => type).filter((type) => type === "push" || type === "pull");
    expect(asking.indexOf("pull")).toBeGreaterThan(asking.lastIndexOf("push"));
    expect(new Set(seen)).toEqual(new Set(["theirs: theirs mine 3", "theirs: theirs mine 4"]));
    expect(replica.deadLetters.list()).toEqual([]);
  });

  it("[CLI70][T6][T11] also what is written while the snapshot is on its way, until that is answered, too", async () => {
    const { r0 } = bed;
    const other = new OtherDevice("d");
    const theirs = other.write((tx) => {
      tx.notes.create({ title: "theirs" }, { id: note });
      tx.notes.list(note, "items").push("theirs");
    });
    r0.append(space, theirs);
    r0.page = (pull) => (pull.cursor.length === 0 ? snapshotPageOf(r0, note) : undefined);
    const replica = await bed.open("a", { r0 });
    await replica.sync();
    const items = async () => (await replica.space(space).notes.get(note))?.items;
    let held: ServerMessage | undefined;
    r0.lose = (message) => message.type === "page" && (held ??= message) === message;
    r0.awaits = () => true;
    restore(replica.id);
    await eventually("the snapshot is on its way", () => held !== undefined);
    await replica.write(space, (tx) => tx.notes.list(note, "items").push("mine"));
    r0.lose = () => false;
    r0.broadcast(held as ServerMessage);
    await eventually("r0 lets the write wait", () => r0.received.filter(({ type }) => type === "push").length > 1);
    expect(await items()).toEqual(["theirs", "mine"]);
    // Its author has come back.
    r0.append(space, theirs);
    r0.awaits = () => false;
    await eventually("it is answered", () => replica.status().pending === 0);
    await replica.sync();
    expect([await items(), replica.status().spaces[space]?.sequence]).toEqual([["theirs", "mine"], 2]);
  });

  it("[CLI70][F21] not for ever: with a write that r0 does not answer, the snapshot comes at the next look of its own", async () => {
    const { r0 } = bed;
    const theirs = new OtherDevice("d").write((tx) => tx.notes.create({ title: "theirs" }, { id: note }));
    r0.append(space, theirs);
    r0.page = (pull) => (pull.cursor.length === 0 ? snapshotPageOf(r0, note) : undefined);
    const replica = await bed.open("a", { r0, sync: { antiEntropyMs: 100 } });
    await replica.sync();
    let held: ServerMessage | undefined;
    r0.lose = (message) => message.type === "pushed" || (message.type === "page" && (held ??= message) === message);
    restore(replica.id);
    await eventually("the snapshot is on its way", () => held !== undefined);
    await replica.write(space, (tx) => tx.notes.create({ title: "mine" }, { id: "own" }));
    r0.lose = (message) => message.type === "pushed";
    r0.broadcast(held as ServerMessage);
    await eventually("the snapshot is here", () => (replica.status().spaces[space]?.sequence ?? 0) > 0);
    expect(await replica.space(space).notes.get("own")).toMatchObject({ title: "mine" });
  });
});
