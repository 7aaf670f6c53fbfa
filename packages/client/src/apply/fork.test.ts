import { copyFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ServerMessage, Transaction } from "@holdfast/core/engine";
import type { DeadLetter } from "../index.ts";
import { nodeRuntime } from "../node/runtime.ts";
import type { Replica } from "../replica.ts";
import { eventually, OtherDevice, space, type TestSchema } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";
import { ScriptedR0 } from "../testing/scripted-r0.ts";
import { snapshotPageOf } from "../testing/snapshot-page.ts";

const bed = useBed();

const note = "n1";
const quick = { poisonAttemptsMax: 2, poisonClosuresMax: 2, backoffBaseMs: 1, backoffCapMs: 5 };

function copyFile(from: string, to: string): void {
  copyFileSync(bed.file(from), bed.file(to));
}

/** Where the other copy was first, an attempt ends with finding that out, and the next one begins under a new id: which is first is a race. */
function isInStep(replica: Replica<TestSchema>): Promise<boolean> {
  return replica.sync().then(
    () => true,
    () => false,
  );
}

/** A transaction that somebody with a copy of the file has written and r0 has taken, under this replica's id. */
function writtenElsewhere(replica: string, by: number): Transaction {
  const author = bed.r0.author(space, replica);
  const clone = new OtherDevice("c");
  for (const { transaction } of bed.r0.space(space).stream) clone.see(transaction);
  const theirs = clone.write((tx) => tx.notes.counter(note, "opened").add(by));
  return { ...theirs, replica: replica as Transaction["replica"], counter: author.mark + 1 };
}

