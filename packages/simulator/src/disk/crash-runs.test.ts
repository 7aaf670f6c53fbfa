import { afterAll, describe, expect, it } from "vitest";
import { type CrashSettings, runCrashes } from "./crash-runs.ts";
import { loadSqlite } from "./load-sqlite.ts";

const sqlite = await loadSqlite();

/** What SQLite promises under each setting, its negative rows included: a disk that forgives them would find nothing. */
const table: readonly (readonly [CrashSettings, "keeps everything" | "is caught"])[] = [
  [{ journal: "WAL", synchronous: "FULL", death: "power" }, "keeps everything"],
  [{ journal: "WAL", synchronous: "FULL", death: "kill" }, "keeps everything"],
  [{ journal: "WAL", synchronous: "NORMAL", death: "kill" }, "keeps everything"],
  [{ journal: "DELETE", synchronous: "EXTRA", death: "power" }, "keeps everything"],
  [{ journal: "DELETE", synchronous: "FULL", death: "kill" }, "keeps everything"],
  [{ journal: "WAL", synchronous: "NORMAL", death: "power" }, "is caught"],
  [{ journal: "DELETE", synchronous: "FULL", death: "power" }, "is caught"],
  [{ journal: "WAL", synchronous: "OFF", death: "power" }, "is caught"],
  [{ journal: "WAL", synchronous: "FULL", lyingSyncRate: 0.2, death: "power" }, "is caught"],
  [{ journal: "WAL", synchronous: "FULL", forgetsNames: true, death: "power" }, "is caught"],
];

describe("the simulated disk's verdict on SQLite's settings", () => {
  for (const [settings, expected] of table)
    it(`[SIM2][T8][T22] ${JSON.stringify(settings)} ${expected}`, () => {
      const verdict = runCrashes(sqlite, settings, 1);
      expect(verdict.runs).toBeGreaterThan(100);
      if (expected === "keeps everything") expect(verdict).toMatchObject({ lost: 0, torn: 0 });
      else expect(verdict.lost + verdict.torn).toBeGreaterThan(0);
    });

  afterAll(() => expect(sqlite.openFiles()).toBe(0));
});
