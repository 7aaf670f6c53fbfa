import { describe, expect, it } from "vitest";
import type { Transaction } from "@holdfast/core/engine";
import { eventually, OtherDevice, space } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";
import { ScriptedR0 } from "../testing/scripted-r0.ts";

const bed = useBed();

const titleOf = ({ body }: Transaction): string =>
  body.type === "operations" ? (body.operations.find(({ field }) => field === "title") ? "titled" : "plain") : body.type;

/** A replica that has seen another space at 1, with a note that r0 will not take, and `behind` of others behind it. */
async function open(behind: number, more: readonly string[] = []) {
  const r0 = new ScriptedR0();
  r0.append(
    "other",
    new OtherDevice("d").write((tx) => tx.notes.create({}, { id: "there" })),
  );
  const sync = { backoffBaseMs: 1, backoffCapMs: 5, pushTransactionsMax: 1, poisonAttemptsMax: 2 };
  const replica = await bed.open("a", { r0, spaces: [space, "other", ...more], sync });
  await replica.sync();
  await replica.background();
  await replica.write(space, (tx) => tx.notes.create({ title: "not taken" }));
  for (let n = 0; n < behind; n++) await replica.write(space, (tx) => tx.notes.create({ pinned: true }));
  return { r0, replica, accepted: () => r0.space(space).stream.map(({ transaction }) => [...transaction.dependencies]) };
}

describe("what a writer had seen of other spaces", () => {
  for (const what of ["refused", "withdrawn"] as const)
    it(`[CLI99][T11][F10] is said by the next write where the one that said it is ${what}`, async () => {
      const { r0, replica, accepted } = await open(2);
      if (what === "withdrawn") r0.fails = (transaction) => titleOf(transaction) === "titled";
      else r0.decide = (transaction) => (titleOf(transaction) === "titled" ? { type: "refused", code: "no", reason: "No." } : undefined);
      await replica.foreground();
      await eventually("everything is answered", () => replica.status().pending === 0);
      expect(replica.deadLetters.list()).toHaveLength(1);
      expect(accepted()).toEqual([[["other", 1]], []]);
    });

  it("[CLI99][T11] is said by the next change, behind a request that nobody follows, beside what that one says itself", async () => {
    const { r0, replica, accepted } = await open(0, ["third"]);
    await replica.request(space, "buyPlan", { accountId: "a" });
    r0.append(
      "third",
      new OtherDevice("e").write((tx) => tx.notes.create({}, { id: "there" })),
    );
    r0.awaits = (transaction) => titleOf(transaction) === "titled";
    await replica.foreground();
    await eventually("it has seen the third", () => replica.status().spaces["third"]?.sequence === 1);
    await replica.background();
    await replica.write(space, (tx) => tx.notes.create({ pinned: true }));
    r0.awaits = () => false;
    const granted = { type: "accepted", sequence: 0, result: new Uint8Array(0) };
    const decided = { titled: { type: "refused", code: "no", reason: "No." }, intent: granted } as Readonly<Record<string, unknown>>;
    r0.decide = (transaction) => decided[titleOf(transaction)] as never;
    await replica.foreground();
    await eventually("it is refused", () => replica.deadLetters.list().length === 1);
    await replica.sync();
    expect(accepted().map((said) => new Map(said))).toEqual([
      new Map([
        ["other", 1],
        ["third", 1],
      ]),
    ]);
  });

  it("[CLI99][T11] is said again behind a request, whose effect may be none", async () => {
    const { r0, replica } = await open(0);
    const said = new Map<string, number>();
    r0.decide = ({ body, dependencies }) => {
      for (const [other, sequence] of dependencies) if (said.get(body.type) === undefined) said.set(`${body.type} ${other}`, sequence);
      if (titleOf({ body } as Transaction) === "titled") return { type: "refused", code: "no", reason: "No." };
      return body.type === "intent" ? { type: "accepted", sequence: 0, result: new Uint8Array(0) } : undefined;
    };
    await replica.foreground();
    await eventually("it is refused", () => replica.deadLetters.list().length === 1);
    said.clear();
    await replica.request(space, "buyPlan", { accountId: "a" });
    await replica.write(space, (tx) => tx.notes.create({ pinned: true }));
    await replica.sync();
    expect([...said.keys()]).toEqual(["intent other", "operations other"]);
  });

  it("[CLI99][T11] is said again by the next that is made, where there is none yet", async () => {
    const { r0, replica, accepted } = await open(0);
    r0.decide = (transaction) => (titleOf(transaction) === "titled" ? { type: "refused", code: "no", reason: "No." } : undefined);
    await replica.foreground();
    await eventually("it is refused", () => replica.deadLetters.list().length === 1);
    for (let n = 0; n < 2; n++) await replica.write(space, (tx) => tx.notes.create({ pinned: true }));
    await replica.sync();
    expect(accepted()).toEqual([[["other", 1]], []]);
  });
});
