/** Whole fleets in one deterministic process. Not published yet. */
export { loadSqlite, type SimulatedSqlite } from "./disk/load-sqlite.ts";
export { losePower, type PowerLossCounts } from "./disk/lose-power.ts";
export { type DeathPhase, type DiskResult, Mount, type PlannedDeath, ProcessDied } from "./disk/mount.ts";
export { openSimulatedSqlite } from "./disk/open-sqlite.ts";
export { type DiskOptions, SimulatedDisk } from "./disk/simulated-disk.ts";
export { type Random, random, type Seed } from "./random.ts";
