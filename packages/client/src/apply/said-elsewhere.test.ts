import { expect, it } from "vitest";
import { saidElsewhere, type SqlitePort } from "@holdfast/core/engine";
import { readLog } from "../store/change-log.ts";
import { space } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";

const bed = useBed();
let port: SqlitePort;

it("[CLI101][T4] what r0 has under another id is confirmed, no dead letter, and counts in no total that is said after it", async () => {
  const replica = await bed.open("a", { r0: bed.r0, wrap: (opened) => (port = opened) });
  await replica.sync();
  const note = "n1";
  await replica.write(space, (tx) => tx.notes.create({ title: "one" }, { id: note }));
  await replica.sync();
  const counter = bed.r0.author(space, replica.id).mark + 1;
  bed.r0.decide = (transaction) =>
    transaction.counter === counter ? { type: "refused", counter, code: saidElsewhere, reason: "scripted" } : undefined;
  const first = await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(5));
  const second = await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(2));
  expect(await first.confirmed).toEqual({ status: "confirmed" });
  expect(await second.confirmed).toEqual({ status: "confirmed" });
  expect(replica.deadLetters.list()).toEqual([]);
  expect(replica.status().pending).toBe(0);
  expect(await replica.space(space).notes.get(note)).toMatchObject({ opened: 2 });
  // In the log, too: what is said again one day says nothing of it.
  expect(readLog(port, space, counter - 1, counter).map(({ transaction }) => transaction.body)).toEqual([{ type: "void", counters: 1 }]);
});
