/** Two instances of r0 over one store, and a Redis between them that fails: what one takes, the other's followers have (F08). */
import { startTestRedis, type TestRedis } from "@holdfast/conformance/redis";
import type { ServerStore, Transaction } from "@holdfast/core/engine";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import type { ServerLimits } from "../limits.ts";
import { nodeRuntime } from "../runtime/node-runtime.ts";
import { sqliteStore } from "../sqlite/index.ts";
import { openTcpProxy, type TcpProxy } from "../testing/tcp-proxy.ts";
import type { TestClient } from "../testing/test-client.ts";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import { openTestServer, type TestServer } from "../testing/test-server.ts";
import { redisBus, type RedisBus } from "./redis-bus.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Node {
  readonly server: TestServer;
  readonly bus: RedisBus;
  readonly proxy: TcpProxy;
}

/** Each with its own way to Redis. */
async function openNodes(redis: TestRedis, limits: Partial<ServerLimits>): Promise<readonly [Node, Node]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-two-"));
  const store = sqliteStore(join(folder, "sync.db"));
  closing.push(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  // To each of them it is a database that others write to as well.
  const shared: ServerStore = { ...store, isExclusive: false, close: async () => {} };
  const open = async (): Promise<Node> => {
    const proxy = await openTcpProxy(redis.port);
    closing.push(() => proxy.close());
    const bus = redisBus({ url: `redis://127.0.0.1:${proxy.port}` });
    const server = await openTestServer({ store: shared, bus, runtime: nodeRuntime, limits });
    closing.push(() => server.dispose());
    return { server, bus, proxy };
  };
  const nodes = [await open(), await open()] as const;
  await expect.poll(() => nodes.every(({ bus }) => bus.counts().connected), { timeout: 5_000 }).toBe(true);
  return nodes;
}

/** A device that does what it is told: takes what a poke carries, and pulls when one only names a head. */
class Follower {
  readonly sequences: number[] = [];
  readonly #client: TestClient;
  pulls = 0;
  #cursor: Uint8Array = new Uint8Array(0);

  constructor(client: TestClient) {
    this.#client = client;
  }

  static async follow(server: TestServer, index: number): Promise<Follower> {
    const follower = new Follower(await server.connect(new TestReplica(replicaId(index))));
    await follower.#pull();
    void follower.#run();
    return follower;
  }

  async #run(): Promise<void> {
    for (;;) {
      const poke = await this.#client.next("poke").catch(() => undefined);
      if (poke === undefined) return;
      if (poke.changes.length > 0) this.#take(poke.changes, poke.cursor);
      else await this.#pull();
    }
  }

  async #pull(): Promise<void> {
    for (let more = true; more; ) {
      this.pulls++;
      const page = await this.#client.pull(this.#cursor);
      if (page.content.type === "changes") this.#take(page.content.changes, page.cursor);
      else this.#cursor = page.cursor;
      more = page.more;
    }
  }

  #take(changes: readonly { readonly sequence: number }[], cursor: Uint8Array): void {
    for (const { sequence } of changes) this.sequences.push(sequence);
    this.#cursor = cursor;
  }
}

const all = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

async function writeRows(author: TestReplica, client: TestClient, count: number, pauseMs: number): Promise<void> {
  for (let row = 1; row <= count; row++) {
    const written: Transaction = await author.write((tx) => void tx.notes.create({ title: `row ${row}` }));
    await client.push([written]);
    if (row < count) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

describe("two instances with Redis between them", () => {
  it("[BUS1][SES9] a small change of one is carried to the other's followers, without a pull", async () => {
    const redis = await startTestRedis();
    closing.push(() => redis.kill());
    const [one, two] = await openNodes(redis, { antiEntropyMs: 3_600_000, doubtMsMax: 10 });
    const author = new TestReplica(replicaId(1));
    const writer = await one.server.connect(author);
    const follower = await Follower.follow(two.server, 2);
    await expect.poll(() => two.bus.counts().channels).toBe(1);
    // What it doubted when it began to hear the space has been looked up.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await writeRows(author, writer, 20, 0);
    await expect.poll(() => follower.sequences, { timeout: 5_000 }).toEqual(all(20));
    expect(follower.pulls).toBe(1);
  });

  it("[PSH3][RDS1][F08] 5 s of partition and a flush while A writes 100 rows and leaves at once: B has all 100 within the bound", {
    timeout: 60_000,
  }, async () => {
    const redis = await startTestRedis();
    closing.push(() => redis.kill());
    const antiEntropyMs = 2_000;
    const [one, two] = await openNodes(redis, { antiEntropyMs, doubtMsMax: 500 });
    const author = new TestReplica(replicaId(1));
    const writer = await one.server.connect(author);
    const follower = await Follower.follow(two.server, 2);
    one.proxy.partition();
    two.proxy.partition();
    const partitionedMs = performance.now();
    await writeRows(author, writer, 100, 40);
    writer.close();
    const leftMs = performance.now();
    const admin = new Redis(redis.url);
    await admin.flushall();
    admin.disconnect();
    // Read before Redis is back: the bound does not need it.
    await expect.poll(() => follower.sequences, { timeout: 1.5 * antiEntropyMs + 1_500, interval: 10 }).toEqual(all(100));
    expect(performance.now() - leftMs).toBeLessThan(1.5 * antiEntropyMs + 500 + 500);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, partitionedMs + 5_000 - performance.now())));
    one.proxy.heal();
    two.proxy.heal();
    expect(follower.sequences).toEqual(all(100));
  });

  it("[RDS3][F08] a Redis that dies and comes back: B has the last write soon after, though nobody writes any more", {
    timeout: 60_000,
  }, async () => {
    const redis = await startTestRedis();
    closing.push(() => redis.kill());
    // Too rare to help.
    const [one, two] = await openNodes(redis, { antiEntropyMs: 3_600_000 });
    const author = new TestReplica(replicaId(1));
    const writer = await one.server.connect(author);
    const follower = await Follower.follow(two.server, 2);
    await redis.kill();
    await writeRows(author, writer, 10, 5);
    writer.close();
    await redis.start();
    await expect.poll(() => follower.sequences, { timeout: 8_000, interval: 10 }).toEqual(all(10));
  });
});