describe("a replica whose file was copied", () => {
  it("[CLI22][CLI61][T4][F25] says again what r0 has not had of its pending writes, and nothing that it has had", async () => {
    const first = await bed.open("a");
    for (let n = 0; n < 5; n++)
      await first.write(space, (tx) => {
        if (n === 0) tx.notes.create({}, { id: note });
        if (n === 1) return tx.notes.update(note, { title: "refused" });
        tx.notes.counter(note, "opened").add(1);
        tx.notes.list(note, "items").push(`both-${n}`);
      });
    await first.close();
    copyFile("a", "b");
    const isTitle = ({ body }: Transaction) => body.type === "operations" && body.operations.some(({ field }) => field === "title");
    bed.r0.decide = (transaction) => (isTitle(transaction) ? { type: "refused", code: "no", reason: "No." } : undefined);
    const original = await bed.open("a", { r0: bed.r0 });
    const add = (replica: typeof original, item: string) =>
      replica.write(space, (tx) => {
        tx.notes.counter(note, "opened").add(10);
        tx.notes.list(note, "items").push(item);
      });
    await original.sync();
    await add(original, "a");
    await original.sync();
    bed.r0.decide = () => undefined;
    // Neither of the two has ever pulled: all that the second gets is what r0 says of its push.
    const copy = await bed.open("b", { r0: bed.r0, sync: { pushTransactionsMax: 2, backoffBaseMs: 5, backoffCapMs: 20 } });
    const letters: DeadLetter[] = [];
    copy.on("refused", (letter) => letters.push(letter));
    const before = copy.id;
    const written = await add(copy, "b");
    expect(await written.confirmed).toEqual({ status: "confirmed" });
    await copy.sync();
    expect([copy.id === before, original.id === before]).toEqual([false, true]);
    expect(letters.map(({ code }) => code)).toEqual(["no"]);
    const shown = await copy.space(space).notes.get(note);
    const items = ["both-0", "both-2", "both-3", "both-4", "a", "b"];
    expect([...(shown?.items ?? [])].sort()).toEqual(items.sort());
    expect(shown).toMatchObject({ title: "", opened: 24 });
    await original.sync();
    expect(await original.digest(space)).toBe(await copy.digest(space));
  });

  it("[CLI61][T4] two copies that both have to leave one id say what they share once", async () => {
    const first = await bed.open("a");
    await first.write(space, (tx) => {
      tx.notes.create({}, { id: note });
      tx.notes.counter(note, "opened").add(1);
    });
    await first.close();
    copyFile("a", "early");
    const later = await bed.open("a");
    await later.write(space, (tx) => tx.notes.counter(note, "opened").add(10));
    await later.close();
    copyFile("a", "b");
    copyFile("a", "c");
    // Its counters are in use at r0 for something else when the two come that share a write.
    const early = await bed.open("early", { r0: bed.r0 });
    await early.write(space, (tx) => tx.notes.counter(note, "opened").add(100));
    await early.sync();
    const open = async (name: string) => {
      const replica = await bed.open(name, { r0: bed.r0 });
      await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(1_000));
      await replica.sync();
      await eventually("everything is answered", () => replica.status().pending === 0);
      return replica;
    };
    const replicas = [await open("b"), await open("c")];
    expect(new Set([early.id, ...replicas.map(({ id }) => id)]).size).toBe(3);
    for (const replica of replicas) {
      await replica.sync();
      expect((await replica.space(space).notes.get(note))?.opened).toBe(2_111);
    }
  });

  it("[CLI82][T4][T1] two copies know which of their writes is the oldest, though the clock was set back between two spaces", async () => {
    let wallMs = 2_000_000;
    const runtime = { ...nodeRuntime, wallMs: () => wallMs };
    const spaces = [space, "user:43"];
    const first = await bed.open("a", { spaces, runtime });
    await first.write(space, (tx) => {
      tx.notes.create({}, { id: note });
      tx.notes.counter(note, "opened").add(1);
    });
    await first.close();
    copyFile("a", "early");
    const later = await bed.open("a", { spaces, runtime });
    await later.write(space, (tx) => tx.notes.counter(note, "opened").add(10));
    await later.close();
    copyFile("a", "b");
    copyFile("a", "c");
    const early = await bed.open("early", { r0: bed.r0, spaces, runtime });
    await early.write(space, (tx) => tx.notes.counter(note, "opened").add(100));
    await early.sync();
    wallMs = 1_000_000;
    for (const name of ["b", "c"]) {
      const offline = await bed.open(name, { spaces, runtime });
      await offline.write("user:43", (tx) => tx.notes.create({ title: name }, { id: name }));
      await offline.close();
      const replica = await bed.open(name, { r0: bed.r0, spaces, runtime });
      await eventually("everything is answered", () => replica.status().pending === 0);
      await replica.sync();
      expect((await replica.space(space).notes.get(note))?.opened).toBe(111);
    }
  });

  it("[RST7][T4][T1][F59] a wall clock has no say in the id that is taken, which orders what is written at one place", async () => {
    const first = await bed.open("a");
    await first.write(space, (tx) => tx.notes.create({}, { id: note }));
    await first.close();
    const taken: string[] = [];
    for (const wallMs of [1_000_000, 2_000_000]) {
      const far = new ScriptedR0();
      const runtime = { ...nodeRuntime, wallMs: () => wallMs };
      const [early, late] = [`early-${wallMs}`, `late-${wallMs}`];
      for (const name of [early, late]) copyFile("a", name);
      const other = await bed.open(early, { r0: far, runtime });
      await other.write(space, (tx) => tx.notes.counter(note, "opened").add(100));
      await other.sync();
      const replica = await bed.open(late, { runtime });
      await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(1));
      await replica.close();
      const again = await bed.open(late, { r0: far, runtime });
      await eventually("everything is answered", () => again.status().pending === 0);
      expect(again.id).not.toBe(other.id);
      taken.push(again.id);
    }
    expect(new Set(taken).size).toBe(1);
  });

  const isPoison = ({ body }: Transaction) => body.type === "operations" && body.operations.some(({ field }) => field === "title");
  /** Two copies with a write that r0 fails on, and two that have counted it in. */
  async function copiesOfPoison(): Promise<void> {
    const first = await bed.open("a", { sync: quick });
    await first.write(space, (tx) => tx.notes.create({}, { id: note }));
    await first.write(space, (tx) => {
      tx.notes.update(note, { title: "poison" });
      tx.notes.counter(note, "opened").add(5);
    });
    for (const item of ["one", "two"])
      await first.write(space, (tx) => {
        tx.notes.counter(note, "opened").add(1);
        tx.notes.list(note, "items").push(item);
      });
    await first.close();
    copyFile("a", "b");
    bed.r0.fails = isPoison;
  }
  const withoutPoison = { title: "", opened: 12, items: ["one", "two"] };

  it.each([1, 2, 100])(
    "[CLI84][CLI51][T4][F10][F58] knows its writes again in those of a copy that has withdrawn one (%i at once)",
    async (pushTransactionsMax) => {
      await copiesOfPoison();
      const original = await bed.open("a", { r0: bed.r0, sync: quick });
      await eventually("it is withdrawn", () => original.deadLetters.list().length === 1);
      await original.sync();
      await original.write(space, (tx) => tx.notes.counter(note, "opened").add(10));
      await original.sync();
      const copy = await bed.open("b", { r0: bed.r0, sync: { ...quick, pushTransactionsMax } });
      await eventually("everything is answered", () => copy.status().pending === 0);
      await copy.sync();
      expect(copy.id).not.toBe(original.id);
      expect(copy.deadLetters.list().map(({ code }) => code)).toEqual(["withdrawn-elsewhere"]);
      await original.sync();
      for (const replica of [copy, original]) expect(await replica.space(space).notes.get(note)).toMatchObject(withoutPoison);
    },
  );

  it("[CLI84][CLI61][T4][F10] says what it shares with a copy once, though that one has withdrawn something and not said the rest yet", async () => {
    await copiesOfPoison();
    const isItem = ({ body }: Transaction) => body.type === "operations" && body.operations.some(({ field }) => field === "items");
    bed.r0.awaits = isItem;
    const original = await bed.open("a", { r0: bed.r0, sync: quick });
    await eventually("it is withdrawn", () => original.deadLetters.list().length === 1);
    await eventually("r0 has the void", () => bed.r0.author(space, original.id).mark > 1);
    await original.background();
    bed.r0.awaits = () => false;
    const copy = await bed.open("b", { r0: bed.r0, sync: quick });
    await eventually("everything is answered", () => copy.status().pending === 0);
    await copy.sync();
    await original.foreground();
    await original.write(space, (tx) => tx.notes.counter(note, "opened").add(10));
    await eventually("everything is answered", () => original.status().pending === 0);
    for (const replica of [original, copy]) {
      await replica.sync();
      expect(await replica.space(space).notes.get(note)).toMatchObject(withoutPoison);
    }
  });

  /** One of two copies withdraws what r0 fails on; the other says it, and goes on under the id. Both come to `shown`. */
  async function withdrawnHereAndSaidThere(isFatal: (transaction: Transaction) => boolean, shown: object): Promise<void> {
    bed.r0.fails = (transaction) => isFatal(transaction) || transaction.body.type === "void";
    const original = await bed.open("a", { r0: bed.r0, sync: quick });
    const letters = () => original.deadLetters.list().map(({ code }) => code);
    await eventually("it is withdrawn", () => letters().length === 1);
    await original.background();
    bed.r0.fails = () => false;
    const copy = await bed.open("b", { r0: bed.r0, sync: quick });
    await copy.write(space, (tx) => tx.notes.counter(note, "opened").add(10));
    await eventually("everything is answered", () => copy.status().pending === 0);
    await original.write(space, (tx) => tx.notes.counter(note, "opened").add(100));
    await original.foreground();
    await eventually("everything is answered", () => original.status().pending === 0);
    for (const replica of [original, copy, original]) await replica.sync();
    expect(original.id).not.toBe(copy.id);
    expect(letters()).toEqual([]);
    for (const replica of [original, copy]) expect(await replica.space(space).notes.get(note)).toMatchObject(shown);
  }

  it("[CLI102][CLI64][T4][F10] what it has withdrawn stands again, where r0 has it from a copy that has gone on under the same id", async () => {
    await copiesOfPoison();
    await withdrawnHereAndSaidThere(isPoison, { title: "poison", opened: 117, items: ["one", "two"] });
  });

  it("[CLI102][CLI64][T4][F10] so does the last that both had, since the void in its place names it", async () => {
    const isNote = ({ body }: Transaction) => body.type === "operations" && body.operations.some(({ field }) => field === "title");
    const first = await bed.open("a", { sync: quick });
    await first.write(space, (tx) => tx.notes.create({}, { id: note }));
    await first.write(space, (tx) => tx.notes.update(note, { title: "both" }));
    await first.close();
    copyFile("a", "b");
    await withdrawnHereAndSaidThere(isNote, { title: "both", opened: 110 });
  });

  it("[CLI51][CLI61][T4][F10][F58] two copies that withdraw the same write each for itself count the rest once", async () => {
    await copiesOfPoison();
    const replicas = [await bed.open("a", { r0: bed.r0, sync: quick }), await bed.open("b", { r0: bed.r0, sync: quick })];
    for (const replica of replicas) await eventually("it is withdrawn", () => replica.deadLetters.list().length === 1);
    for (const replica of replicas) await eventually("everything is answered", () => replica.status().pending === 0);
    await replicas[0]?.write(space, (tx) => tx.notes.counter(note, "opened").add(10));
    for (const replica of [...replicas, ...replicas]) await eventually("it is in step", () => isInStep(replica));
    for (const replica of replicas) expect(await replica.space(space).notes.get(note)).toMatchObject(withoutPoison);
  });

  it("[CLI88][T4][F10] what was withdrawn stays refused, though the void in its place is said under a new id", async () => {
    const replica = await bed.open("a", { r0: bed.r0, sync: quick });
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    await replica.sync();
    const before = replica.id;
    await replica.close();
    copyFile("a", "b");
    const again = await bed.open("a", { r0: bed.r0, sync: quick });
    bed.r0.fails = (transaction) => transaction.body.type === "void" || isPoison(transaction);
    const written = await again.write(space, (tx) => tx.notes.update(note, { title: "poison" }));
    await eventually("it is withdrawn", () => again.deadLetters.list().length === 1);
    await again.background();
    bed.r0.fails = () => false;
    const other = await bed.open("b", { r0: bed.r0 });
    await other.write(space, (tx) => tx.notes.counter(note, "opened").add(1));
    await other.sync();
    await again.foreground();
    await eventually("it has another id", () => again.id !== before);
    expect(await written.confirmed).toMatchObject({ status: "refused", code: "withdrawn" });
    await again.sync();
    expect(await written.confirmed).toMatchObject({ status: "refused", code: "withdrawn" });
    expect(await again.space(space).notes.get(note)).toMatchObject({ title: "", opened: 1 });
  });

  it("[CLI62][T4][I5] pulls nothing under the old id once it knows, and shows its own writes at every moment", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => {
      tx.notes.create({}, { id: note });
      tx.notes.counter(note, "opened").add(1);
    });
    await replica.sync();
    const before = replica.id;
    await replica.background();
    const theirs = writtenElsewhere(before, 10);
    bed.r0.append(space, theirs);
    const author = bed.r0.author(space, before);
    author.mark += 1;
    author.chain = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const shown: number[] = [];
    replica.space(space).notes.subscribe((rows) => shown.push(rows[0]?.opened ?? 0));
    await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(100));
    bed.r0.received.length = 0;
    await replica.foreground();
    await eventually("all of it is shown", () => shown.at(-1) === 110);
    expect(shown.every((sum, index) => sum >= (shown[index - 1] ?? 0))).toBe(true);
    const ids = bed.r0.received.flatMap((message) =>
      message.type === "hello" ? [message.replica] : message.type === "pull" ? ["pull"] : [],
    );
    expect(ids.indexOf("pull")).toBeGreaterThan(ids.indexOf(replica.id));
    expect(ids[0]).toBe(before);
  });

  it("[CLI62][T4] takes no page with somebody else's operations under its own id, and leaves the id", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    await replica.sync();
    const before = replica.id;
    // At another instance of r0, whose session this one knows nothing of; the mark that the welcome tells is older.
    const sequenced = bed.r0.append(space, writtenElsewhere(before, 10));
    bed.r0.poke(space, [sequenced]);
    await eventually("it has another id", () => replica.id !== before);
    const written = await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(100));
    expect(await written.confirmed).toEqual({ status: "confirmed" });
    await eventually("both are counted", async () => (await replica.space(space).notes.get(note))?.opened === 110);
  });

  it("[RST10][CLI61][T4] leaves to the other copy what a snapshot has brought of it under the names of its own pending writes", async () => {
    const { r0 } = bed;
    r0.append(
      space,
      new OtherDevice("d").write((tx) => tx.notes.create({}, { id: note })),
    );
    const replica = await bed.open("a", { r0, sync: quick });
    await replica.sync();
    const before = replica.id;
    await replica.background();
    await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(100));
    // The welcome comes from an instance that has not heard of the other copy, and a snapshot from one that has.
    let isStale = true;
    const { mark, chain } = r0.author(space, before);
    r0.rewrite = (message) =>
      message.type === "welcome" && isStale ? { ...message, spaces: message.spaces.map((each) => ({ ...each, mark, chain })) } : message;
    r0.append(space, writtenElsewhere(before, 10));
    Object.assign(r0.author(space, before), { mark: mark + 1, chain: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
    r0.page = () => (isStale ? snapshotPageOf(r0, note) : undefined);
    r0.lose = (message) => message.type === "pushed" && isStale && ((isStale = false), false);
    await replica.foreground();
    await eventually("it has another id", () => replica.id !== before);
    await eventually("all is answered", () => replica.status().pending === 0);
    await replica.sync();
    const reader = await bed.open("b", { r0 });
    await reader.sync();
    for (const each of [replica, reader]) expect((await each.space(space).notes.get(note))?.opened).toBe(110);
    expect(await replica.digest(space)).toBe(await reader.digest(space));
  });

  it("[CLI63][T4] told that another copy is alive, it offers what is pending under the old id first, and then leaves it", async () => {
    let copied = true;
    bed.r0.rewrite = (message: ServerMessage) => (message.type === "welcome" && copied ? { ...message, copied } : message);
    const replica = await bed.open("a", { sync: quick });
    const before = replica.id;
    const written = await replica.write(space, (tx) => {
      tx.notes.create({}, { id: note });
      tx.notes.counter(note, "opened").add(1);
    });
    await replica.close();
    const again = await bed.open("a", { r0: bed.r0, sync: quick });
    expect(again.id).toBe(before);
    again.on("forked", () => void (copied = false));
    await eventually("it has another id", () => again.id !== before);
    await again.sync();
    expect(bed.r0.author(space, before).mark).toBeGreaterThan(0);
    expect(bed.r0.author(space, again.id).mark).toBe(0);
    expect((await again.space(space).notes.get(note))?.opened).toBe(1);
    expect(written).toBeDefined();
  });

  it("[CLI64][F10][F12] a write that was withdrawn, and that r0 had all the same, stands again and is confirmed", async () => {
    const replica = await bed.open("a", { r0: bed.r0, sync: quick });
    await replica.write(space, (tx) => tx.notes.create({ title: "before" }, { id: note }));
    await replica.sync();
    // It arrives, and the link dies before the answer, again and again.
    bed.r0.lose = (message) => message.type === "pushed" && (queueMicrotask(() => bed.r0.cut()), true);
    const written = await replica.write(space, (tx) => {
      tx.notes.update(note, { title: "poison?" });
      tx.notes.counter(note, "opened").add(5);
    });
    await eventually("it is withdrawn", () => replica.deadLetters.list().length === 1);
    await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(1));
    bed.r0.lose = () => false;
    expect(await written.confirmed).toEqual({ status: "confirmed" });
    const before = replica.id;
    await replica.sync();
    expect(await replica.space(space).notes.get(note)).toMatchObject({ title: "poison?", opened: 6 });
    expect([replica.deadLetters.list().length, replica.id]).toEqual([0, before]);
  });
});

