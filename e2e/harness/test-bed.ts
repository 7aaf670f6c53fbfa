/** r0 in this process, and devices each behind a fault proxy of its own; closed and removed as a whole. */
import { accept, createServer, refuse, type ServerOptions } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { converge } from "./converge.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { judge } from "./oracle.ts";
import { readReplicaFile, readServerFile, type SpaceState } from "./space-state.ts";
import { createTempDir, type TempDir } from "./temp-dir.ts";
import { type DeviceOptions, openTestReplica, type Replica, type ReplicaOptions, testSpace } from "./test-replica.ts";
import { type WorkloadSchema, workloadSchema } from "./workload-schema.ts";

export interface User {
  readonly id: string;
  readonly expiresAtMs?: number;
}

type BedServerOptions = ServerOptions<WorkloadSchema, User>;

export interface TestBedOptions {
  readonly seed: number;
  readonly authenticate?: BedServerOptions["authenticate"];
  readonly authorize?: Partial<BedServerOptions["authorize"]>;
  readonly limits?: BedServerOptions["limits"];
  readonly rates?: BedServerOptions["rates"];
  readonly observe?: BedServerOptions["observe"];
}

export interface Device {
  readonly name: string;
  readonly path: string;
  readonly proxy: FaultProxy;
  /** The one that is open now. */
  replica: Replica;
  /** Closes, and opens the same file again. */
  reopen(change?: Partial<ReplicaOptions>): Promise<void>;
}

export interface TestBed {
  readonly directory: TempDir;
  readonly serverPath: string;
  /** r0's, the same after a restart. */
  readonly port: () => number;
  readonly server: () => ReturnType<typeof createTestServer>;
  readonly devices: readonly Device[];
  device(name: string, options?: DeviceOptions): Promise<Device>;
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** Everything drained and pulled, everywhere, without help. */
  converge(msMax?: number): Promise<void>;
  /** Closes all, and gives what the oracle finds wrong in the files. */
  verdict(acknowledged: Iterable<string>, letters?: ReadonlySet<string>): Promise<readonly string[]>;
  /** Closes all, and reads the files. */
  states(): Promise<{ readonly r0: SpaceState; readonly devices: ReadonlyMap<string, SpaceState> }>;
  close(): Promise<void>;
}

function createTestServer(path: string, options: TestBedOptions) {
  return createServer({
    schema: workloadSchema,
    store: sqliteStore(path),
    authenticate: options.authenticate ?? ((token) => (token === "" ? null : { id: token })),
    authorize: { space: () => "write", operation: () => accept(), ...options.authorize },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.rates === undefined ? {} : { rates: options.rates }),
    ...(options.observe === undefined ? {} : { observe: options.observe }),
    arbiters: {
      spend: async (tx, { account, receipt, amount }) => {
        const row = await tx.accounts.get(account);
        if (row === undefined || row.credits < amount) return refuse("no-credit", `${amount} credits are needed.`);
        tx.accounts.update(account, { credits: row.credits - amount });
        tx.receipts.create({ amount }, { id: receipt });
        return accept({ left: row.credits - amount });
      },
    },
  });
}

export async function openTestBed(options: TestBedOptions): Promise<TestBed> {
  const directory = createTempDir("e2e");
  const serverPath = directory.file("r0.db");
  const devices: Device[] = [];
  let port = 0;
  let server: ReturnType<typeof createTestServer> | undefined;

  const startServer = async (): Promise<void> => {
    server = createTestServer(serverPath, options);
    ({ port } = await server.listen({ port, host: "127.0.0.1" }));
  };
  const stopServer = async (): Promise<void> => {
    await server?.close();
    server = undefined;
  };
  const closeAll = async (): Promise<void> => {
    for (const device of devices) await device.replica.close();
    for (const device of devices) await device.proxy.close();
    await stopServer();
  };
  await startServer();

  const states: TestBed["states"] = async () => {
    await closeAll();
    const r0 = await readServerFile(serverPath, testSpace);
    return { r0, devices: new Map(devices.map(({ name, path }) => [name, readReplicaFile(path, testSpace)])) };
  };
  return {
    directory,
    serverPath,
    port: () => port,
    devices,
    startServer,
    stopServer,
    states,
    server: () => {
      if (server === undefined) throw new Error("The server is stopped.");
      return server;
    },
    async device(name, own = {}) {
      const proxy = await startFaultProxy({
        target: port,
        seed: options.seed,
        link: name,
        ...(own.faults === undefined ? {} : { faults: own.faults }),
      });
      const path = directory.file(`${name}.db`);
      const device: Device = {
        name,
        path,
        proxy,
        replica: await openTestReplica(path, proxy.url, own),
        async reopen(change) {
          await device.replica.close();
          device.replica = await openTestReplica(path, proxy.url, { ...own, replica: { ...own.replica, ...change } });
        },
      };
      devices.push(device);
      return device;
    },
    converge: (msMax) =>
      converge(
        devices.map(({ name, replica }) => ({ name, replica, space: testSpace })),
        (space) => (server === undefined ? Promise.reject(new Error("The server is stopped.")) : server.digest(space)),
        msMax,
      ),
    async verdict(acknowledged, letters) {
      const found = await states();
      return judge(
        acknowledged,
        found.r0,
        [...found.devices].map(([name, state]) => ({ name, state })),
        letters,
      ).wrong;
    },
    async close() {
      await closeAll();
      directory.remove();
    },
  };
}
