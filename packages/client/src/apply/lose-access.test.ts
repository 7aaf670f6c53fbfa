import { describe, expect, it } from "vitest";
import { eventually, space } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";

const bed = useBed();

describe("lost access", () => {
  it("[CLI72][F12][F37] does not refuse what r0 had answered, though the answer was lost", async () => {
    const replica = await bed.open("a", { r0: bed.r0, sync: { pushTransactionsMax: 1 } });
    await replica.write(space, (tx) => tx.notes.create({ title: "kept" }, { id: "n1" }));
    await replica.sync();
    await replica.background();
    const first = await replica.write(space, (tx) => tx.notes.update("n1", { title: "taken" }));
    const second = await replica.write(space, (tx) => tx.notes.update("n1", { title: "too late" }));
    bed.r0.lose = (message) => message.type === "pushed";
    await replica.foreground();
    await eventually("r0 has the first", () => bed.r0.space(space).stream.length === 2);
    bed.r0.access = () => "none";
    bed.r0.lose = () => false;
    bed.r0.cut();
    expect(await first.confirmed).toMatchObject({ status: "unknown" });
    expect(await second.confirmed).toMatchObject({ status: "refused", code: "no-access" });
    expect(replica.deadLetters.list()).toMatchObject([
      { code: "outcome-unknown", payload: { changes: [{ values: ["taken"] }] } },
      { code: "no-access", payload: { changes: [{ values: ["too late"] }] } },
    ]);
    expect(replica.status().pending).toBe(0);
  });

  it("[CLI81][F22] keeps what r0 had refused, the answer being lost, as a dead letter of unknown outcome", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({ title: "kept" }, { id: "n1" }));
    await replica.sync();
    const heard: string[] = [];
    replica.on("refused", ({ code }) => void heard.push(code));
    let refused = 0;
    bed.r0.decide = () => ({ type: "refused", code: "read-only", reason: `No more, said ${++refused} times.` }) as never;
    bed.r0.lose = (message) => message.type === "pushed";
    await replica.background();
    const written = await replica.write(space, (tx) => tx.notes.update("n1", { title: "refused unheard" }));
    const askedLater = await replica.write(space, (tx) => tx.notes.update("n1", { title: "too" }));
    await replica.foreground();
    await eventually("r0 has refused both", () => refused === 2);
    bed.r0.access = () => "none";
    bed.r0.lose = () => false;
    bed.r0.cut();
    expect(await written.confirmed).toMatchObject({ status: "unknown" });
    expect(await askedLater.confirmed).toMatchObject({ status: "unknown" });
    expect(replica.deadLetters.list()).toMatchObject([
      { code: "outcome-unknown", payload: { changes: [{ values: ["refused unheard"] }] } },
      { code: "outcome-unknown", payload: { changes: [{ values: ["too"] }] } },
    ]);
    await eventually("the app has heard of both", () => heard.length === 2);
    expect(heard).toEqual(["outcome-unknown", "outcome-unknown"]);
  });

  it("[CLI81][F22][T4] calls nothing refused that another copy may have sent", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({ title: "kept" }, { id: "n1" }));
    await replica.sync();
    await replica.background();
    const shared = await replica.write(space, (tx) => tx.notes.update("n1", { title: "shared" }));
    // A copy has sent it, and more under the same id.
    for (const author of bed.r0.space(space).authors.values()) Object.assign(author, { mark: 9, chain: new Uint8Array(8).fill(7) });
    bed.r0.access = () => "none";
    await replica.foreground();
    expect(await shared.confirmed).toMatchObject({ status: "unknown" });
    expect(replica.deadLetters.list()).toMatchObject([{ code: "outcome-unknown", payload: { changes: [{ values: ["shared"] }] } }]);
  });

  it("[CLI72][F10] tells of a write that had been withdrawn that it was refused", async () => {
    bed.r0.fails = ({ counter }) => counter > 1;
    const replica = await bed.open("a", { r0: bed.r0, sync: { poisonAttemptsMax: 2, backoffBaseMs: 1, backoffCapMs: 5 } });
    await replica.write(space, (tx) => tx.notes.create({ title: "kept" }, { id: "n1" }));
    const written = await replica.write(space, (tx) => tx.notes.update("n1", { title: "poison" }));
    // From here on r0 answers nothing: the void that stands for the write is pending when access is lost.
    replica.on("refused", () => void (bed.r0.lose = (message) => message.type === "pushed"));
    await eventually("it is withdrawn", () => replica.deadLetters.list().length === 1);
    bed.r0.access = () => "none";
    bed.r0.lose = () => false;
    bed.r0.cut();
    expect(await written.confirmed).toMatchObject({ status: "refused", code: "withdrawn" });
  });
});

describe("a refused write", () => {
  it("[CLI73][T9] leaves what is pending on top of it whole until r0 has answered that", async () => {
    bed.r0.decide = ({ counter }) => (counter === 1 ? ({ type: "refused", code: "no", reason: "No." } as never) : undefined);
    bed.r0.fails = ({ counter }) => counter > 1;
    const replica = await bed.open("a", { r0: bed.r0, sync: { pushTransactionsMax: 1, poisonAttemptsMax: 100 } });
    await replica.background();
    const refused = await replica.write(space, (tx) => tx.notes.create({ title: "refused" }, { id: "n1" }));
    await replica.write(space, (tx) => {
      tx.notes.set("n1", "tags").add("on top");
      tx.notes.create({ title: "beside" }, { id: "n2" });
    });
    await replica.foreground();
    expect(await refused.confirmed).toMatchObject({ status: "refused", code: "no" });
    expect(await replica.space(space).notes.get("n1")).toMatchObject({ title: "", tags: ["on top"] });
    expect(await replica.space(space).notes.get("n2")).toMatchObject({ title: "beside" });
  });
});
