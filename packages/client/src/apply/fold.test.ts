import { type ReplicaId, type SqlitePort, type Transaction } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { eventually, OtherDevice, space } from "../testing/bed.ts";
import { presenceByR0 } from "../testing/presence-by-r0.ts";
import { useBed } from "../testing/use-bed.ts";

const bed = useBed();
let port: SqlitePort;

const wrap = (opened: SqlitePort): SqlitePort => (port = opened);

/** r0 folds what the record's vector names. */
function fold(counter: number, vector: ReadonlyMap<ReplicaId, number>): Transaction {
  return presenceByR0(bed.r0, counter, "n1", { type: "fold", vector });
}

describe("a fold", () => {
  it("[VEC4][F28][T24] is not undone by the late answer to an own change that two folds have taken and let go", async () => {
    const replica = await bed.open("a", { r0: bed.r0, wrap });
    const other = new OtherDevice("b");
    await replica.write(space, (tx) => void tx.notes.create({ title: "mine" }, { id: "n1" }));
    await replica.sync();
    await replica.background();
    await replica.write(space, (tx) => tx.notes.update("n1", { title: "edited" }));
    bed.r0.lose = (message) => message.type === "pushed";
    await replica.foreground();
    await eventually("r0 has it", () => bed.r0.space(space).stream.length === 2);
    for (const { transaction } of bed.r0.space(space).stream) other.see(transaction);
    const own = bed.r0.space(space).stream.at(-1)?.transaction as Transaction;
    const epoch = bed.r0.epoch as ReplicaId;
    bed.r0.append(space, fold(1, new Map([[own.replica, own.counter]])));
    bed.r0.append(
      space,
      other.write((tx) => tx.notes.update("n1", { title: "theirs" })),
    );
    bed.r0.append(
      space,
      fold(
        2,
        new Map([
          [epoch, 1],
          [other.replica, 1],
        ]),
      ),
    );
    bed.r0.cut();
    await eventually("it has the folds", async () => (await replica.inspect.record(space, "notes", "n1")).confirmed[epoch] === 2);
    expect(replica.status().pending).toBe(1);
    const folded = (await replica.inspect.record(space, "notes", "n1")).confirmed;
    expect(folded).toEqual({ [epoch]: 2, [other.replica]: 1 });
    // What is pending on it is refused: it is built anew from what is confirmed, and what the late answer confirms.
    await replica.write(space, (tx) => tx.notes.update("n1", { title: "no" }));
    await replica.close();
    // And r0's head has moved on by then: the answer's place does not tell that all of it is here.
    const later = other.write((tx) => void tx.notes.create({ title: "later" }, { id: "n2" }));
    bed.r0.lose = () => false;
    bed.r0.decide = ({ counter }) => {
      if (counter <= own.counter) return undefined;
      bed.r0.append(space, later);
      return { type: "refused", code: "no", reason: "scripted" };
    };
    const again = await bed.open("a", { r0: bed.r0, wrap });
    await again.sync();
    expect(again.status().pending).toBe(0);
    expect((await again.inspect.record(space, "notes", "n1")).confirmed).toEqual(folded);
    expect(await again.space(space).notes.get("n1")).toMatchObject({ title: "theirs" });
    expect(port.all("SELECT count(*) AS n FROM _conflicts")[0]?.["n"]).toBe(0);
  });

  it("[VEC2][F28][REC9] leaves the conflict log as it is, and what comes after it clears what it clears without it", async () => {
    const replica = await bed.open("a", { r0: bed.r0, wrap });
    const [b, c, d] = ["b", "c", "d"].map((digit) => new OtherDevice(digit)) as [OtherDevice, OtherDevice, OtherDevice];
    await replica.write(space, (tx) => void tx.notes.create({ title: "mine" }, { id: "n1" }));
    await replica.sync();
    const created = bed.r0.space(space).stream[0]?.transaction as Transaction;
    for (const device of [b, c]) device.see(created);
    for (const title of ["b1", "b2"]) {
      const edit = b.write((tx) => tx.notes.update("n1", { title }));
      b.see(edit);
      bed.r0.append(space, edit);
    }
    const epoch = bed.r0.epoch as ReplicaId;
    const named = [created.replica, created.counter] as const;
    bed.r0.append(space, fold(1, new Map([named, [b.replica, 2]])));
    // It had not seen what b wrote, and loses to it.
    const edit = c.write((tx) => tx.notes.update("n1", { title: "c" }));
    bed.r0.append(space, edit);
    await replica.sync();
    const conflicts = (): readonly unknown[] => port.all("SELECT loser, winner FROM _conflicts");
    expect(conflicts()).toEqual([{ loser: `${c.replica}:1`, winner: `${b.replica}:2` }]);
    // Its context names the loser, and the winner by the fold alone: it has seen both, and decides nothing between them.
    for (const { transaction } of bed.r0.space(space).stream) d.see(transaction);
    const after = d.write((tx) => tx.notes.update("n1", { title: "d" }));
    expect(after.body).toMatchObject({
      operations: [
        {
          context: new Map([
            [epoch, 1],
            [c.replica, 1],
          ]),
        },
      ],
    });
    bed.r0.append(space, after);
    await replica.sync();
    expect(conflicts()).toHaveLength(1);
    expect(await replica.space(space).notes.get("n1")).toMatchObject({ title: "d" });
  });
});
