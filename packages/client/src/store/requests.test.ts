import { HoldfastError } from "@holdfast/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openNodeSqlite } from "../node/sqlite.ts";
import type { ReplicaEngine } from "../open-replica.ts";
import { openReplicaWith } from "../open-replica.ts";
import { type Bed, createBed, schema, space } from "../testing/bed.ts";
import { nodeRuntime } from "../node/runtime.ts";
import { readVisible, submitMutations } from "../write/submit.ts";
import { ticketOf } from "../write/write.ts";
import { lastRequest, onceOf, openRequests, type RequestKey } from "./requests.ts";

const key = (number: number, more: Partial<RequestKey> = {}) => onceOf({ tab: "t", number, answeredBelow: 1, since: 0, ...more });
const create = (title: string) => [
  { type: "create", collection: "notes", record: title, fields: [["title", { type: "assign", value: title }]] } as const,
];

describe("requests under a key", () => {
  let bed: Bed;
  beforeEach(() => {
    bed = createBed();
  });
  afterEach(() => bed.dispose());

  async function open() {
    let engine: ReplicaEngine | undefined;
    const replica = await openReplicaWith(
      { schema, spaces: [space] },
      {
        openSqlite: () => openNodeSqlite(bed.file("a")),
        transport: undefined,
        runtime: nodeRuntime,
        inflate: (bytes) => bytes,
        defer: (run) => void setImmediate(run),
        persistent: true,
      },
      (each) => {
        engine = each;
      },
    );
    const { port } = (engine as unknown as ReplicaEngine).context;
    port.transaction(() => openRequests(port));
    return { replica, engine: engine as unknown as ReplicaEngine };
  }

  it("[TAB3][T3] asked again, also of the next owner, they give the first answer and have no second effect", async () => {
    const first = await open();
    const done = await submitMutations(first.engine, space, create("a"), [], key(1));
    const raised = () =>
      first.engine.writer.write(
        space,
        (tx) =>
          (tx as never as { notes: { counter(id: string, field: string): { add(by: number): void } } }).notes.counter("a", "opened").add(5),
        key(2),
      );
    // Both in one batch, and again after it.
    const [once, twice] = await Promise.all([raised(), raised()]);
    expect(ticketOf(twice)).toEqual(ticketOf(once));
    expect(ticketOf(await raised())).toEqual(ticketOf(once));
    const { pending } = first.replica.status();
    await first.replica.close();
    const second = await open();
    expect(await submitMutations(second.engine, space, create("a"), [], key(1))).toEqual(done);
    expect(second.replica.status().pending).toBe(pending);
    expect(await second.replica.space(space).notes.get("a")).toMatchObject({ opened: 5 });
    await second.replica.close();
  });

  it("[TAB3][T18] a write that the disk did not take has no key: asked again, it is done", async () => {
    const { replica, engine } = await open();
    const { port } = engine.context;
    const { transaction } = port;
    port.transaction = (body) =>
      transaction(() => {
        body();
        throw new HoldfastError("store-full", "No space.", { origin: "disk", retry: true, advice: "Free some." });
      });
    await expect(submitMutations(engine, space, create("a"), [], key(1))).rejects.toMatchObject({ code: "store-full" });
    port.transaction = transaction;
    expect(port.all("SELECT count(*) AS n FROM _requests")).toEqual([{ n: 0 }]);
    expect(await submitMutations(engine, space, create("a"), [], key(1))).toMatchObject({ type: "done" });
    expect(await replica.space(space).notes.count()).toBe(1);
    await replica.close();
  });

  it("[TAB14] keys leave when the tab has its answers; of those that may have left for want of room nobody guesses", async () => {
    const { replica, engine } = await open();
    const { port } = engine.context;
    for (let n = 1; n <= 5; n++)
      await submitMutations(engine, space, create(`n${n}`), [], key(n, { answeredBelow: n - 1, since: lastRequest(port) }));
    expect(port.all("SELECT number FROM _requests ORDER BY number").map((row) => row["number"])).toEqual([4, 5]);
    openRequests(port, 1);
    expect(port.all("SELECT number FROM _requests").map((row) => row["number"])).toEqual([5]);
    expect(await submitMutations(engine, space, create("n5"), [], key(5, { since: 4 }))).toMatchObject({ type: "done" });
    await expect(submitMutations(engine, space, create("n4"), [], key(4, { since: 3 }))).rejects.toMatchObject({
      code: "timeout",
      retry: false,
    });
    // First sent after everything that has left: it is new.
    expect(await submitMutations(engine, space, create("n6"), [], key(6, { since: lastRequest(port) }))).toMatchObject({ type: "done" });
    await replica.close();
  });

  it("[TAB4] a write over what has changed since it was read keeps nothing, and says so", async () => {
    const { replica, engine } = await open();
    await submitMutations(engine, space, create("a"), [], key(1));
    const bytes = await readVisible(engine, space, "notes", "a");
    const absent = await readVisible(engine, space, "notes", "b");
    const update = (title: string) => [
      { type: "change", collection: "notes", record: "a", field: "title", change: { type: "assign", value: title } } as const,
    ];
    const reads = [
      { collection: "notes", id: "a", bytes },
      { collection: "notes", id: "b", bytes: absent },
    ];
    const [one, two] = await Promise.all([
      submitMutations(engine, space, update("one"), reads, key(2)),
      submitMutations(engine, space, update("two"), reads, key(3)),
    ]);
    expect([one.type, two.type]).toEqual(["done", "stale"]);
    expect(await replica.space(space).notes.get("a")).toMatchObject({ title: "one" });
    await replica.close();
  });

  it("[TAB7] in memory, for want of a disk, everything works and the status says so", async () => {
    const replica = await openReplicaWith(
      { schema, spaces: [space] },
      {
        openSqlite: () => openNodeSqlite(":memory:"),
        transport: undefined,
        runtime: nodeRuntime,
        inflate: (bytes) => bytes,
        defer: (run) => void setImmediate(run),
        persistent: true,
        ephemeral: "missing",
      },
    );
    await replica.write(space, (tx) => tx.notes.create({ title: "a" }));
    expect(await replica.space(space).notes.count()).toBe(1);
    expect(replica.status().durability).toEqual({ kind: "ephemeral", reason: "missing", persistent: false, synchronous: "full" });
    await replica.close();
  });
});
