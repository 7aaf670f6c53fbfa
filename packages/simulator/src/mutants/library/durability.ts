/** Acknowledged is durable, and what is durable is whole. */
import type { Mutant } from "../mutant.ts";
import {
  calm,
  diskError,
  diskFull,
  kill,
  killedAtSnapshot,
  killThenPower,
  powerLoss,
  secondProcess,
  serverDiskError,
  serverKill,
  serverKillThenPower,
  serverPowerLoss,
} from "./directions.ts";

const settings = "packages/client/src/store/settings.ts";
const database = "packages/server/src/sqlite/database.ts";
const batch = "packages/client/src/write/batch.ts";
const workQueue = "packages/client/src/write/work-queue.ts";

const crashes = { faults: [kill, powerLoss], faultsCount: 8, durationMs: 20_000, network: calm } as const;
const serverCrashes = { faults: [serverKill, serverPowerLoss], faultsCount: 8, durationMs: 20_000, network: calm } as const;
const badDisks = { faults: [diskError, diskFull], faultsCount: 6, durationMs: 20_000, network: calm } as const;

export const durabilityMutants: readonly Mutant[] = [
  {
    id: "synchronous-normal",
    protects: "A device's commit is synced before the write is acknowledged",
    ids: ["T8", "T22", "D1"],
    file: settings,
    find: `{ name: "synchronous", set: "FULL", expected: 2 }`,
    replace: `{ name: "synchronous", set: "NORMAL", expected: 1 }`,
    directed: { ...crashes, faults: [powerLoss] },
  },
  {
    id: "journal-delete",
    protects: "The journal is a write-ahead log: unlinking a rollback journal is not durable with FULL",
    ids: ["T22", "D1"],
    file: settings,
    find: `  { name: "locking_mode", set: "EXCLUSIVE", expected: "exclusive" },
  { name: "journal_mode", set: "WAL", expected: "wal" },`,
    replace: `  { name: "locking_mode", set: "NORMAL", expected: "normal" },
  { name: "journal_mode", set: "DELETE", expected: "delete" },`,
    directed: { ...crashes, faults: [powerLoss] },
  },
  {
    id: "two-owners",
    protects: "A file has one owner: a second process is told that it is locked",
    ids: ["T14", "O1"],
    file: settings,
    find: `  { name: "locking_mode", set: "EXCLUSIVE", expected: "exclusive" },
  { name: "journal_mode", set: "WAL", expected: "wal" },
  { name: "synchronous", set: "FULL", expected: 2 },`,
    replace: `  { name: "locking_mode", set: "NORMAL", expected: "normal" },
  { name: "journal_mode", set: "DELETE", expected: "delete" },
  { name: "synchronous", set: "EXTRA", expected: 3 },`,
    directed: { faults: [secondProcess], faultsCount: 4, durationMs: 20_000, network: calm },
  },
  {
    id: "server-synchronous-normal",
    protects: "r0's commit is synced before it answers",
    ids: ["T8", "T22", "D1"],
    file: database,
    find: `{ pragma: "synchronous", value: "FULL", expected: 2 }`,
    replace: `{ pragma: "synchronous", value: "NORMAL", expected: 1 }`,
    directed: { ...serverCrashes, faults: [serverPowerLoss] },
  },
  {
    id: "start-barrier",
    protects: "One synced write at every start, before anything may leave the device",
    ids: ["T21", "D5", "D6"],
    file: "packages/client/src/store/open-store.ts",
    find: `    writeMeta(port, "boots", boots);\n`,
    replace: "",
    directed: { faults: [killThenPower], faultsCount: 24, durationMs: 20_000, network: { ...calm, delayMsMean: 1 } },
  },
  {
    id: "server-start-barrier",
    protects: "One synced write at every start of r0, before anything that was found is told",
    ids: ["T21", "D6"],
    file: database,
    find: `    else database.run("UPDATE meta SET starts = starts + 1");`,
    replace: `    else database.get("SELECT starts FROM meta");`,
    directed: { faults: [serverKillThenPower], faultsCount: 12, durationMs: 90_000, network: { ...calm, delayMsMean: 1 } },
  },
  {
    id: "acknowledged-before-commit",
    protects: "A write's promise resolves after its commit",
    ids: ["T8", "D1"],
    file: workQueue,
    find: `    if (staged.length === 0) return;
    try {`,
    replace: `    if (staged.length === 0) return;
    for (const each of staged) each.committed();
    await new Promise<void>(defer);
    try {`,
    directed: crashes,
  },
  {
    id: "failed-commit-acknowledged",
    protects: "A commit that the disk refuses is told to whoever wrote",
    ids: ["T18", "D7"],
    file: workQueue,
    find: `for (const each of staged) each.failed(error);`,
    replace: `for (const each of staged) each.committed();`,
    directed: badDisks,
  },
  {
    id: "failed-batch-kept",
    protects: "A batch that the disk refused leaves nothing behind",
    ids: ["T18", "D7"],
    file: batch,
    find: `    drop(error) {
      reset();`,
    replace: `    drop(error) {`,
    directed: badDisks,
  },
  {
    id: "memory-before-commit",
    protects: "Memory follows the commit, never the other way round",
    ids: ["D3", "D7", "O5"],
    file: batch,
    find: `    const { port, undecided } = context;`,
    replace: `    const { port, undecided } = context;
    for (const [space, { counter, lamport }] of spaces) Object.assign(context.spaces.get(space) ?? {}, { counter, lamport });`,
    directed: badDisks,
  },
  {
    id: "log-beside-records",
    protects: "A write's records and its row in the change log are one commit",
    ids: ["D1", "D3", "S5"],
    file: batch,
    find: `      port.transaction(() => {
        staging.save();`,
    replace: `      port.transaction(() => staging.save());
    if (entries.length > 0)
      port.transaction(() => {`,
    directed: crashes,
  },
  {
    id: "cursor-before-page",
    protects: "The cursor moves with its page, in one commit",
    ids: ["E3", "F04"],
    file: "packages/client/src/apply/apply-changes.ts",
    find: `  if (isAdvance(row, next) || changes.length + arrived.length > 0) port.transaction(commit);`,
    replace: `  port.transaction(() => writeSpace(port, next));
  port.transaction(commit);`,
    lane: "crash",
    directed: { crashTypes: "page" },
  },
  {
    id: "page-without-transaction",
    protects: "A page is applied in one commit: no transaction is seen in part after a kill",
    ids: ["T11", "S5"],
    file: "packages/client/src/apply/apply-changes.ts",
    find: `changes.length + arrived.length > 0) port.transaction(commit);`,
    replace: `changes.length + arrived.length > 0) commit();`,
    directed: { ...crashes, devices: 3, faultsCount: 12 },
  },
  {
    id: "settled-before-undone",
    protects: "A refusal's mark, its undoing and its dead letter are one commit",
    ids: ["E3", "F22", "M6"],
    file: "packages/client/src/apply/apply-pushed.ts",
    find: `  port.transaction(() => {
    staging.save();
    for (const { transaction, bytes } of recounted)`,
    replace: `  port.transaction(() => writeSpace(port, next));
  port.transaction(() => {
    staging.save();
    for (const { transaction, bytes } of recounted)`,
    directed: { ...crashes, effects: ["forbidden", "count"], faultsCount: 12 },
  },
  {
    id: "snapshot-in-parts",
    protects: "A snapshot takes the place of what is there in one commit",
    ids: ["T10", "S2", "D8"],
    file: "packages/client/src/apply/apply-snapshot.ts",
    find: `  port.transaction(() => {
    if (content.first) dropSetAside(port, space);
    clearRecords(context, space);`,
    replace: `  port.transaction(() => clearRecords(context, space));
  port.transaction(() => {
    if (content.first) dropSetAside(port, space);`,
    directed: { ...crashes, faults: [killedAtSnapshot], devices: 3, faultsCount: 8, durationMs: 30_000 },
  },
  {
    id: "server-answers-before-commit",
    protects: "r0 answers and pokes after its commit",
    ids: ["T8", "D1"],
    file: "packages/server/src/sqlite/sqlite-store.ts",
    find: `      await queue.add(batch);`,
    replace: `      void queue.add(batch).catch(() => undefined);`,
    directed: serverCrashes,
  },
  {
    id: "server-failed-commit-answered",
    protects: "What r0's disk refused is not answered as if it were there",
    ids: ["T18", "D7"],
    file: "packages/server/src/sqlite/commit-queue.ts",
    find: `only.reject(error);`,
    replace: `only.resolve();`,
    directed: { faults: [serverDiskError], faultsCount: 8, durationMs: 20_000, network: calm },
  },
  {
    id: "server-batch-in-parts",
    protects: "Marks, stream, records and outcomes of a turn are one commit at r0",
    ids: ["T11", "D1", "E1"],
    file: "packages/server/src/sqlite/sqlite-store.ts",
    find: `    database.transaction(() => batches.forEach((batch) => writeBatch(database, batch)));`,
    replace: `    batches.forEach((batch) => writeBatch(database, batch));`,
    directed: serverCrashes,
  },
];
