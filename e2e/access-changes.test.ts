import { existsSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { linkFaults } from "./harness/link-faults.ts";
import { type Device, openTestBed, type TestBed, type User } from "./harness/test-bed.ts";
import { testSpace } from "./harness/test-replica.ts";
import { until } from "./harness/until.ts";

const project = "space:project";
const both = [testSpace, project];
const limits = { accessMsMax: 200 };

async function leave(device: Device): Promise<void> {
  device.proxy.set(linkFaults({ connect: "reset" }));
  device.proxy.cut();
  await until("it is away", () => device.replica.status().connection.kind !== "connected");
}

async function fill(bed: TestBed, space: string, count: number, text = "row"): Promise<void> {
  for (let from = 0; from < count; from += 500)
    await bed
      .server()
      .space(space)
      .write((tx) => {
        for (let i = from; i < Math.min(count, from + 500); i++) tx.entries.create({ writer: `${text} ${i}` }, { id: `${space}-${i}` });
      });
}

const inStep = (device: Device, space: string) =>
  until(`${device.name} is in step in ${space}`, () => device.replica.status().spaces[space]?.synced === true);
const rowsOf = (device: Device, space: string) => device.replica.space(space).entries.all();

describe("access that changes", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  it("[SYS27][F36][T12] is filled in when it is gained, once, and no other space is read again; taken and given back at once, it leaves all as it was", async () => {
    const members = new Set<string>();
    const space = ({ id }: User, asked: string) => (asked !== project || members.has(id) ? "write" : "none");
    bed = await openTestBed({ seed: 1, limits, authorize: { space } });
    await fill(bed, testSpace, 2_000);
    await fill(bed, project, 2_000);
    const phone = await bed.device("phone", { user: "bob", spaces: both });
    await inStep(phone, testSpace);
    const first = phone.proxy.bytesDown;
    expect(phone.replica.status().spaces[project]).toMatchObject({ access: "none" });
    await leave(phone);
    members.add("bob");
    phone.proxy.resetBytes();
    phone.proxy.set(linkFaults({}));
    const counts: number[] = [];
    const watch = phone.replica.space(project).entries.subscribe((rows) => counts.push(rows.length));
    await inStep(phone, project);
    await inStep(phone, testSpace);
    expect(new Set((await rowsOf(phone, project)).map(({ id }) => id)).size).toBe(2_000);
    expect([...new Set(counts)]).toEqual([0, 2_000]);
    expect(phone.proxy.bytesDown).toBeLessThan(first * 1.3);
    // Taken and given back before anybody was told.
    phone.proxy.resetBytes();
    members.delete("bob");
    members.add("bob");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await inStep(phone, project);
    expect(counts.at(-1)).toBe(2_000);
    expect(phone.proxy.bytesDown).toBeLessThan(first / 4);
    watch.stop();
  });

  it("[SYS28][F37][T12][I6] takes the rows when it is lost, at once and to the last byte, while another user keeps them; they come back with it", async () => {
    const members = new Set(["ann", "bob"]);
    const space = ({ id }: User, asked: string) => (asked !== project || members.has(id) ? "write" : "none");
    bed = await openTestBed({ seed: 1, limits, authorize: { space } });
    const secret = "secret-of-the-project";
    await fill(bed, project, 300, secret);
    await fill(bed, testSpace, 50);
    const ann = await bed.device("ann", { user: "ann", spaces: both });
    const bob = await bed.device("bob", { user: "bob", spaces: both });
    for (const device of [ann, bob]) for (const each of both) await inStep(device, each);
    for (let i = 0; i < 40; i++)
      await bob.replica.write(project, (tx) => tx.entries.update(`${project}-${i}`, { effect: `${secret} again, ${"x".repeat(i * 40)}` }));
    await inStep(bob, project);
    expect(bytesOf(bob.path)).toContain(secret);
    await leave(bob);
    await bob.replica.write(project, (tx) => tx.entries.update(`${project}-7`, { target: "edited away" }));
    members.delete("bob");
    const counts: number[] = [];
    const watch = bob.replica.space(project).entries.subscribe((rows) => counts.push(rows.length));
    bob.proxy.set(linkFaults({}));
    await until("the rows are gone", () => counts.at(-1) === 0);
    watch.stop();
    expect(counts).toEqual([300, 0]);
    const letters = bob.replica.deadLetters.list();
    expect(letters).toMatchObject([{ code: "no-access", payload: { changes: [{ values: ["edited away"] }] } }]);
    for (const { id } of letters) await bob.replica.deadLetters.discard(id);
    await until("they are gone from the disk", () => !bytesOf(bob.path).includes(secret), 5_000);
    expect((await rowsOf(bob, testSpace)).length).toBe(50);
    // It was no deletion.
    expect((await rowsOf(ann, project)).length).toBe(300);
    await bed.server().compact(project, 0);
    members.add("bob");
    await inStep(bob, project);
    expect((await rowsOf(bob, project)).length).toBe(300);
    expect(await bob.replica.space(project).entries.get(`${project}-7`)).toMatchObject({ target: "" });
  });

  it("[SYS29][F38] a row that moves to another space is in one of the two at every moment, for who follows both, and leaves who follows the first alone", async () => {
    bed = await openTestBed({ seed: 1, limits });
    const mover = await bed.device("mover", { spaces: both });
    const reader = await bed.device("reader", { spaces: both });
    const alone = await bed.device("alone", { spaces: [testSpace] });
    for (let i = 0; i < 20; i++) await mover.replica.write(testSpace, (tx) => void tx.entries.create({ writer: `${i}` }, { id: `e${i}` }));
    for (const device of [mover, reader, alone]) await inStep(device, testSpace);
    await until("the reader has all", async () => (await rowsOf(reader, testSpace)).length === 20);
    const missing: string[] = [];
    const look = async (): Promise<void> => {
      const rows = await reader.replica.sql`SELECT id FROM entries`.all();
      const found = new Set(rows.map((row) => row["id"]));
      for (let i = 0; i < 20; i++) if (!found.has(`e${i}`)) missing.push(`e${i}`);
    };
    const watches = both.map((each) => reader.replica.space(each).entries.subscribe(() => void look()));
    for (let i = 0; i < 20; i++) {
      const there = await mover.replica.write(project, (tx) => void tx.entries.create({ writer: `${i}` }, { id: `e${i}` }));
      await there.confirmed;
      await mover.replica.write(testSpace, (tx) => tx.entries.delete(`e${i}`));
      if (i === 10) await leave(reader);
      if (i === 15) reader.proxy.set(linkFaults({}));
    }
    await until("it has moved everywhere", async () => {
      const here = await Promise.all(
        [mover, reader].map(async (each) => (await rowsOf(each, project)).length === 20 && (await rowsOf(each, testSpace)).length === 0),
      );
      return here.every(Boolean) && (await rowsOf(alone, testSpace)).length === 0;
    });
    for (const watch of watches) watch.stop();
    expect(missing).toEqual([]);
  });
});

/** The file and what SQLite keeps beside it, as they are. */
function bytesOf(path: string): string {
  return ["", "-wal", "-journal", "-shm"]
    .map((suffix) => (existsSync(path + suffix) ? readFileSync(path + suffix).toString("latin1") : ""))
    .join("");
}
