import { afterEach, describe, expect, it } from "vitest";
import { mintEpoch } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { type CachingProxy, startCachingProxy } from "./harness/caching-proxy.ts";
import { openTestBed, type TestBed } from "./harness/test-bed.ts";
import { openTestReplica, type Replica, testSpace } from "./harness/test-replica.ts";
import { until } from "./harness/until.ts";

/** As `holdfast new-epoch` does it: r0's history goes on as another one, and every position of the old is void. */
async function bumpEpoch(bed: TestBed): Promise<void> {
  await bed.stopServer();
  const store = sqliteStore(bed.serverPath);
  await store.startNewEpoch(mintEpoch());
  await store.close();
  await bed.startServer();
}

describe("a proxy that keeps replies", () => {
  let bed: TestBed | undefined;
  let proxy: CachingProxy | undefined;
  const replicas: Replica[] = [];
  afterEach(async () => {
    for (const replica of replicas.splice(0)) await replica.close();
    await proxy?.close();
    await bed?.close();
    bed = proxy = undefined;
  });

  const open = async (name: string, mode: "auto" | "http"): Promise<Replica> => {
    const replica = await openTestReplica((bed as TestBed).directory.file(`${name}.db`), (proxy as CachingProxy).url, { mode });
    replicas.push(replica);
    return replica;
  };
  const inStep = (replica: Replica) => until("it is in step", () => replica.status().spaces[testSpace]?.synced === true);
  /** Over HTTP nobody is told of what others write before it asks again. */
  const agree = (replica: Replica) =>
    until("it holds what r0 holds", async () => (await replica.digest(testSpace)) === (await (bed as TestBed).server().digest(testSpace)));

  it("[SYS33][F09] of every GET, query strings or not: a device gets in step, also in a new epoch", async () => {
    bed = await openTestBed({ seed: 1 });
    const own = bed;
    await own
      .server()
      .space(testSpace)
      .write((tx) => void tx.entries.create({ writer: "before" }, { id: "e1" }));
    proxy = await startCachingProxy(() => own.port());
    proxy.keeps(["GET"]);
    const replica = await open("a", "auto");
    await inStep(replica);
    await bumpEpoch(own);
    await own
      .server()
      .space(testSpace)
      .write((tx) => void tx.entries.create({ writer: "after" }, { id: "e2" }));
    await replica.write(testSpace, (tx) => tx.entries.update("e1", { effect: "own" }));
    await until("it has all", async () => (await replica.space(testSpace).entries.count()) === 2 && replica.status().pending === 0);
    await inStep(replica);
    await agree(replica);
    expect(proxy.fromMemory).toBeGreaterThan(0);
    expect([...proxy.cacheControls]).toEqual(["no-store"]);
  });

  it("[SYS33][F09] of everything, `no-store` or not: a device says so within five requests, applies nothing of it, and gets in step when the proxy is well", async () => {
    bed = await openTestBed({ seed: 2 });
    const own = bed;
    await own
      .server()
      .space(testSpace)
      .write((tx) => void tx.entries.create({ writer: "before" }, { id: "e1" }));
    proxy = await startCachingProxy(() => own.port());
    const first = await open("first", "http");
    await inStep(first);
    // What is kept now is of the old epoch: a welcome, an acknowledgement, a page.
    await first.background();
    proxy.keeps(["POST"]);
    await first.foreground();
    await first.write(testSpace, (tx) => tx.entries.update("e1", { effect: "kept by the proxy" }));
    const reports = (replica: Replica) =>
      until("it says so", () => {
        const { connection } = replica.status();
        return connection.kind === "waiting" && connection.reason === "stale-intermediary";
      });
    await reports(first);
    await bumpEpoch(own);
    await own
      .server()
      .space(testSpace)
      .write((tx) => void tx.entries.create({ writer: "after" }, { id: "e2" }));
    const askedBefore = proxy.asked.length;
    const second = await open("second", "http");
    await second.write(testSpace, (tx) => void tx.entries.create({ writer: "second" }, { id: "e3" }));
    await reports(second);
    // Two devices ask.
    expect(proxy.asked.length - askedBefore).toBeLessThanOrEqual(2 * 5);
    await expect(second.sync()).rejects.toMatchObject({ code: "stale-intermediary", retry: true });
    expect(second.status()).toMatchObject({ spaces: { [testSpace]: { synced: false } } });
    expect((await second.space(testSpace).entries.all()).map(({ id }) => id)).toEqual(["e3"]);
    expect(second.status().pending).toBeGreaterThan(0);
    // Nothing that it said is in the file.
    await second.close();
    proxy.keeps([]);
    const again = await open("second", "http");
    for (const replica of [first, again]) {
      await until("its writes are there", () => replica.status().pending === 0);
      await until("it has all", async () => (await replica.space(testSpace).entries.count()) === 3);
      await inStep(replica);
      await agree(replica);
    }
    expect(await again.space(testSpace).entries.get("e1")).toMatchObject({ effect: "kept by the proxy" });
    expect([...proxy.cacheControls]).toEqual(["no-store"]);
  });
});
