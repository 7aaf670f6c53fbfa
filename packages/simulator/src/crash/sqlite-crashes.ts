/** Kills bare SQLite at every disk operation of a small workload, under given settings, and counts what it lost: the disk models' own test. */
import type { SqlitePort } from "@holdfast/core/engine";
import { type DeathPhase, ProcessDied } from "../disk/mount.ts";
import { random } from "../random.ts";
import type { DiskFaults, Lane, LaneDisk, LaneProcess } from "./lane.ts";

export interface CrashSettings extends DiskFaults {
  readonly journal: "WAL" | "DELETE";
  readonly synchronous: "EXTRA" | "FULL" | "NORMAL" | "OFF";
  readonly death: "kill" | "power";
}

export interface CrashVerdict {
  runs: number;
  /** Runs after which a commit that had returned was gone. */
  lost: number;
  /** Runs after which a transaction was there in part, or the file was damaged. */
  torn: number;
}

const transactions = 6;
export const phases: readonly DeathPhase[] = ["before", "middle", "after"];

/** Every operation of the workload × before, middle, after; `seeds` ways in which each ends. Half of them crash again while they recover. */
export function crashSqlite(lane: Lane, settings: CrashSettings, seeds: number): CrashVerdict {
  const verdict: CrashVerdict = { runs: 0, lost: 0, torn: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const prepared = prepareDisk(lane, settings, String(seed));
    const operations = rehearse(prepared, settings);
    for (let operation = 1; operation <= operations; operation++)
      for (const phase of phases) {
        const found = crashAt(lane, settings, prepared, `${seed}/${operation}/${phase}`, operation, phase);
        verdict.runs++;
        if (found === "lost") verdict.lost++;
        if (found === "torn") verdict.torn++;
      }
    prepared.release();
  }
  return verdict;
}

/** A file with tables, all of it durable. */
function prepareDisk(lane: Lane, settings: CrashSettings, key: string): LaneDisk {
  lane.reset(key);
  const disk = lane.createDisk(key);
  const process = disk.boot();
  const port = open(process, settings);
  for (const table of ["one", "other"]) port.run(`CREATE TABLE ${table} (n INTEGER PRIMARY KEY, filling BLOB)`);
  port.close();
  process.bury();
  disk.settle();
  return disk;
}

/** How many disk operations the workload has. */
function rehearse(prepared: LaneDisk, settings: CrashSettings): number {
  const disk = prepared.copy("rehearsal", settings);
  const process = disk.boot();
  write(process, settings, () => undefined);
  const { operations } = process;
  disk.release();
  return operations;
}

function crashAt(
  lane: Lane,
  settings: CrashSettings,
  prepared: LaneDisk,
  key: string,
  operation: number,
  phase: DeathPhase,
): "kept" | "lost" | "torn" {
  lane.reset(key);
  const disk = prepared.copy(key, settings);
  const process = disk.boot();
  process.planDeath(operation, phase, key);
  let acknowledged = 0;
  write(process, settings, (n) => void (acknowledged = n));
  if (settings.death === "power") disk.losePower(key);
  if (random(key, "crash again").chance(0.5)) {
    crashRecovery(disk, settings, `${key}/again`);
    if (settings.death === "power") disk.losePower(`${key}/again`);
  }
  const found = judge(disk, settings, acknowledged);
  disk.release();
  return found;
}

/** What it finds is judged later, by an opening that is left alone. */
function crashRecovery(disk: LaneDisk, settings: CrashSettings, key: string): void {
  const draws = random(key, "recovery");
  const process = disk.boot();
  process.planDeath(draws.between(1, 6), draws.pick(phases), key);
  try {
    open(process, settings).all("SELECT count(*) FROM one");
  } catch {
    // It died, or the file is damaged.
  }
  process.bury();
}

function judge(disk: LaneDisk, settings: CrashSettings, acknowledged: number): "kept" | "lost" | "torn" {
  const process = disk.boot();
  try {
    const port = open(process, settings);
    const numbersOf = (table: string): string =>
      port
        .all(`SELECT n FROM ${table} ORDER BY n`)
        .map((row) => String(row["n"]))
        .join();
    const [one, other] = [numbersOf("one"), numbersOf("other")];
    const count = one === "" ? 0 : one.split(",").length;
    const isWhole = one === other && one === Array.from({ length: count }, (_, index) => index + 1).join();
    if (!isWhole || port.all("PRAGMA integrity_check")[0]?.["integrity_check"] !== "ok") return "torn";
    return count < acknowledged ? "lost" : "kept";
  } catch {
    // A damaged file does not open, or does not read.
    return "torn";
  } finally {
    process.bury();
  }
}

function write(process: LaneProcess, settings: CrashSettings, committed: (n: number) => void): void {
  try {
    const port = open(process, settings);
    for (let n = 1; n <= transactions; n++) {
      writeOne(port, n);
      committed(n);
    }
  } catch (error) {
    if (!(error instanceof ProcessDied)) throw error;
  }
  process.bury();
}

function writeOne(port: SqlitePort, n: number): void {
  const filling = new Uint8Array(n % 3 === 0 ? 6_000 : 40).fill(n);
  port.transaction(() => {
    port.run("INSERT INTO one VALUES (?, ?)", [n, filling]);
    port.run("INSERT INTO other VALUES (?, ?)", [n, filling]);
  });
}

/** The process closes the port when it is buried. */
function open(process: LaneProcess, { journal, synchronous }: CrashSettings): SqlitePort {
  const port = process.open("crash.db");
  // Under exclusive locking a rollback journal is not unlinked, and its trap does not show.
  const locking = journal === "WAL" ? "EXCLUSIVE" : "NORMAL";
  for (const pragma of [`locking_mode=${locking}`, `journal_mode=${journal}`, `synchronous=${synchronous}`, "wal_autocheckpoint=6"])
    port.all(`PRAGMA ${pragma}`);
  return port;
}
