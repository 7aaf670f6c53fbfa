import { afterEach, beforeEach, expect, it } from "vitest";
import { saidElsewhere } from "@holdfast/core/engine";
import { type Bed, createBed, space } from "../testing/bed.ts";
import { ScriptedR0 } from "../testing/scripted-r0.ts";

let bed: Bed;
let r0: ScriptedR0;
beforeEach(() => {
  bed = createBed();
  r0 = new ScriptedR0();
});
afterEach(() => bed.dispose());

it("[CLI101][T4] what r0 has under another id is confirmed, no dead letter, and counts in no total that is said after it", async () => {
  const replica = await bed.open("a", { r0 });
  await replica.sync();
  const note = "n1";
  await replica.write(space, (tx) => tx.notes.create({ title: "one" }, { id: note }));
  await replica.sync();
  const counter = r0.author(space, replica.id).mark + 1;
  r0.decide = (transaction) =>
    transaction.counter === counter ? { type: "refused", counter, code: saidElsewhere, reason: "scripted" } : undefined;
  const first = await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(5));
  const second = await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(2));
  await first.confirmed;
  await second.confirmed;
  expect(replica.deadLetters.list()).toEqual([]);
  expect(replica.status().pending).toBe(0);
  expect(await replica.space(space).notes.get(note)).toMatchObject({ opened: 2 });
});
