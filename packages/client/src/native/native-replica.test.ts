import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectExpoSqlite } from "../expo/expo-sqlite.ts";
import { openReplica as openOnExpo } from "../expo/index.ts";
import { connectOpSqlite } from "../op-sqlite/op-sqlite.ts";
import { openReplica as openOnOp } from "../op-sqlite/index.ts";
import { createExpoShim } from "../testing/expo-sqlite-shim.ts";
import { eventually, OtherDevice, schema, space, type TestSchema } from "../testing/bed.ts";
import { TestAppState } from "../testing/native-host/app-state.ts";
import type { OpenCounts } from "../testing/native-file.ts";
import { createOpShim } from "../testing/op-sqlite-shim.ts";
import { ScriptedR0 } from "../testing/scripted-r0.ts";
import type { NativeConnection } from "./native-connection.ts";
import { type NativeReplica, type NativeReplicaOptions, openNativeReplica } from "./open-native.ts";

interface Device {
  readonly counts: OpenCounts;
  readonly appState: TestAppState;
  readonly failNext: (beginning: string, errcode: number, sentence: string) => void;
  connect(key?: string): NativeConnection;
}

let directory: string;
let opened: NativeReplica<TestSchema>[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdfast-native-"));
  opened = [];
});
afterEach(async () => {
  for (const replica of opened) await replica.close();
  rmSync(directory, { recursive: true, force: true });
});

const path = "notes.db";
const devices = {
  "expo-sqlite on iOS": (sqlCipher = false): Device => {
    const shim = createExpoShim({ directory, sqlCipher });
    return deviceOf(shim.open, shim.failNext, (key) => connectExpoSqlite(shim, { path, key }));
  },
  "expo-sqlite on Android": (sqlCipher = false): Device => {
    const shim = createExpoShim({ directory, sqlCipher, platform: "android" });
    return deviceOf(shim.open, shim.failNext, (key) => connectExpoSqlite(shim, { path, key }));
  },
  "op-sqlite": (sqlCipher = false): Device => {
    const shim = createOpShim({ directory, sqlCipher });
    return deviceOf(shim.openCounts, shim.failNext, (key) => connectOpSqlite(shim, { path, key }));
  },
};

function deviceOf(counts: OpenCounts, failNext: Device["failNext"], connect: Device["connect"]): Device {
  return { counts, failNext, connect, appState: new TestAppState() };
}

async function open(device: Device, options: Partial<NativeReplicaOptions<TestSchema>> = {}): Promise<NativeReplica<TestSchema>> {
  const replica = await openNativeReplica<TestSchema>(
    { schema, path, spaces: [space], sync: { backoffBaseMs: 5, backoffCapMs: 20 }, ...options },
    { appState: device.appState, connect: () => device.connect(options.key) },
  );
  opened.push(replica);
  return replica;
}

const nothing: OpenCounts = { connections: 0, statements: 0, running: 0, transactions: 0 };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

