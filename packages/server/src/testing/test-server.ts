/** A server over a file of its own, with a clock and callbacks that a test can change while it runs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerStore } from "@holdfast/core/engine";
import { createServer } from "../create-server.ts";
import type { Server } from "../server.ts";
import { accept, refuse } from "../decision.ts";
import type { ServerLimits } from "../limits.ts";
import type { Access, LogEntry, Principal, ServerOptions } from "../options.ts";
import { sqliteStore } from "../sqlite/index.ts";
import { createTestClock, type TestClock } from "./test-clock.ts";
import { TestClient } from "./test-client.ts";
import { type TestSchema, testSchema } from "./test-schema.ts";
import type { TestReplica } from "./test-replica.ts";

type Options = ServerOptions<TestSchema, Principal>;

export interface TestServer {
  readonly server: Server<TestSchema>;
  readonly store: ServerStore;
  readonly clock: TestClock;
  readonly log: LogEntry[];
  readonly access: Map<string, Access>;
  /** Connected and greeted, under the principal `user`, following `spaces`. */
  connect(
    replica: TestReplica,
    options?: { readonly user?: string; readonly spaces?: readonly string[]; readonly cursor?: Uint8Array },
  ): Promise<TestClient>;
  /** Closes the server and opens the same file again. */
  restart(changes?: Partial<Options>): Promise<TestServer>;
  dispose(): Promise<void>;
}

export async function openTestServer(
  changes: Partial<Options> & { readonly path?: string; readonly limits?: Partial<ServerLimits> } = {},
): Promise<TestServer> {
  const { path: given, ...options } = changes;
  const folder = given === undefined ? mkdtempSync(join(tmpdir(), "holdfast-server-")) : undefined;
  const path = given ?? join(folder as string, "sync.db");
  const store = options.store ?? sqliteStore(path);
  const clock = createTestClock();
  const log: LogEntry[] = [];
  const access = new Map<string, Access>();
  const server = createServer<TestSchema, Principal>({
    schema: testSchema,
    authenticate: (token) => (token === "" ? null : { id: token }),
    authorize: { space: (_principal, space) => access.get(space) ?? "write" },
    arbiters: { buyPlan },
    runtime: clock.runtime,
    log: (entry) => void log.push(entry),
    ...options,
    store,
  });
  const opened: TestServer = {
    server,
    store,
    clock,
    log,
    access,
    async connect(replica, { user = "ann", spaces = [replica.space], cursor = new Uint8Array(0) } = {}) {
      const client = await TestClient.open(server, replica);
      await client.hello(user, spaces, cursor);
      return client;
    },
    async restart(again = {}) {
      await server.close();
      const { store: _closed, ...rest } = options;
      return openTestServer({ ...rest, ...again, path });
    },
    async dispose() {
      await server.close();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
  return opened;
}

const buyPlan: NonNullable<Options["arbiters"]>["buyPlan"] = async (tx, { accountId, plan }) => {
  const account = await tx.accounts.get(accountId);
  if (account === undefined || account.credits < 10) return refuse("no-credit", "10 credits are needed.");
  tx.accounts.update(accountId, { plan, credits: account.credits - 10 });
  return accept({ plan });
};
