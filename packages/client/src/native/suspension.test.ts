/**
 * The system suspends the app in the middle of what it does (F43). One JavaScript thread hears of it between two turns: at each of them the file
 * must be free by the time that the event has been handled, as a second process sees it.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientMessage } from "@holdfast/core/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectExpoSqlite } from "../expo/expo-sqlite.ts";
import { connectOpSqlite } from "../op-sqlite/op-sqlite.ts";
import { eventually, OtherDevice, schema, space, type TestSchema } from "../testing/bed.ts";
import { createExpoShim } from "../testing/expo-sqlite-shim.ts";
import { TestAppState } from "../testing/native-host/app-state.ts";
import type { OpenCounts } from "../testing/native-file.ts";
import { createOpShim } from "../testing/op-sqlite-shim.ts";
import { ScriptedR0 } from "../testing/scripted-r0.ts";
import type { NativeConnection } from "./native-connection.ts";
import { type NativeReplica, openNativeReplica } from "./open-native.ts";

const nothing: OpenCounts = { connections: 0, statements: 0, running: 0, transactions: 0 };
const path = "notes.db";
const pages = 12;
const changesAPage = 40;
/** No timer for so long: what was in the queue is done, and the app sleeps. */
const settleMs = 100;
const asleepMs = 400;
/** Of a machine that does much else. */
const lateMsMax = 8_000;

let directory: string;
let replica: NativeReplica<TestSchema> | undefined;
let fired: number;
const { setTimeout: hostTimer } = globalThis;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdfast-suspension-"));
  fired = 0;
  // The host's timers, counted: the replica takes them when it is opened.
  globalThis.setTimeout = ((run: () => void, delayMs?: number) =>
    hostTimer(() => {
      fired++;
      run();
    }, delayMs)) as typeof setTimeout;
});
afterEach(async () => {
  globalThis.setTimeout = hostTimer;
  await replica?.close();
  rmSync(directory, { recursive: true, force: true });
});

const pass = (ms: number): Promise<void> => new Promise((resolve) => hostTimer(resolve, ms));

const libraries: Readonly<Record<string, () => { readonly counts: OpenCounts; readonly connect: () => NativeConnection }>> = {
  "expo-sqlite": () => {
    const shim = createExpoShim({ directory });
    return { counts: shim.open, connect: () => connectExpoSqlite(shim, { path }) };
  },
  "op-sqlite": () => {
    const shim = createOpShim({ directory });
    return { counts: shim.openCounts, connect: () => connectOpSqlite(shim, { path }) };
  },
};

/** Another process takes the file for itself alone: what iOS would find, for it looks at the same locks. */
function isFree(): boolean {
  const file = JSON.stringify(join(directory, path));
  const program = `const { DatabaseSync } = require("node:sqlite"); const file = new DatabaseSync(${file}, { timeout: 0 });
    file.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK"); file.close();`;
  return spawnSync(process.execPath, ["-e", program], { encoding: "utf8" }).status === 0;
}

type Pull = Extract<ClientMessage, { type: "pull" }>;
const pageOf = ({ cursor }: Pull): number => (cursor.length === 0 ? 0 : (cursor[1] as number));

/** A long first sync: as many pages, each answered as it is asked for. */
function createLongStream(asked: (page: number) => void): ScriptedR0 {
  const r0 = new ScriptedR0();
  const other = new OtherDevice("b");
  const written = Array.from({ length: pages }, (_, page) =>
    Array.from({ length: changesAPage }, (_, index) =>
      r0.append(
        space,
        other.write((tx) => tx.notes.create({ title: "x".repeat(200), data: "y".repeat(2_000) }, { id: `${page}-${index}` })),
      ),
    ),
  );
  r0.page = (pull) => {
    const page = pageOf(pull);
    asked(page);
    return {
      content: { type: "changes", changes: written[page] ?? [] },
      cursor: Uint8Array.of(1, page + 1),
      head: pages * changesAPage,
      more: page + 1 < pages,
    };
  };
  return r0;
}