for (const [library, create] of Object.entries(devices))
  describe(`a replica on ${library}`, () => {
    it("[NAT4] has nothing open when the background event has been handled, and after every turn until the app is back", async () => {
      const device = create();
      const replica = await open(device);
      const writes = Array.from({ length: 40 }, (_, i) =>
        replica.write(space, (tx) => tx.notes.create({ title: `${i}` }, { id: `n${i}` })),
      );
      await writes[0];
      expect(device.counts).toMatchObject({ connections: 1, running: 0, transactions: 0 });
      device.appState.change("inactive");
      expect(device.counts.connections).toBe(1);
      device.appState.change("background");
      expect(device.counts).toEqual(nothing);
      await Promise.all(writes);
      await replica.write(space, (tx) => tx.notes.update("n0", { title: "late" }));
      const rows = await replica.space(space).notes.where({ title: "late" }).all();
      await turn();
      expect(device.counts).toEqual(nothing);
      expect(rows).toHaveLength(1);
      device.appState.change("active");
      expect((await replica.space(space).notes.where({}).all()).length).toBe(40);
      expect(device.counts.connections).toBe(1);
    });

    it("[NAT4][T14][F13] a second replica on the file is told store-locked while the first has it", async () => {
      const device = create();
      await open(device);
      await expect(open(device)).rejects.toMatchObject({ code: "store-locked", origin: "disk" });
    });

    it("[NAT5][T14] a file that another replica has opened while this one rested is not written again, nor read", async () => {
      const device = create();
      const app = await open(device, { onError: () => {} });
      await app.write(space, (tx) => tx.notes.create({ title: "app" }, { id: "a" }));
      device.appState.change("background");
      const extension = create();
      const other = await open(extension);
      // While the other has it, it is locked; afterwards it is another's.
      await expect(app.write(space, (tx) => tx.notes.update("a", { title: "x" }))).rejects.toMatchObject({ code: "store-locked" });
      await other.write(space, (tx) => tx.notes.update("a", { title: "extension" }));
      await other.close();
      device.appState.change("active");
      for (let i = 0; i < 2; i++)
        await expect(app.write(space, (tx) => tx.notes.update("a", { title: "y" }))).rejects.toMatchObject({ code: "store-locked" });
      await expect(app.space(space).notes.get("a")).rejects.toMatchObject({ code: "store-locked", retry: false });
      await app.close();
      const again = await open(device);
      expect((await again.space(space).notes.get("a"))?.title).toBe("extension");
      expect(again.status().pending).toBe(2);
    });

    it("[NAT5] a rest after which nobody else has come changes nothing", async () => {
      const device = create();
      const replica = await open(device);
      for (let i = 0; i < 5; i++) {
        device.appState.change("background");
        device.appState.change("active");
        await replica.write(space, (tx) => tx.notes.create({ title: "x" }));
      }
      expect(replica.status().pending).toBe(5);
    });

    it("[NAT4][F44] what was written just before the app was closed is there at the next start, and is sent", async () => {
      const device = create();
      const replica = await open(device, { onError: () => {} });
      const written = replica.write(space, (tx) => tx.notes.create({ title: "last words" }, { id: "n" }));
      device.appState.change("background");
      await written;
      await turn();
      // The process ends here: nothing of it is closed, and nothing of it is heard again.
      const r0 = new ScriptedR0();
      const next = await open(create(), { transport: r0.transport });
      expect((await next.space(space).notes.get("n"))?.title).toBe("last words");
      await next.sync();
      expect(r0.space(space).stream).toHaveLength(1);
    });

    it("[NAT4][F49] writers, readers, pages of r0 and a host that comes and goes: no lock is told, and every read is of one moment", async () => {
      const device = create();
      const r0 = new ScriptedR0();
      const replica = await open(device, { transport: r0.transport });
      await replica.write(space, (tx) => void (tx.notes.create({ title: "0" }, { id: "a" }), tx.notes.create({ title: "0" }, { id: "b" })));
      await replica.sync();
      const other = new OtherDevice("b");
      const failures: unknown[] = [];
      const work: Promise<unknown>[] = [];
      for (let i = 1; i <= 50; i++) {
        const set = (tx: Parameters<Parameters<typeof replica.write>[1]>[0]) =>
          void (tx.notes.update("a", { title: `${i}` }), tx.notes.update("b", { title: `${i}` }));
        work.push(replica.write(space, set));
        work.push(
          replica.sql`SELECT title FROM notes WHERE id IN ('a', 'b')`.all().then((rows) => {
            if (new Set(rows.map((row) => row["title"])).size !== 1) failures.push(rows);
          }),
        );
        r0.append(
          space,
          other.write((tx) => tx.notes.create({ title: "other" }, { id: `o${i}` })),
        );
        r0.poke(space);
        if (i % 10 === 0) device.appState.change(i % 20 === 0 ? "active" : "background");
        if (i % 7 === 0) await turn();
      }
      device.appState.change("active");
      await Promise.all(work);
      await replica.sync();
      expect(failures).toEqual([]);
      expect(replica.status().phase).toBe("open");
      expect(await replica.sql`SELECT count(*) AS n FROM notes`.first()).toEqual({ n: 52 });
      await replica.close();
      expect(device.counts).toEqual(nothing);
      expect(new DatabaseSync(join(directory, path)).prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    });

    it("[NAT2][DUR5][T18][F47] a disk that is full gives store-full: nothing of the write is shown, and the next one is kept", async () => {
      const device = create();
      const replica = await open(device);
      device.failNext("COMMIT", 13, "database or disk is full");
      await expect(replica.write(space, (tx) => tx.notes.create({ title: "x" }, { id: "n" }))).rejects.toMatchObject({
        code: "store-full",
        origin: "disk",
      });
      expect(await replica.space(space).notes.get("n")).toBeUndefined();
      await replica.write(space, (tx) => tx.notes.create({ title: "y" }, { id: "n" }));
      expect((await replica.space(space).notes.get("n"))?.title).toBe("y");
      expect(device.counts.transactions).toBe(0);
    });

    it("[NAT2][T18] a corrupt page is told store-corrupt, and reads go on where they can", async () => {
      const device = create();
      const replica = await open(device);
      await replica.write(space, (tx) => tx.notes.create({ title: "x" }, { id: "n" }));
      device.failNext("BEGIN", 11, "database disk image is malformed");
      await expect(replica.write(space, (tx) => tx.notes.update("n", { title: "y" }))).rejects.toMatchObject({ code: "store-corrupt" });
      expect((await replica.space(space).notes.get("n"))?.title).toBe("x");
    });

    it("[NAT6] a slice sends and fetches, and when it has ended nothing is open", async () => {
      const device = create();
      device.appState.currentState = "background";
      const r0 = new ScriptedR0();
      const replica = await open(device, { transport: r0.transport });
      await replica.write(space, (tx) => tx.notes.create({ title: "x" }));
      r0.append(
        space,
        new OtherDevice("b").write((tx) => tx.notes.create({ title: "other" })),
      );
      expect(replica.status().connection.kind).toBe("off");
      expect(await replica.backgroundSlice()).toBe("synced");
      expect(replica.status()).toMatchObject({ pending: 0, connection: { kind: "off" } });
      await turn();
      expect(device.counts).toEqual(nothing);
      expect(r0.space(space).stream).toHaveLength(2);
    });

    it("[NAT6] a slice ends at the system's word: when that call returns, nothing is open", async () => {
      const device = create();
      device.appState.currentState = "background";
      const r0 = new ScriptedR0();
      r0.lose = ({ type }) => type === "pushed";
      const replica = await open(device, { transport: r0.transport });
      await replica.write(space, (tx) => tx.notes.create({ title: "x" }));
      const listeners = new Set<() => void>();
      const expiry = {
        addExpirationListener: (listener: () => void) => {
          listeners.add(listener);
          return { remove: () => void listeners.delete(listener) };
        },
      };
      const slice = replica.backgroundSlice({ expiry });
      await eventually("it is sent", () => r0.received.some(({ type }) => type === "push"));
      for (const each of [...listeners]) each();
      expect(device.counts).toEqual(nothing);
      expect(await slice).toBe("expired");
      expect(listeners.size).toBe(0);
      expect(replica.status()).toMatchObject({ pending: 1, connection: { kind: "off" } });
      expect(await replica.backgroundSlice({ limitMs: 30 })).toBe("expired");
      r0.lose = () => false;
      expect(await replica.backgroundSlice()).toBe("synced");
    });

    it("[NAT6] a slice fails without a server that answers, and rests", async () => {
      const device = create();
      device.appState.currentState = "background";
      const replica = await open(device, {
        transport: {
          connect: (events) => {
            queueMicrotask(() => events.closed({ type: "unreachable", detail: "no network" }));
            return { send: () => {}, close: () => {} };
          },
        },
      });
      expect(await replica.backgroundSlice()).toBe("failed");
      await turn();
      expect(device.counts).toEqual(nothing);
      await replica.close();
      expect(await replica.backgroundSlice()).toBe("failed");
      expect(device.appState.listeners).toBe(0);
    });

    it("[NAT7][F74] without cryptographic randomness nothing is opened and no file is made", async () => {
      const device = create();
      const zeros = (length: number) => new Uint8Array(length);
      await expect(open(device, { randomBytes: zeros })).rejects.toMatchObject({ code: "invalid-option" });
      const { crypto } = globalThis;
      Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
      try {
        await expect(open(device)).rejects.toMatchObject({ code: "invalid-option" });
      } finally {
        Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true });
      }
      expect(existsSync(join(directory, path))).toBe(false);
    });

    it("[NAT8] a key is refused by a build without SQLCipher, which would write in the clear", async () => {
      const device = create(false);
      await expect(open(device, { key: "secret" })).rejects.toMatchObject({ code: "store-unsafe", origin: "caller" });
      expect(device.counts).toEqual(nothing);
      // node:sqlite makes an empty file where SQLite's own `open` makes none.
      expect(existsSync(join(directory, path)) && statSync(join(directory, path)).size > 0).toBe(false);
    });

    it("[NAT8] a wrong key, none, or one for a plain file does not open it, and is not told as damage where a key was given", async () => {
      const key = "it's a secret";
      const first = await open(create(true), { key });
      await first.write(space, (tx) => tx.notes.create({ title: "x" }, { id: "n" }));
      await first.close();
      await expect(open(create(true), { key: "its a secret" })).rejects.toMatchObject({ code: "store-mismatch" });
      await expect(open(create(true))).rejects.toMatchObject({ code: "store-corrupt" });
      const device = create(true);
      const again = await open(device, { key });
      device.appState.change("background");
      device.appState.change("active");
      expect((await again.space(space).notes.get("n"))?.title).toBe("x");
    });
  });

describe("the entry points of React Native", () => {
  for (const [name, openReplica] of [
    ["expo", openOnExpo],
    ["op-sqlite", openOnOp],
  ] as const)
    it(`[NAT4] @holdfast/client/${name} opens its library, and hears react-native's AppState`, async () => {
      const r0 = new ScriptedR0();
      const replica = await openReplica<TestSchema>({ schema, path: `${name}.db`, spaces: [space], transport: r0.transport });
      await replica.write(space, (tx) => tx.notes.create({ title: "x" }));
      await replica.sync();
      const id = replica.id;
      expect(id).toBe(replica.id);
      await replica.close();
      const again = await openReplica<TestSchema>({ schema, path: `${name}.db`, spaces: [space] });
      expect(again.id).toBe(id);
      expect(await again.space(space).notes.where({}).all()).toHaveLength(1);
      await again.signOut({ pending: "discard" } as never);
    });
});
