/** Applied exactly once at r0, at most once at a replica, with no gap and no border to be seen. */
import type { Mutant } from "../mutant.ts";
import { answersLost, calm, compact, copyOfAway, crowd, cutting, distantStore, kill, partition } from "./directions.ts";

const admission = "packages/core/src/sync/admission.ts";
const applyChanges = "packages/client/src/apply/apply-changes.ts";
const applyPushed = "packages/client/src/apply/apply-pushed.ts";
const applySnapshot = "packages/client/src/apply/apply-snapshot.ts";
const decidePush = "packages/server/src/pipeline/decide-push.ts";
const decideIntent = "packages/server/src/pipeline/decide-intent.ts";
const readPage = "packages/server/src/stream/read-page.ts";
const sqliteStore = "packages/server/src/sqlite/sqlite-store.ts";

const lossy = { faults: [kill], devices: 2, durationMs: 20_000, network: cutting } as const;
const snapshots = {
  faults: [compact, partition],
  faultsCount: 6,
  devices: 3,
  durationMs: 20_000,
  network: calm,
  limits: { pageBytesMax: 1 },
} as const;

export const deliveryMutants: readonly Mutant[] = [
  {
    id: "mark-ignored",
    protects: "What the mark covers has been answered, and is not taken again",
    ids: ["T3", "E1", "F12"],
    file: admission,
    find: `    if (transaction.counter > mark.mark) {`,
    replace: `    if (transaction.counter > 0) {`,
    directed: lossy,
  },
  {
    id: "mark-expires",
    protects: "Duplicates are known by a mark that is kept for ever",
    ids: ["T3", "E2"],
    file: sqliteStore,
    find: `  database.run("DELETE FROM intents WHERE at < ?", beforeMs);`,
    replace: `  database.run("DELETE FROM intents WHERE at < ?", beforeMs);
  database.run("DELETE FROM marks");`,
    directed: { ...lossy, faults: [partition], durationMs: 3 * 3_600_000, limits: { outcomeRetentionMs: 1 } },
  },
  {
    id: "intent-forgotten",
    protects: "An intent is decided once, whoever says it again: r0 keeps its result by its UUID, and imprints",
    ids: ["T3", "F12", "E1"],
    file: decideIntent,
    find: `    turn.recordIntent({ intent: id, bytes, atMs: context.runtime.wallMs() });\n`,
    replace: "",
    also: [{ file: decidePush, find: `  turn.addImprint(transaction, identity);\n`, replace: "" }],
    directed: {
      faults: [copyOfAway],
      faultsCount: 1,
      devices: 2,
      writers: 3,
      durationMs: 8_000,
      network: cutting,
      effects: ["spend"],
      config: { spaces: 1 },
    },
  },
  {
    id: "outcome-not-recalled",
    protects: "A retry is answered with the outcome that was given first, a refusal included",
    ids: ["F12", "F22", "E4"],
    file: decidePush,
    find: `const outcomes = await recallOutcomes(turn, before, plan.duplicates);`,
    replace: `const outcomes: Outcome[] = [];`,
    directed: { ...lossy, faults: [answersLost], effects: ["forbidden", "spend", "count"] },
  },
  {
    id: "refusal-expires",
    protects: "That a write was refused is remembered for ever; only its reason is forgotten",
    ids: ["T3", "F22", "E2"],
    file: sqliteStore,
    find: `"UPDATE outcomes SET bytes = substr(bytes, 1, 1) WHERE at < ? AND length(bytes) > 1"`,
    replace: `"DELETE FROM outcomes WHERE at < ?"`,
    directed: { ...lossy, faults: [partition], effects: ["forbidden"], durationMs: 3 * 3_600_000, limits: { outcomeRetentionMs: 1 } },
  },
  {
    id: "spaces-not-awaited",
    protects: "A change waits for what its writer had of other spaces",
    ids: ["S4", "O5"],
    file: applyChanges,
    find: `    if (other.sequence < sequence) waitingFor.set(space, sequence);`,
    replace: `    if (other.sequence < sequence) waitingFor.delete(space);`,
    directed: { ...crowd, devices: 4, durationMs: 40_000, targets: 3, config: { spaces: 2 } },
  },
  {
    id: "effects-not-held-back",
    protects: "The effect of a request waits for what its author had of other spaces",
    ids: ["S4", "O5"],
    file: decideIntent,
    find: `builder.mutations, lamport, transaction.dependencies);`,
    replace: `builder.mutations, lamport);`,
    directed: { ...crowd, devices: 4, durationMs: 40_000, effects: ["count", "spend"], config: { spaces: 2 } },
  },
  {
    id: "poke-gap-taken",
    protects: "A poke's changes are taken only if they follow on what is here",
    ids: ["T2", "T5", "E3"],
    file: applyChanges,
    find: `first === 0 || first > row.sequence + 1)`,
    replace: `first === 0)`,
    also: [
      {
        file: "packages/server/src/session/plan-poke.ts",
        find: `parts.findIndex(({ after, changes }) => after === followed.position && changes.length > 0);`,
        replace: `parts.findIndex(({ changes }) => changes.length > 0);`,
      },
    ],
    directed: crowd,
  },
  {
    id: "answer-moves-cursor-over-gap",
    protects: "An answer to a push moves the cursor only from where the push began",
    ids: ["T5", "E3", "F01"],
    file: applyPushed,
    find: ` || row.sequence !== message.after || hasEffects)`,
    replace: ` || hasEffects)`,
    directed: crowd,
  },
  {
    id: "answer-claims-others-changes",
    protects: "r0 lets an answer move the cursor only if nothing but the push's own changes lies behind it",
    ids: ["T5", "E3", "F01"],
    file: "packages/server/src/session/pushed-of.ts",
    find: `const isAlone = sequences.length > 0 && head - after === sequences.length;`,
    replace: `const isAlone = sequences.length > 0;`,
    directed: { ...crowd, devices: 4, faults: [], durationMs: 5_000, config: distantStore(1) },
  },
  {
    id: "turns-side-by-side",
    protects: "A space's turns are decided one after the other: positions are given under its lock",
    ids: ["T5", "E7", "F01"],
    file: sqliteStore,
    find: `previous === undefined ? runTurn(space, body) : previous.then(() => runTurn(space, body))`,
    replace: `runTurn(space, body)`,
    also: [
      {
        file: "packages/server/src/sqlite/write-batch.ts",
        find: `"INSERT INTO stream (`,
        replace: `"INSERT OR REPLACE INTO stream (`,
      },
    ],
    directed: { ...crowd, devices: 4, faults: [], durationMs: 5_000, config: distantStore(2) },
  },
  {
    id: "snapshot-forgets-own",
    protects: "What was confirmed while a snapshot was on its way stands on it",
    ids: ["T10", "F05", "S1"],
    file: applySnapshot,
    find: `readLog(port, space, next.snapshotOwn, row.counter)`,
    replace: `readLog(port, space, row.settledThrough, row.counter)`,
    directed: snapshots,
  },
  {
    id: "snapshot-forgets-pending",
    protects: "Pending operations stand on the new state as they stood on the old",
    ids: ["T10", "S1"],
    file: applySnapshot,
    find: `readLog(port, space, next.snapshotOwn, row.counter)`,
    replace: `[]`,
    directed: snapshots,
  },
  {
    id: "snapshot-ends-late",
    protects: "A snapshot is followed by what was changed since it began",
    ids: ["F05", "E5"],
    file: readPage,
    find: `  const begun = from?.sequence ?? row.head;`,
    replace: `  const begun = row.head;`,
    directed: snapshots,
  },
  {
    id: "snapshot-of-several-heads",
    protects: "What was changed while a snapshot was being read comes again at its end",
    ids: ["T11", "M1"],
    file: readPage,
    find: `  const isChanged = isLast && last !== undefined && now !== undefined && now.head > begun;`,
    replace: `  const isChanged = isLast && last !== undefined && now !== undefined && now.head < begun;`,
    directed: {
      ...snapshots,
      faults: [compact, partition, kill],
      durationMs: 200_000,
      effects: ["transfer", "count"],
      network: { ...calm, delayMsMean: 3_000, httpPerConnection: 1 },
    },
  },
  {
    id: "snapshot-without-tombstones",
    protects: "A snapshot brings the tombstones along",
    ids: ["T10", "M1"],
    file: applySnapshot,
    find: `  const state = decodePeerState(context, name, bytes);
  const elsewhere`,
    replace: `  const state = decodePeerState(context, name, bytes);
  if ([...state.vector].every(([replica, counter]) => (state.removed.get(replica) ?? 0) >= counter)) return;
  const elsewhere`,
    directed: { ...snapshots, effects: ["draft", "erase"], targets: 2 },
  },
  {
    id: "snapshot-over-old-records",
    protects: "A snapshot takes the place of everything confirmed that was there",
    ids: ["T10", "M1"],
    file: applySnapshot,
    find: `    if (content.first) dropSetAside(port, space);
    clearRecords(context, space);`,
    replace: `    if (content.first) dropSetAside(port, space);`,
    directed: snapshots,
  },
  {
    id: "horizon-ignored",
    protects: "A replica behind the horizon is given a snapshot",
    ids: ["T10", "F04"],
    file: readPage,
    find: ` && decoded.value.sequence >= row.horizon ? decoded.value`,
    replace: ` ? decoded.value`,
    also: [
      {
        file: readPage,
        find: `  if (reached !== after + rows.length || (rows.length === 0 && after < row.head)) return undefined;\n`,
        replace: "",
      },
    ],
    directed: snapshots,
  },
  {
    id: "page-skips-held-back",
    protects: "A page that is held back in its middle leaves the cursor where it was",
    ids: ["E3", "S4"],
    file: applyChanges,
    find: `  if (waitingFor.size === 0) {
    next.sequence`,
    replace: `  if (waitingFor.size >= 0) {
    next.sequence`,
    directed: { ...crowd, devices: 3 },
  },
  {
    id: "transaction-taken-in-part",
    protects: "r0 takes a transaction whole or refuses it whole",
    ids: ["T11", "S5"],
    file: "packages/server/src/pipeline/try-operations.ts",
    find: `if (refusal !== undefined) return { refusal, draft, conflicts };`,
    replace: `if (refusal !== undefined) continue;`,
    directed: { ...crowd, effects: ["forbidden", "count"] },
  },
];