/** What a backup of r0, taken now, brings back. */
function backUp(replica: string): () => void {
  const author = bed.r0.author(space, replica);
  const { mark, chain } = author;
  const { length } = bed.r0.space(space).stream;
  return () => {
    bed.r0.epoch = "f".repeat(32);
    bed.r0.space(space).stream.length = length;
    Object.assign(author, { mark, chain, outcomes: author.outcomes.filter(({ counter }) => counter <= mark) });
    for (const counter of [...author.answered.keys()]) if (counter > mark) author.answered.delete(counter);
    bed.r0.cut();
  };
}

describe("a replica whose r0 came back from a backup", () => {
  const isTitle = ({ body }: Transaction) => body.type === "operations" && body.operations.some(({ field }) => field === "title");
  const isRefused = (transaction: Transaction) =>
    isTitle(transaction) ? { type: "refused" as const, code: "no", reason: "No." } : undefined;

  /** One that r0 refuses, between two that it lets in. */
  async function writeThree(replica: Replica<TestSchema>): Promise<void> {
    const add = () => replica.write(space, (tx) => tx.notes.counter(note, "opened").add(10));
    await add();
    await replica.write(space, (tx) => tx.notes.update(note, { title: "refused" }));
    await add();
    await replica.sync();
  }

  it("[CLI65][T6][F26] has what r0 lost pending again, under its own dots, refusals told once", async () => {
    bed.r0.decide = isRefused;
    const replica = await bed.open("a", { r0: bed.r0 });
    const before = replica.id;
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    await replica.sync();
    const restores = [backUp(before)];
    await writeThree(replica);
    // A mark that stands right before, or behind, what was refused.
    restores.push(backUp(before));
    for (const restore of restores.reverse()) {
      const { mark } = bed.r0.author(space, before);
      restore();
      await eventually("r0 has it again", () => bed.r0.author(space, before).mark === mark);
      await eventually("it is in step", () => replica.status().pending === 0);
      await replica.sync();
      expect(replica.id).toBe(before);
      expect(await replica.space(space).notes.get(note)).toMatchObject({ title: "", opened: 20 });
      expect(replica.deadLetters.list()).toHaveLength(1);
    }
    const reader = await bed.open("b", { r0: bed.r0 });
    await reader.sync();
    expect(await reader.digest(space)).toBe(await replica.digest(space));
  });

  it("[CLI67][T6][F26] names no position of the history that is gone", async () => {
    const elsewhere = new OtherDevice("d");
    bed.r0.append(
      "other",
      elsewhere.write((tx) => tx.notes.create({}, { id: "there" })),
    );
    const replica = await bed.open("a", { r0: bed.r0, spaces: [space, "other"] });
    await replica.sync();
    const restore = backUp(replica.id);
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    await replica.sync();
    await replica.background();
    await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(1));
    restore();
    bed.r0.space("other").stream.length = 0;
    bed.r0.received.length = 0;
    await replica.foreground();
    await eventually("all is answered", () => replica.status().pending === 0);
    const said = bed.r0.received.flatMap((message) => (message.type === "push" ? message.transactions : []));
    expect(said.length).toBe(2);
    for (const { dependencies } of said) expect(dependencies.size).toBe(0);
    await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(1));
    await replica.sync();
    expect(bed.r0.space(space).stream.at(-1)?.transaction.dependencies.size).toBe(0);
  });

  it("[CLI65][T4][T6] does not take another copy's history for the beginning of its own", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    const before = replica.id;
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    await replica.sync();
    const restore = backUp(before);
    await writeThree(replica);
    restore();
    bed.r0.author(space, before).chain = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    await eventually("it has another id", () => replica.id !== before);
    await eventually("it is in step", () => replica.status().pending === 0);
    expect(bed.r0.author(space, before).mark).toBe(1);
  });

  it("[CLI65][T4][T6][F26] says again what r0 lost of it, where another copy of the file has come first", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    const before = replica.id;
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    await replica.sync();
    const restore = backUp(before);
    await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(10));
    await replica.sync();
    await replica.background();
    restore();
    // As far as this one had come, and further: nothing in a welcome says that anything is missing.
    for (const by of [1, 2]) {
      const author = bed.r0.author(space, before);
      bed.r0.append(space, writtenElsewhere(before, by));
      Object.assign(author, { mark: author.mark + 1, chain: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, by) });
    }
    await replica.foreground();
    await eventually("it has another id", () => replica.id !== before);
    await eventually("it is in step", () => replica.status().pending === 0);
    await replica.sync();
    const reader = await bed.open("b", { r0: bed.r0 });
    await reader.sync();
    expect((await reader.space(space).notes.get(note))?.opened).toBe(12);
  });

  it("[CLI107][F09][F12] told by an old welcome of less than it has settled, it asks r0 before it says anything under a new id", async () => {
    const { r0 } = bed;
    const replica = await bed.open("a", { r0, sync: quick, limits: { confirmedKeptMax: 0 } });
    const before = replica.id;
    const old = { ...r0.author(space, before) };
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    await replica.sync();
    let isOld = false;
    r0.lose = (message) => message.type === "pushed" && !isOld && (queueMicrotask(() => r0.cut()), (isOld = true));
    r0.rewrite = (message) =>
      message.type === "welcome" && isOld && replica.id === before
        ? { ...message, spaces: message.spaces.map((each) => ({ ...each, mark: old.mark, chain: old.chain })) }
        : message;
    await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(5));
    await eventually("all is answered", () => isOld && replica.status().pending === 0);
    await replica.sync();
    const reader = await bed.open("b", { r0 });
    await reader.sync();
    for (const each of [replica, reader]) expect((await each.space(space).notes.get(note))?.opened).toBe(5);
  });

  it("[RST10][CLI65][T4][T6][T11] shows what it says again under a new id once, also before a snapshot has come", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    const before = replica.id;
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    await replica.sync();
    const restore = backUp(before);
    const write = () =>
      replica.write(space, (tx) => {
        tx.notes.counter(note, "opened").add(10);
        tx.notes.set(note, "tags").add("mine");
        tx.notes.list(note, "items").push("mine");
      });
    await write();
    await replica.sync();
    await replica.background();
    restore();
    const author = bed.r0.author(space, before);
    bed.r0.append(space, writtenElsewhere(before, 1));
    Object.assign(author, { mark: author.mark + 1, chain: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
    bed.r0.lose = (message) => message.type === "page";
    // Taken back under the names that it has now.
    await replica.write(space, (tx) => tx.notes.set(note, "tags").delete("mine"));
    await replica.foreground();
    await eventually("it has another id", () => replica.id !== before);
    expect(await replica.space(space).notes.get(note)).toMatchObject({ opened: 10, tags: [], items: ["mine"] });
    await write();
    expect(await replica.space(space).notes.get(note)).toMatchObject({ opened: 20, tags: ["mine"], items: ["mine", "mine"] });
  });

  it("[CLI65][T6][F26] says what its log still holds under a new id, if it does not hold all that r0 lost", async () => {
    const replica = await bed.open("a", { r0: bed.r0, limits: { confirmedKeptMax: 2 } });
    const before = replica.id;
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    await replica.sync();
    const restore = backUp(before);
    for (let n = 0; n < 5; n++) {
      await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(1));
      await replica.sync();
    }
    restore();
    await eventually("it has another id", () => replica.id !== before);
    await replica.sync();
    await eventually("it is in step", () => replica.status().pending === 0);
    expect(bed.r0.author(space, before).mark).toBe(1);
    const reader = await bed.open("b", { r0: bed.r0 });
    await reader.sync();
    expect((await reader.space(space).notes.get(note))?.opened).toBe(2);
  });
});
