import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { space } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";
import { ScriptedR0 } from "../testing/scripted-r0.ts";

const bed = useBed();

const note = "n1";

/** Runs SQL on a file that nobody has open. */
function onFile<T>(name: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(bed.file(name));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** What the file was before writes were counted. */
function asFormat1(name: string): void {
  onFile(name, (database) =>
    database.exec(`ALTER TABLE _spaces DROP COLUMN resaying; ALTER TABLE _spaces DROP COLUMN answered_own;
      ALTER TABLE _spaces DROP COLUMN snapshot_head; ALTER TABLE _log DROP COLUMN written;
      UPDATE _meta SET value = 1 WHERE key = 'format'`),
  );
}

async function write(name: string, by: number): Promise<void> {
  const replica = await bed.open(name);
  await replica.write(space, (tx) => {
    if (by === 1) tx.notes.create({ title: "kept" }, { id: note });
    tx.notes.counter(note, "opened").add(by);
  });
  await replica.close();
}

it("[DUR12] a file of an older format keeps what it holds, and what was pending is sent", async () => {
  await write("a", 1);
  await write("a", 10);
  asFormat1("a");
  await write("a", 100);
  const rows = onFile("a", (database) => database.prepare("SELECT counter_first, written FROM _log ORDER BY counter_first").all());
  expect(rows.map(({ written }) => Number(written))).toEqual([...rows].map(({ written }) => Number(written)).sort((a, b) => a - b));
  expect(new Set(rows.map(({ written }) => written)).size).toBe(3);
  const r0 = new ScriptedR0();
  const replica = await bed.open("a", { r0 });
  await replica.sync();
  expect(await replica.space(space).notes.get(note)).toMatchObject({ title: "kept", opened: 111 });
  expect(r0.author(space, replica.id).mark).toBe(Number(rows.at(-1)?.["counter_first"]));
});

it("[DUR10][DUR12] a file of a newer format, or of one that nobody knows, is left as it is", async () => {
  await write("a", 1);
  for (const format of [3, 0, "'odd'"]) {
    onFile("a", (database) => database.exec(`UPDATE _meta SET value = ${format} WHERE key = 'format'`));
    await expect(bed.open("a")).rejects.toMatchObject({ code: "store-mismatch" });
    expect(onFile("a", (database) => database.prepare("SELECT count(*) AS n FROM _log").get())).toEqual({ n: 1 });
  }
});
