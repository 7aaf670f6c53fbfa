import { type Sequenced, lastLamport, type ReplicaId, type SqlitePort, type Transaction } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { eventually, OtherDevice, space } from "../testing/bed.ts";
import { presenceByR0 } from "../testing/presence-by-r0.ts";
import { useBed } from "../testing/use-bed.ts";
import { cursorAt } from "../testing/scripted-r0.ts";

const bed = useBed();
let port: SqlitePort;

const wrap = (opened: SqlitePort): SqlitePort => (port = opened);

/** What the file holds of records, shown or not. */
function rows(): readonly string[] {
  return ["notes", "_hidden"].flatMap((table) =>
    port.all(`SELECT id FROM ${table} ORDER BY id`).map((row) => `${table} ${String(row["id"])}`),
  );
}

let collections = 0;

/** r0 forgets a record: the collection names all of its dots. */
function collect(record: string, vector: ReadonlyMap<ReplicaId, number>): Transaction {
  return presenceByR0(bed.r0, ++collections, record, { type: "collect" }, vector);
}

function tell(...transactions: readonly Transaction[]): readonly Sequenced[] {
  return transactions.map((transaction) => bed.r0.append(space, transaction));
}

/** The record as the stream has it: which dots of whom. */
function vectorOf(record: string): ReadonlyMap<ReplicaId, number> {
  const vector = new Map<ReplicaId, number>();
  for (const { transaction } of bed.r0.space(space).stream) {
    if (transaction.body.type !== "operations") continue;
    for (const [index, operation] of transaction.body.operations.entries())
      if (operation.record === record) vector.set(transaction.replica, transaction.counter + index);
  }
  return vector;
}

describe("a record that is collected", () => {
  it("[CLI85][T10] leaves no row, and one with a later change that was created anew stays", async () => {
    const replica = await bed.open("a", { r0: bed.r0, wrap });
    const other = new OtherDevice("b");
    tell(
      other.write((tx) => void tx.notes.create({ title: "x" }, { id: "n1" })),
      other.write((tx) => void tx.notes.create({ title: "y" }, { id: "n2" })),
      other.write((tx) => tx.notes.delete("n1")),
    );
    await replica.sync();
    expect(rows()).toEqual(["notes n2", "_hidden n1"]);
    tell(collect("n1", vectorOf("n1")));
    await replica.sync();
    expect(rows()).toEqual(["notes n2"]);
    tell(
      new OtherDevice("c").write((tx) => void tx.notes.create({ title: "anew" }, { id: "n1" })),
      collect("n1", new Map([[other.replica, 99]])),
    );
    await replica.sync();
    expect(await replica.space(space).notes.get("n1")).toMatchObject({ title: "anew" });
  });

  it("[CLI86][T10][F12][F31] is not brought back by the late answer to an own change that had gone with it", async () => {
    const replica = await bed.open("a", { r0: bed.r0, wrap });
    const other = new OtherDevice("b");
    await replica.write(space, (tx) => void tx.notes.create({ title: "mine" }, { id: "n1" }));
    await replica.write(space, (tx) => void tx.notes.create({ title: "stays" }, { id: "n2" }));
    await replica.sync();
    for (const { transaction } of bed.r0.space(space).stream) other.see(transaction);
    await replica.background();
    const edit = await replica.write(space, (tx) => tx.notes.update("n1", { title: "edited" }));
    const kept = await replica.write(space, (tx) => tx.notes.update("n2", { title: "edited too" }));
    bed.r0.lose = (message) => message.type === "pushed";
    await replica.foreground();
    await eventually("r0 has both", () => bed.r0.space(space).stream.length === 4);
    for (const { transaction } of bed.r0.space(space).stream.slice(2)) other.see(transaction);
    tell(other.write((tx) => tx.notes.delete("n1")));
    tell(collect("n1", vectorOf("n1")));
    bed.r0.cut();
    await eventually(
      "the record is gone",
      async () => (await replica.space(space).notes.get("n1")) === undefined && rows().join() === "notes n2",
    );
    expect(replica.status().pending).toBe(2);
    // Also after a restart.
    await replica.close();
    const again = await bed.open("a", { r0: bed.r0, wrap });
    expect(rows()).toEqual(["notes n2"]);
    bed.r0.lose = () => false;
    await again.sync();
    expect(again.status()).toMatchObject({ pending: 0 });
    expect(rows()).toEqual(["notes n2"]);
    expect(await again.space(space).notes.get("n2")).toMatchObject({ title: "edited too" });
    expect([edit, kept]).toHaveLength(2);
  });

  it("[CLI86][T10][F31] is not brought back by a late answer where a snapshot lacks it, and a write of which the snapshot cannot tell stays", async () => {
    const replica = await bed.open("a", { r0: bed.r0, wrap });
    await replica.write(space, (tx) => void tx.notes.create({ title: "mine" }, { id: "n1" }));
    await replica.sync();
    bed.r0.lose = (message) => message.type === "pushed";
    await replica.write(space, (tx) => tx.notes.update("n1", { title: "edited" }));
    await eventually("r0 has it", () => bed.r0.space(space).stream.length === 2);
    await replica.close();
    // Deleted, collected, compacted; meanwhile the device has written more, which r0 has not seen.
    const { stream } = bed.r0.space(space);
    const head = stream.length;
    bed.r0.page = ({ cursor }) =>
      cursor.length === 0 || (cursor[1] ?? 0) < head
        ? {
            content: { type: "snapshot", first: true, lamport: lastLamport((stream.at(-1) as Sequenced).transaction), records: [] },
            cursor: cursorAt(head),
            head,
            more: false,
          }
        : undefined;
    const away = await bed.open("a", { wrap });
    await away.write(space, (tx) => void tx.notes.create({ title: "written away" }, { id: "n2" }));
    port.run("UPDATE _spaces SET cursor = ?, sequence = 1", [cursorAt(1)]);
    await away.close();
    const again = await bed.open("a", { r0: bed.r0, wrap });
    await eventually("the snapshot is here", () => again.status().spaces[space]?.sequence === head || rows().includes("notes n2"));
    bed.r0.lose = () => false;
    bed.r0.cut();
    await again.sync();
    expect(again.status()).toMatchObject({ pending: 0 });
    expect(rows()).toEqual(["notes n2"]);
  });

  it("[CLI85][F31] leaves what is pending on it to stand alone, and be refused in sight", async () => {
    const replica = await bed.open("a", { r0: bed.r0, wrap });
    const other = new OtherDevice("b");
    tell(other.write((tx) => void tx.notes.create({ title: "theirs" }, { id: "n1" })));
    await replica.sync();
    await replica.background();
    await replica.write(space, (tx) => tx.notes.update("n1", { title: "edited away" }));
    tell(other.write((tx) => tx.notes.delete("n1")));
    tell(collect("n1", vectorOf("n1")));
    bed.r0.decide = ({ body }) =>
      body.type === "operations" ? ({ type: "refused", code: "collected", reason: "It was deleted." } as never) : undefined;
    await replica.foreground();
    await replica.sync();
    expect(rows()).toEqual([]);
    expect(replica.deadLetters.list()).toMatchObject([{ code: "collected", payload: { changes: [{ values: ["edited away"] }] } }]);
  });
});
