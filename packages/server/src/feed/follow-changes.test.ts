import { batchOf, commit, replicaOf, streamRow } from "@holdfast/conformance";
import type { ServerStore } from "@holdfast/core/engine";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { postgresStore } from "../postgres/index.ts";
import { recordStatements } from "../postgres/testing/recording-pool.ts";
import { useTestSchemas } from "../postgres/testing/schemas.ts";
import { nodeRuntime } from "../runtime/node-runtime.ts";
import { sqliteStore } from "../sqlite/index.ts";
import { openTestServer, type TestServer } from "../testing/test-server.ts";
import type { Change, ChangesOptions } from "./follow-changes.ts";

const schemas = useTestSchemas();

const stores: readonly (readonly [string, () => Promise<ServerStore>])[] = [
  ["SQLite", async () => sqliteStore(":memory:")],
  ["PostgreSQL", () => postgresStore({ url: schemas.url, schema: schemas.fresh(), partitions: 2 })],
];

const open = (store: ServerStore): Promise<TestServer> =>
  openTestServer({ store, runtime: nodeRuntime, limits: { feedPollMs: 5, feedRowsMax: 3, arbiterMsMax: 60_000 } });

/** The next so many changes, and the cursor behind the page that held the last of them. */
async function take(
  test: TestServer,
  count: number,
  options: ChangesOptions = {},
): Promise<{ readonly changes: readonly Change[]; readonly cursor: string }> {
  const changes: Change[] = [];
  let cursor = options.after ?? "";
  for await (const page of test.server.changes(options)) {
    changes.push(...page.changes);
    cursor = page.cursor;
    if (changes.length >= count) break;
  }
  return { changes, cursor };
}

const write = (test: TestServer, space: string, title: string): Promise<unknown> =>
  test.server.space(space).write((tx) => void tx.notes.create({ title }, { id: title }));
const namesOf = (changes: readonly Change[]): readonly string[] =>
  changes.map(({ space, sequence, records }) => `${space}${sequence} ${records.map(({ record }) => record).join()}`);

