/** A dot names one operation for ever: restored, cloned and forgetful replicas. */
import type { Mutant } from "../mutant.ts";
import { calm, clone, cutting, partition, restore } from "./directions.ts";

const admission = "packages/core/src/sync/admission.ts";
const applyWelcome = "packages/client/src/apply/apply-welcome.ts";
const applyChanges = "packages/client/src/apply/apply-changes.ts";
const fork = "packages/client/src/apply/fork.ts";
const restamp = "packages/core/src/operation/restamp.ts";

/** The clones write too, and meet what their originals have written. */
const copies = { faults: [clone, restore, partition], faultsCount: 1, devices: 2, writers: 3, durationMs: 20_000, network: calm } as const;

export const identityMutants: readonly Mutant[] = [
  {
    id: "fork-keeps-id",
    protects: "A copy of a replica takes an id of its own",
    ids: ["T4", "O3"],
    file: fork,
    find: `const replica = bytesToReplicaId(context.runtime.randomBytes(16));`,
    replace: `const replica = before;`,
    directed: copies,
  },
  {
    id: "other-history-taken",
    protects: "r0 takes a push only on top of the history that it knows",
    ids: ["T4", "T24", "O1"],
    file: admission,
    find: `    if (transaction.counter === mark.mark + 1 && compareBytes(at, mark.chain) !== 0) return forked;\n`,
    replace: "",
    directed: copies,
    also: [
      {
        file: admission,
        find: `    if (last === mark.mark && compareBytes(at, mark.chain) !== 0) return forked;\n`,
        replace: "",
      },
    ],
  },
  {
    id: "duplicate-by-counter-alone",
    protects: "A duplicate is one by its content, and not by its counter alone",
    ids: ["T4", "T21", "O1"],
    file: admission,
    find: `    if (last === mark.mark && compareBytes(at, mark.chain) !== 0) return forked;\n`,
    replace: "",
    directed: copies,
  },
  {
    id: "behind-r0-unnoticed",
    protects: "A replica that r0 knows more of than it does itself has been copied",
    ids: ["T4", "T21", "O2"],
    file: applyWelcome,
    find: `  if (welcomed.mark > row.counter) return true;\n`,
    replace: "",
    directed: copies,
  },
  {
    id: "chain-unchecked-at-welcome",
    protects: "A welcome with another chain at the same mark is of another history",
    ids: ["T4", "O1"],
    file: applyWelcome,
    find: `return welcomed.mark === row.settledThrough && compareBytes(welcomed.chain, row.chain) !== 0;`,
    replace: `return false;`,
    directed: copies,
  },
  {
    id: "chain-unchecked-at-answer",
    protects: "An answer confirms what was pushed only if its chain does",
    ids: ["T4", "T21", "O1"],
    file: "packages/client/src/apply/apply-pushed.ts",
    find: `if (compareBytes(chain, message.chain) === 0) return settle`,
    replace: `if (chain.length > 0) return settle`,
    directed: { ...copies, network: cutting },
  },
  {
    id: "copies-unnoticed",
    protects: "Two histories under one replica id are told apart",
    ids: ["T4", "O1"],
    file: admission,
    find: `    if (transaction.counter === mark.mark + 1 && compareBytes(at, mark.chain) !== 0) return forked;\n`,
    replace: "",
    also: [
      { file: admission, find: `    if (last === mark.mark && compareBytes(at, mark.chain) !== 0) return forked;\n`, replace: "" },
      {
        file: applyWelcome,
        find: `return welcomed.mark === row.settledThrough && compareBytes(welcomed.chain, row.chain) !== 0;`,
        replace: `return false;`,
      },
      {
        file: "packages/client/src/apply/apply-pushed.ts",
        find: `if (compareBytes(chain, message.chain) === 0) return settle`,
        replace: `if (chain.length > 0) return settle`,
      },
    ],
    directed: copies,
  },
  {
    id: "fork-repeats-totals",
    protects: "Under a new id a counter's totals begin at nothing",
    ids: ["T4", "M3"],
    file: restamp,
    find: `return restampCounter(operation, defined(increment, "a pending increment is recorded with its transaction"), totals);`,
    replace: `return operation.delta;`,
    directed: { ...copies, effects: ["count", "transfer"], targets: 1 },
  },
  {
    id: "fork-keeps-list-places",
    protects: "Under a new id a list's items name their neighbours by their new dots",
    ids: ["T4", "M5"],
    file: restamp,
    find: `      return listLattice.encodeDelta(
        restampListDelta(listLattice.decodeDelta(operation.delta), renaming.from, renaming.to, (dot) => renameDot(dot, renaming)),
      );`,
    replace: `      return operation.delta;`,
    directed: { ...copies, effects: ["step"], targets: 1 },
  },
  {
    id: "fork-without-pulling",
    protects: "Before it takes a new id, a copy hears what r0 has of what it has pending",
    ids: ["T4", "E1"],
    file: fork,
    find: `  context.forkDue = true;
  context.forkHold.clear();`,
    replace: `  if (message.spaces.length > 0) return fork(context);
  context.forkDue = true;
  context.forkHold.clear();`,
    directed: { ...copies, network: cutting },
  },
  {
    id: "echo-unmarked",
    protects: "What comes back word for word is confirmed, and not said again under a new id",
    ids: ["T4", "T24", "E1"],
    file: applyChanges,
    find: `    for (const echo of echoes) markEchoed(port, row.space, echo);\n`,
    replace: "",
    directed: { ...copies, network: cutting },
  },
  {
    id: "own-echo-skipped",
    protects: "An own operation from r0 is known by its dot, not by its author",
    ids: ["T24"],
    file: applyChanges,
    find: `    applyOne(context, staging, row.space, change, conflicts, overwritten);`,
    replace: `    if (change.transaction.replica !== context.replica) applyOne(context, staging, row.space, change, conflicts, overwritten);`,
    directed: copies,
  },
  {
    id: "own-echo-withheld",
    protects: "r0 keeps back a replica's own operations only up to what it has on its disk",
    ids: ["T24"],
    file: "packages/server/src/stream/read-page.ts",
    find: `each.replica !== request.replica || each.counterLast > request.ownThrough`,
    replace: `each.replica !== request.replica`,
    directed: copies,
  },
  {
    id: "echo-frees-no-counter",
    protects: "A replica counts on from what r0 has of it",
    ids: ["T21", "T24", "O2"],
    file: applyChanges,
    find: `    if (!context.forkHold.has(row.space)) next.counter = Math.max(next.counter, lastCounter(change.transaction));\n`,
    replace: "",
    directed: copies,
  },
];
