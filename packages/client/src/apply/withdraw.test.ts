import { describe, expect, it } from "vitest";
import { encodeTransaction, identityOf, nextChain, type Transaction } from "@holdfast/core/engine";
import type { Replica } from "../replica.ts";
import { eventually, OtherDevice, space, type TestSchema } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";
import { snapshotPageOf } from "../testing/snapshot-page.ts";

const bed = useBed();

const note = "n1";
const quick = { poisonAttemptsMax: 2, poisonClosuresMax: 2, backoffBaseMs: 1, backoffCapMs: 5 };

const opened = async (replica: Replica<TestSchema>) => (await replica.space(space).notes.get(note))?.opened;
const add = (replica: Replica<TestSchema>, by: number) => replica.write(space, (tx) => tx.notes.counter(note, "opened").add(by));

/** 5 and then 1 of one counter: the 5 is withdrawn, and nothing that was said since has come to r0. */
async function openWithdrawn(): Promise<Replica<TestSchema>> {
  const replica = await bed.open("a", { r0: bed.r0, sync: quick });
  await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
  await replica.sync();
  bed.r0.fails = () => true;
  await add(replica, 5);
  await add(replica, 1);
  await eventually("it is withdrawn", () => replica.deadLetters.list().length === 1);
  await replica.background();
  return replica;
}

/** What was sent long ago comes to r0 all the same. */
function arriveLate(replica: string, counter: number): void {
  const sent = bed.r0.received.flatMap((message) => (message.type === "push" ? message.transactions : []));
  const late = sent.find((each) => each.counter === counter && each.body.type === "operations") as Transaction;
  const author = bed.r0.author(space, replica);
  const identity = identityOf(late, encodeTransaction(late));
  Object.assign(author, { chain: nextChain(author.chain, identity), mark: counter });
  author.answered.set(counter, identity);
  bed.r0.append(space, late);
}

describe("what was withdrawn", () => {
  it("[CLI104][F10][T11] is in no total that is shown, also before r0 has the void, and what is written then counts", async () => {
    const replica = await openWithdrawn();
    expect(await opened(replica)).toBe(1);
    await add(replica, 10);
    expect(await opened(replica)).toBe(11);
    await replica.close();
    const again = await bed.open("a", { sync: quick });
    expect(await opened(again)).toBe(11);
    await again.close();
    bed.r0.fails = () => false;
    const online = await bed.open("a", { r0: bed.r0, sync: quick });
    await online.sync();
    const reader = await bed.open("b", { r0: bed.r0 });
    await reader.sync();
    for (const each of [online, reader]) expect(await opened(each)).toBe(11);
  });

  it("[CLI104][F10][T11] is in no total that is shown when a snapshot comes meanwhile", async () => {
    const replica = await openWithdrawn();
    const other = new OtherDevice("d");
    for (const { transaction } of bed.r0.space(space).stream) other.see(transaction);
    bed.r0.append(
      space,
      other.write((tx) => tx.notes.update(note, { title: "theirs" })),
    );
    bed.r0.page = () => snapshotPageOf(bed.r0, note);
    await replica.foreground();
    await eventually("the snapshot is here", async () => (await replica.space(space).notes.get(note))?.title === "theirs");
    expect(await opened(replica)).toBe(1);
  });

  it.each([
    ["it alone", [2]],
    ["with what was on top of it", [2, 3]],
  ])("[CLI64][F10][F58] stands again if it comes to r0 after all (%s), and what was written since counts beside it", async (_, late) => {
    const replica = await openWithdrawn();
    await add(replica, 10);
    expect(await opened(replica)).toBe(11);
    for (const counter of late) arriveLate(replica.id, counter);
    bed.r0.fails = () => false;
    await replica.foreground();
    await eventually("all is answered", () => replica.status().pending === 0);
    await replica.sync();
    const reader = await bed.open("b", { r0: bed.r0 });
    await reader.sync();
    for (const each of [replica, reader]) expect(await opened(each)).toBe(16);
    expect(replica.deadLetters.list()).toEqual([]);
  });

  it("[CLI104][F10][T11] is shown again when a page brings it, before r0 has answered, and with it what was written since", async () => {
    const replica = await openWithdrawn();
    await add(replica, 10);
    arriveLate(replica.id, 2);
    bed.r0.lose = (message) => message.type === "pushed";
    await replica.foreground();
    await eventually("the page is here", () => replica.status().spaces[space]?.sequence === 2);
    expect(await opened(replica)).toBe(16);
    await add(replica, 100);
    expect(await opened(replica)).toBe(116);
  });

  it("[CLI106][CLI64][F10][T4] is a text's edit that meets no later one, though it comes to r0 after all", async () => {
    const replica = await bed.open("a", { r0: bed.r0, sync: quick });
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    await replica.sync();
    bed.r0.fails = () => true;
    const type = (text: string) => replica.write(space, (tx) => tx.notes.text(note, "body").insert(0, text));
    await type("one ");
    await eventually("it is withdrawn", () => replica.deadLetters.list().length === 1);
    await replica.background();
    await type("two ");
    arriveLate(replica.id, 2);
    bed.r0.fails = () => false;
    await replica.foreground();
    await eventually("all is answered", () => replica.status().pending === 0);
    await replica.sync();
    const reader = await bed.open("b", { r0: bed.r0 });
    await reader.sync();
    for (const each of [replica, reader]) {
      const body = (await each.space(space).notes.get(note))?.body ?? "";
      for (const text of ["one ", "two "]) expect(body).toContain(text);
    }
  });
});
