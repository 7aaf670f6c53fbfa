/** What SQLite promises under each setting, its negative rows included: a disk that forgives them would find nothing. Both lanes give these verdicts. */
import type { CrashSettings } from "./sqlite-crashes.ts";

export type Verdict = "keeps everything" | "is caught";

export const verdictTable: readonly (readonly [CrashSettings, Verdict])[] = [
  [{ journal: "WAL", synchronous: "FULL", death: "power" }, "keeps everything"],
  [{ journal: "WAL", synchronous: "FULL", death: "kill" }, "keeps everything"],
  [{ journal: "WAL", synchronous: "NORMAL", death: "kill" }, "keeps everything"],
  [{ journal: "WAL", synchronous: "OFF", death: "kill" }, "keeps everything"],
  [{ journal: "DELETE", synchronous: "EXTRA", death: "power" }, "keeps everything"],
  [{ journal: "DELETE", synchronous: "FULL", death: "kill" }, "keeps everything"],
  [{ journal: "WAL", synchronous: "FULL", lyingSyncRate: 1, death: "kill" }, "keeps everything"],
  [{ journal: "WAL", synchronous: "NORMAL", death: "power" }, "is caught"],
  [{ journal: "DELETE", synchronous: "FULL", death: "power" }, "is caught"],
  [{ journal: "DELETE", synchronous: "OFF", death: "power" }, "is caught"],
  [{ journal: "WAL", synchronous: "OFF", death: "power" }, "is caught"],
  [{ journal: "WAL", synchronous: "FULL", lyingSyncRate: 0.2, death: "power" }, "is caught"],
  [{ journal: "WAL", synchronous: "FULL", forgetsNames: true, death: "power" }, "is caught"],
  [{ journal: "DELETE", synchronous: "EXTRA", forgetsNames: true, death: "power" }, "is caught"],
];
