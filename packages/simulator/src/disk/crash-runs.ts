/** Kills SQLite at every disk operation of a small workload, under given settings, and counts what it lost: the disk model's own test. */
import type { SqlitePort } from "@holdfast/core/engine";
import { type Random, random } from "../random.ts";
import type { SimulatedSqlite } from "./load-sqlite.ts";
import { losePower } from "./lose-power.ts";
import { type DeathPhase, Mount, ProcessDied } from "./mount.ts";
import { openSimulatedSqlite } from "./open-sqlite.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

export interface CrashSettings {
  readonly journal: "WAL" | "DELETE";
  readonly synchronous: "EXTRA" | "FULL" | "NORMAL" | "OFF";
  readonly lyingSyncRate?: number;
  readonly forgetsNames?: boolean;
  readonly death: "kill" | "power";
}

export interface CrashVerdict {
  readonly runs: number;
  /** Runs after which a commit that had returned was gone. */
  lost: number;
  /** Runs after which a transaction was there in part, or the file was damaged. */
  torn: number;
}

const transactions = 6;
const phases: readonly DeathPhase[] = ["before", "middle", "after"];

/** Every operation of the workload × before, middle, after; `seeds` ways in which each ends. Half of them crash again while they recover. */
export function runCrashes(sqlite: SimulatedSqlite, settings: CrashSettings, seeds: number): CrashVerdict {
  const verdict = { runs: 0, lost: 0, torn: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const prepared = prepareDisk(sqlite, settings, seed);
    const rehearsal = new Mount(prepared.copy("rehearsal"));
    write(sqlite, rehearsal, settings, () => undefined);
    for (let operation = 1; operation <= rehearsal.operations; operation++)
      for (const phase of phases) {
        const found = crashAt(sqlite, settings, prepared, `${seed}/${operation}/${phase}`, operation, phase);
        verdict.runs++;
        if (found === "lost") verdict.lost++;
        if (found === "torn") verdict.torn++;
      }
  }
  return verdict;
}

/** A file with tables, all of it durable. */
function prepareDisk(sqlite: SimulatedSqlite, settings: CrashSettings, seed: number): SimulatedDisk {
  sqlite.reset(String(seed));
  const honest = new SimulatedDisk({ seed, name: "prepared" });
  const port = open(sqlite, new Mount(honest), settings);
  for (const table of ["one", "other"]) port.run(`CREATE TABLE ${table} (n INTEGER PRIMARY KEY, filling BLOB)`);
  port.close();
  for (const file of honest.files()) honest.sync(file);
  honest.syncDirectory();
  const { lyingSyncRate = 0, forgetsNames = false } = settings;
  const disk = new SimulatedDisk({ seed, name: "prepared", lyingSyncRate, forgetsNames });
  const copy = honest.copy("prepared");
  [disk.names, disk.durableNames] = [copy.names, copy.durableNames];
  return disk;
}

function crashAt(
  sqlite: SimulatedSqlite,
  settings: CrashSettings,
  prepared: SimulatedDisk,
  key: string,
  operation: number,
  phase: DeathPhase,
): "kept" | "lost" | "torn" {
  sqlite.reset(key);
  const disk = prepared.copy(key);
  const luck = random(key, "crash");
  const mount = new Mount(disk);
  mount.planDeath({ operations: operation, phase, random: luck });
  let acknowledged = 0;
  write(sqlite, mount, settings, (n) => void (acknowledged = n));
  mount.kill();
  if (settings.death === "power") losePower(disk, luck);
  if (luck.chance(0.5)) {
    crashRecovery(sqlite, settings, disk, luck);
    if (settings.death === "power") losePower(disk, luck);
  }
  return judge(sqlite, disk, settings, acknowledged);
}

/** What it finds is judged later, by an opening that is left alone. */
function crashRecovery(sqlite: SimulatedSqlite, settings: CrashSettings, disk: SimulatedDisk, luck: Random): void {
  const mount = new Mount(disk);
  mount.planDeath({ operations: luck.between(1, 6), phase: luck.pick(phases), random: luck });
  let port: SqlitePort | undefined;
  try {
    port = open(sqlite, mount, settings);
    port.all("SELECT count(*) FROM one");
  } catch {
    // It died, or the file is damaged.
  }
  mount.kill();
  port?.close();
}

function judge(sqlite: SimulatedSqlite, disk: SimulatedDisk, settings: CrashSettings, acknowledged: number): "kept" | "lost" | "torn" {
  try {
    const port = open(sqlite, new Mount(disk), settings);
    try {
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
    } finally {
      port.close();
    }
  } catch {
    // A damaged file does not open, or does not read.
    return "torn";
  }
}

function write(sqlite: SimulatedSqlite, mount: Mount, settings: CrashSettings, committed: (n: number) => void): void {
  let port: SqlitePort | undefined;
  try {
    port = open(sqlite, mount, settings);
    for (let n = 1; n <= transactions; n++) {
      writeOne(port, n);
      committed(n);
    }
  } catch (error) {
    if (!(error instanceof ProcessDied)) throw error;
  }
  // Only its memory: the process is dead, or is killed next.
  mount.kill();
  port?.close();
}

function writeOne(port: SqlitePort, n: number): void {
  const filling = new Uint8Array(n % 3 === 0 ? 6_000 : 40).fill(n);
  port.transaction(() => {
    port.run("INSERT INTO one VALUES (?, ?)", [n, filling]);
    port.run("INSERT INTO other VALUES (?, ?)", [n, filling]);
  });
}

function open(sqlite: SimulatedSqlite, mount: Mount, { journal, synchronous }: CrashSettings): SqlitePort {
  const port = openSimulatedSqlite(sqlite, mount, "crash.db");
  try {
    // Under exclusive locking a rollback journal is not unlinked, and its trap does not show.
    const locking = journal === "WAL" ? "EXCLUSIVE" : "NORMAL";
    for (const pragma of [`locking_mode=${locking}`, `journal_mode=${journal}`, `synchronous=${synchronous}`, "wal_autocheckpoint=6"])
      port.all(`PRAGMA ${pragma}`);
  } catch (error) {
    port.close();
    throw error;
  }
  return port;
}
