import { describe, expect, it } from "vitest";
import type { ServerMessage, SqlitePort } from "@holdfast/core/engine";
import { eventually, space } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";

const bed = useBed();

/** r0 was put back, another copy of the file has said everything again, and of these r0 has refused what it had taken before. */
function restore(refused: readonly number[]): void {
  bed.r0.epoch = "f".repeat(32);
  bed.r0.rewrite = (message: ServerMessage) =>
    message.type === "welcome" ? { ...message, spaces: message.spaces.map((each) => ({ ...each, refused })) } : message;
  bed.r0.cut();
}

async function open(wrap = (port: SqlitePort): SqlitePort => port) {
  const replica = await bed.open("a", { r0: bed.r0, wrap });
  await replica.sync();
  const told: string[] = [];
  for (const title of ["one", "two", "three"]) {
    const write = await replica.write(space, (tx) => void tx.notes.create({ title }));
    void write.confirmed.then(({ status }) => told.push(`${title} ${status}`));
    await replica.sync();
  }
  return { replica, told };
}

describe("what r0 has decided anew", () => {
  it("[CLI100][T6][F26] is a dead letter where it was held for confirmed, once, and stays one over restarts", async () => {
    const { replica, told } = await open();
    const counters = [...bed.r0.author(space, replica.id).answered.keys()];
    const second = counters[1] as number;
    restore([second]);
    await eventually("the letter", () => replica.deadLetters.list().length === 1);
    expect(replica.deadLetters.list()).toMatchObject([{ code: "refused-earlier" }]);
    expect(JSON.stringify(replica.deadLetters.list())).toContain("two");
    expect(told).toEqual(["one confirmed", "two confirmed", "three confirmed"]);
    // Told again by every welcome until a page has come.
    bed.r0.cut();
    await replica.sync();
    await replica.close();
    const again = await bed.open("a", { r0: bed.r0 });
    await again.sync();
    expect(again.id).toBe(replica.id);
    expect(again.deadLetters.list()).toHaveLength(1);
    expect(again.status().pending).toBe(0);
  });

  it("[CLI100][F26] is told to the app before any page has come, once, and costs no commit where it is told again", async () => {
    let commits = 0;
    const wrap = (port: SqlitePort): SqlitePort => ({ ...port, transaction: (work) => (commits++, port.transaction(work)) });
    const { replica } = await open(wrap);
    const letters: string[] = [];
    replica.on("refused", ({ code }) => void letters.push(code));
    const [, second] = [...bed.r0.author(space, replica.id).answered.keys()];
    bed.r0.lose = (message) => message.type === "page";
    restore([second as number]);
    await eventually("the app hears of it", () => letters.length > 0);
    const tellAgain = async (): Promise<number> => {
      const pulls = (): number => bed.r0.received.filter(({ type }) => type === "pull").length;
      const before = pulls();
      bed.r0.cut();
      await eventually("it is told again", () => pulls() > before);
      return commits;
    };
    const committed = await tellAgain();
    await tellAgain();
    expect([letters, commits]).toEqual([["refused-earlier"], committed]);
  });

  it("[CLI100][F26] takes from what is shown what a request did that r0 had granted, and whose effect was on its way", async () => {
    const { replica } = await open();
    const shown: number[] = [];
    replica.space(space).accounts.subscribe((rows) => void shown.push(rows.length));
    bed.r0.decide = ({ body }) =>
      (body.type === "intent" ? { type: "accepted", sequence: 99, result: new Uint8Array(0) } : undefined) as never;
    await replica.request(space, "buyPlan", { accountId: "a" });
    await eventually("it is granted", () => replica.status().pending === 0 && shown.at(-1) === 1);
    bed.r0.lose = (message) => message.type === "page";
    restore([bed.r0.author(space, replica.id).mark]);
    await eventually("it is taken away", () => shown.at(-1) === 0);
    expect(replica.deadLetters.list()).toHaveLength(1);
  });

  it("[CLI100][F26] says nothing of what is pending: that is pushed, and answered", async () => {
    const { replica } = await open();
    await replica.background();
    const fourth = await replica.write(space, (tx) => void tx.notes.create({ title: "four" }));
    restore([bed.r0.author(space, replica.id).mark + 1]);
    await replica.foreground();
    expect(await fourth.confirmed).toEqual({ status: "confirmed" });
    expect(replica.deadLetters.list()).toEqual([]);
  });

  it("[CLI100][T4] of another history under the same id nothing is believed", async () => {
    const { replica } = await open();
    bed.r0.author(space, replica.id).chain = new Uint8Array(8).fill(9);
    restore([...bed.r0.author(space, replica.id).answered.keys()].slice(0, 1));
    bed.r0.received.length = 0;
    await eventually("r0 is asked, by what is offered anew", () => bed.r0.received.some(({ type }) => type === "push"));
    expect(replica.deadLetters.list()).toEqual([]);
  });
});
