import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ServerMessage } from "@holdfast/core/engine";
import { type Bed, createBed, eventually, space } from "../testing/bed.ts";
import { ScriptedR0 } from "../testing/scripted-r0.ts";

let bed: Bed;
let r0: ScriptedR0;
beforeEach(() => {
  bed = createBed();
  r0 = new ScriptedR0();
});
afterEach(() => bed.dispose());

/** r0 was put back, another copy of the file has said everything again, and of these r0 has refused what it had taken before. */
function restore(refused: readonly number[]): void {
  r0.epoch = "f".repeat(32);
  r0.rewrite = (message: ServerMessage) =>
    message.type === "welcome" ? { ...message, spaces: message.spaces.map((each) => ({ ...each, refused })) } : message;
  r0.cut();
}

async function open() {
  const replica = await bed.open("a", { r0 });
  await replica.sync();
  const told: string[] = [];
  for (const title of ["one", "two", "three"]) {
    const write = await replica.write(space, (tx) => void tx.notes.create({ title }));
    void write.confirmed.then(
      () => told.push(`${title} confirmed`),
      () => told.push(`${title} refused`),
    );
    await replica.sync();
  }
  return { replica, told };
}

describe("what r0 has decided anew", () => {
  it("[CLI100][T6][F26] is a dead letter where it was held for confirmed, once, and stays one over restarts", async () => {
    const { replica, told } = await open();
    const counters = [...r0.author(space, replica.id).answered.keys()];
    const second = counters[1] as number;
    restore([second]);
    await eventually("the letter", () => replica.deadLetters.list().length === 1);
    expect(replica.deadLetters.list()).toMatchObject([{ code: "refused-earlier" }]);
    expect(JSON.stringify(replica.deadLetters.list())).toContain("two");
    expect(told).toEqual(["one confirmed", "two confirmed", "three confirmed"]);
    // Told again by every welcome until a page has come.
    r0.cut();
    await replica.sync();
    await replica.close();
    const again = await bed.open("a", { r0 });
    await again.sync();
    expect(again.id).toBe(replica.id);
    expect(again.deadLetters.list()).toHaveLength(1);
    expect(again.status().pending).toBe(0);
  });

  it("[CLI100][T4] of another history under the same id nothing is believed", async () => {
    const { replica } = await open();
    r0.author(space, replica.id).chain = new Uint8Array(8).fill(9);
    restore([...r0.author(space, replica.id).answered.keys()].slice(0, 1));
    r0.received.length = 0;
    await eventually("r0 is asked, by what is offered anew", () => r0.received.some(({ type }) => type === "push"));
    expect(replica.deadLetters.list()).toEqual([]);
  });
});