describe.each(stores)("the change feed over %s", (_name, openStore) => {
  it("[FED1] tells every change from a cursor, of one space or of all, with its records as they are", async () => {
    const test = await open(await openStore());
    for (const n of [1, 2, 3, 4]) for (const space of ["a", "b"]) await write(test, space, `n${n}`);
    const one = await take(test, 4, { space: "a" });
    expect(namesOf(one.changes)).toEqual(["a1 n1", "a2 n2", "a3 n3", "a4 n4"]);
    expect(one.changes[0]?.records[0]).toMatchObject({ collection: "notes", record: "n1", value: { id: "n1", title: "n1" } });
    const all = await take(test, 8);
    expect([...namesOf(all.changes)].sort()).toEqual(["a1 n1", "a2 n2", "a3 n3", "a4 n4", "b1 n1", "b2 n2", "b3 n3", "b4 n4"]);

    await test.server.space("a").write((tx) => tx.notes.delete("n2"));
    await write(test, "c", "n9");
    expect(namesOf((await take(test, 1, { space: "a", after: one.cursor })).changes)).toEqual(["a5 n2"]);
    const later = await take(test, 2, { after: all.cursor });
    expect([...namesOf(later.changes)].sort()).toEqual(["a5 n2", "c1 n9"]);
    expect(later.changes.find(({ space }) => space === "a")?.records).toEqual([{ collection: "notes", record: "n2", value: undefined }]);
    await test.dispose();
  });

  it("[FED1][FED3] goes on from any page's cursor with nothing left out, whatever it repeats", async () => {
    const test = await open(await openStore());
    for (let n = 1; n <= 9; n++) await write(test, n % 2 === 0 ? "a" : "b", `n${n}`);
    const cursors: (string | undefined)[] = [undefined];
    const seen: string[][] = [];
    for await (const page of test.server.changes()) {
      cursors.push(page.cursor);
      seen.push([...namesOf(page.changes)]);
      expect(page.changes.length).toBeLessThanOrEqual(3);
      if (seen.flat().length === 9) break;
    }
    for (const [i, cursor] of cursors.entries()) {
      const rest = seen.slice(i).flat();
      if (rest.length === 0) continue;
      const { changes } = await take(test, rest.length, cursor === undefined ? {} : { after: cursor });
      expect(new Set(namesOf(changes))).toEqual(new Set(rest));
    }
    await test.dispose();
  });

  it("[FED2] a cursor that compaction has overtaken, or of another history or scope, is told as expired", async () => {
    const store = await openStore();
    const test = await open(store);
    for (const n of [1, 2, 3]) await write(test, "a", `n${n}`);
    const one = await take(test, 1, { space: "a" });
    const all = await take(test, 1);
    for (const n of [4, 5, 6, 7, 8]) await write(test, "a", `n${n}`);
    await store.compact("a", 7);
    while ((await store.dropStream("a", 2)) > 0);
    const codeOf = (options: ChangesOptions): Promise<string> =>
      take(test, 1, options)
        .then(() => "none")
        .catch((error: { code: string }) => error.code);
    expect(await codeOf({ space: "a", after: one.cursor })).toBe("cursor-expired");
    expect(await codeOf({ after: all.cursor })).toBe("cursor-expired");
    expect(await codeOf({ space: "b", after: one.cursor })).toBe("cursor-expired");
    expect(await codeOf({ after: one.cursor })).toBe("cursor-expired");
    expect(await codeOf({ after: "nonsense" })).toBe("cursor-expired");
    expect(namesOf((await take(test, 1)).changes)).toEqual(["a8 n8"]);
    await test.dispose();
  });

  it("[FED3] a follower that has everything waits, hears of the next change, and ends when it is told to", async () => {
    const test = await open(await openStore());
    const stop = new AbortController();
    const heard: string[] = [];
    const following = (async () => {
      for await (const { changes } of test.server.changes({ signal: stop.signal })) heard.push(...namesOf(changes));
    })();
    await write(test, "a", "n1");
    await expect.poll(() => heard).toEqual(["a1 n1"]);
    await write(test, "b", "n2");
    await expect.poll(() => heard).toEqual(["a1 n1", "b1 n2"]);
    stop.abort();
    await following;
    await test.dispose();
  });
});

it("[FED4][F01] over PostgreSQL a transaction that commits late stands behind nothing that was read before it", async () => {
  const schema = schemas.fresh();
  const own = new pg.Pool({ connectionString: schemas.url, max: 6 });
  const pool = recordStatements(own);
  const slow = await postgresStore({ pool, schema });
  const store = await postgresStore({ url: schemas.url, schema });
  const change = (space: string, head: number) => batchOf(space, { head, stream: [streamRow(head, replicaOf(head))] });
  await commit(slow, change("late", 1));
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  pool.around = async (query, run, client) => {
    if (query.name?.startsWith("hf_commit") !== true) return run();
    await client.query("BEGIN");
    const result = await run();
    await held;
    await client.query("COMMIT");
    return result;
  };
  const late = commit(slow, change("late", 2));
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (const head of [1, 2, 3]) await commit(store, change("early", head));
  const read: string[] = [];
  let place: string | undefined;
  const readAll = async (): Promise<void> => {
    for (let more = true; more; ) {
      const page = await store.readFeed?.(place, 100, true);
      read.push(...(page?.rows ?? []).map(({ space, sequence }) => `${space}${sequence}`));
      place = page?.place;
      more = page?.more === true;
    }
  };
  await readAll();
  // The early ones are behind the late one's number: not before it is known what becomes of it.
  expect(read).toEqual(["late1"]);
  release();
  await late;
  await readAll();
  expect(read).toEqual(["late1", "late2", "early1", "early2", "early3"]);
  await slow.close();
  await store.close();
  await own.end();
});
