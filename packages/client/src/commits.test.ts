import { expect, it } from "vitest";
import type { SqlitePort } from "@holdfast/core/engine";
import { OtherDevice, space } from "./testing/bed.ts";
import { useBed } from "./testing/use-bed.ts";

const bed = useBed();

it("[CLI60][F72] a session that brings nothing new commits nothing; one that does commits its page, and a write itself and its answer", async () => {
  let commits = 0;
  const counted = (port: SqlitePort): SqlitePort => ({
    ...port,
    transaction: (body) => {
      commits++;
      return port.transaction(body);
    },
  });
  const replica = await bed.open("a", { r0: bed.r0, wrap: counted });
  const commitsOf = async (run: () => unknown): Promise<number> => {
    const before = commits;
    await run();
    await replica.sync();
    return commits - before;
  };
  const reconnect = async (): Promise<void> => {
    await replica.background();
    await replica.foreground();
  };
  await replica.sync();
  expect(await commitsOf(reconnect)).toBe(0);
  expect(await commitsOf(() => undefined)).toBe(0);
  const other = new OtherDevice("b");
  bed.r0.append(
    space,
    other.write((tx) => void tx.notes.create({ title: "one" }, { id: "n" })),
  );
  expect(await commitsOf(reconnect)).toBe(1);
  expect(await replica.space(space).notes.get("n")).toMatchObject({ title: "one" });
  expect(await commitsOf(() => replica.write(space, (tx) => tx.notes.update("n", { title: "two" })))).toBe(2);
  expect(await commitsOf(reconnect)).toBe(0);
});