for (const [library, create] of Object.entries(libraries))
  describe(`suspended on ${library}`, () => {
    const device = () => ({ ...create(), appState: new TestAppState() });

    async function open({ appState, connect }: ReturnType<typeof device>, r0: ScriptedR0): Promise<NativeReplica<TestSchema>> {
      replica = await openNativeReplica<TestSchema>(
        { schema, path, spaces: [space], transport: r0.transport, sync: { backoffBaseMs: 5, backoffCapMs: 20 }, onError: () => {} },
        { appState, connect },
      );
      return replica;
    }

    /** The event, and what must be so when it has been handled, and from then on. */
    async function suspend({ appState, counts }: ReturnType<typeof device>): Promise<void> {
      appState.change("background");
      expect(counts).toEqual(nothing);
      expect(isFree()).toBe(true);
      // A page that had come is still taken in, a turn at a time, and the file is let go after each.
      let before: number;
      const lateMs = performance.now() + lateMsMax;
      do {
        before = fired;
        await pass(settleMs);
        expect(counts).toEqual(nothing);
        expect(performance.now()).toBeLessThan(lateMs);
      } while (fired !== before);
      await pass(asleepMs);
      expect([counts, fired - before]).toEqual([nothing, 0]);
    }

    for (const turns of [0, 1, 2, 4])
      it(`[NAT4][F43] while a long sync is taken in, ${turns} turns after a page came: free, no timer, and it goes on from the last page kept`, async () => {
        const here = device();
        const half = pages / 2;
        let suspended: Promise<void> | undefined;
        const after = async (left: number): Promise<void> => {
          if (left === 0) return suspend(here);
          await new Promise((resolve) => setImmediate(resolve));
          return after(left - 1);
        };
        const r0 = createLongStream((page) => {
          // In a later turn, as the host's events are.
          if (page === half) suspended ??= new Promise((resolve) => setImmediate(resolve)).then(() => after(turns));
        });
        const opened = await open(here, r0);
        await eventually("half of it is here", () => suspended !== undefined);
        await suspended;
        const heard = r0.received.length;
        here.appState.change("active");
        await opened.sync();
        const asked = r0.received.slice(heard).filter((message) => message.type === "pull");
        expect(asked.map(pageOf)[0]).toBeGreaterThanOrEqual(half);
        expect(await opened.sql`SELECT count(*) AS n FROM notes`.first()).toEqual({ n: pages * changesAPage });
      });

    it("[NAT4][F43] with a push on its way: free, and afterwards it arrives once", async () => {
      const here = device();
      const r0 = new ScriptedR0();
      r0.lose = ({ type }) => type === "pushed";
      const opened = await open(here, r0);
      await opened.write(space, (tx) => tx.notes.create({ title: "x" }, { id: "n" }));
      await eventually("it is sent", () => r0.received.some(({ type }) => type === "push"));
      await suspend(here);
      expect(opened.status()).toMatchObject({ pending: 1, connection: { kind: "off" } });
      r0.lose = () => false;
      here.appState.change("active");
      await opened.sync();
      expect([opened.status().pending, r0.space(space).stream.length]).toEqual([0, 1]);
    });

    it("[NAT4][F43] idle, and with writes that come while it sleeps: free after each", async () => {
      const here = device();
      const r0 = new ScriptedR0();
      const opened = await open(here, r0);
      await opened.sync();
      await suspend(here);
      for (let i = 0; i < 3; i++) {
        await opened.write(space, (tx) => tx.notes.create({ title: "in the background" }));
        await pass(settleMs);
        expect([here.counts, isFree()]).toEqual([nothing, true]);
      }
      expect(r0.space(space).stream).toHaveLength(0);
    });

    it("[NAT6][F43] slices of a long sync: each ends in time with the file free, and the next goes on where it ended", async () => {
      const here = device();
      here.appState.currentState = "background";
      const asked: number[] = [];
      let slices = 0;
      const r0 = createLongStream((page) => void asked.push(page));
      // Each slice hears two pages; the answer to the third is lost on the way.
      let answered = 0;
      r0.lose = ({ type }) => type === "page" && answered++ >= 2;
      const opened = await open(here, r0);
      for (let outcome = ""; outcome !== "synced"; slices++) {
        answered = 0;
        const startMs = performance.now();
        outcome = await opened.backgroundSlice({ limitMs: 250 });
        // The limit, and what a machine with other work takes to come back.
        expect(performance.now() - startMs).toBeLessThan(250 + 2_000);
        expect([here.counts, isFree(), opened.status().connection.kind]).toEqual([nothing, true, "off"]);
        expect(slices).toBeLessThan(pages);
      }
      // No page that was kept is asked for again.
      expect([...new Set(asked)]).toEqual(Array.from({ length: pages }, (_, page) => page));
      expect(asked.length).toBeLessThanOrEqual(pages + slices);
      expect(await opened.sql`SELECT count(*) AS n FROM notes`.first()).toEqual({ n: pages * changesAPage });
    });
  });
