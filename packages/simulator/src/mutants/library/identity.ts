/** A dot names one operation for ever: restored, cloned and forgetful replicas. */
import type { Mutant, Patch } from "../mutant.ts";
import { calm, clone, copyOfAway, cutting, partition, restore, twoCopiesOfAway } from "./directions.ts";

const admission = "packages/core/src/sync/admission.ts";
const applyWelcome = "packages/client/src/apply/apply-welcome.ts";
const applyChanges = "packages/client/src/apply/apply-changes.ts";
const applyPushed = "packages/client/src/apply/apply-pushed.ts";
const decidePush = "packages/server/src/pipeline/decide-push.ts";
const fork = "packages/client/src/apply/fork.ts";
const restamp = "packages/core/src/operation/restamp.ts";

/** The clones write too, and meet what their originals have written. */
const copies = { faults: [clone, restore, partition], faultsCount: 1, devices: 2, writers: 3, durationMs: 20_000, network: calm } as const;
/** A device is away with writes pending when it is copied. */
const copiedAway = { ...copies, faults: [copyOfAway], durationMs: 8_000, config: { spaces: 1 } } as const;
const copiedTwice = { ...copies, faults: [twoCopiesOfAway], writers: 4, durationMs: 9_000, config: { spaces: 1 } } as const;

const beforeTheMark: Patch = {
  file: admission,
  find: `    if (last === mark.mark) history = compareBytes(at, mark.chain) === 0 ? "agreed" : "parted";`,
  replace: `    if (last === mark.mark) history = "agreed";`,
};
const behindTheMark: Patch = {
  file: admission,
  find: `if (transaction.counter === mark.mark + 1) history = compareBytes(at, mark.chain) === 0 ? "agreed" : "parted";`,
  replace: `if (transaction.counter === mark.mark + 1) history = "agreed";`,
};
const atTheWelcome: Patch = {
  file: applyWelcome,
  find: `    compareBytes(welcomed.chain, chainOf(row.chain, answered)) !== 0 && findWithdrawn(`,
  replace: `    welcomed.chain.length === 0 && findWithdrawn(`,
};
const atTheAnswer: Patch = {
  file: applyPushed,
  find: `const isOurs = message.mark <= row.counter && compareBytes(chainOf(row.chain, entries), message.chain) === 0;`,
  replace: `const isOurs = message.mark <= row.counter;`,
};
const inThePage: Patch = {
  file: applyChanges,
  find: `    if (isAnothers(context, row, change.transaction)) return forkNextSession(context);\n`,
  replace: "",
};

export const identityMutants: readonly Mutant[] = [
  {
    id: "fork-keeps-id",
    protects: "A copy of a replica takes an id of its own",
    ids: ["T4", "O3"],
    file: fork,
    find: `const replica = newReplicaId(context, kept);`,
    replace: `const replica = before;`,
    directed: copies,
  },
  {
    id: "copies-unnoticed",
    protects: "Two histories under one replica id are told apart",
    ids: ["T4", "O1"],
    ...behindTheMark,
    also: [beforeTheMark, atTheWelcome, atTheAnswer, inThePage],
    directed: copies,
  },
  {
    id: "other-history-taken",
    protects: "r0 takes a push only on top of the history that it knows",
    ids: ["T4", "T24", "O1"],
    ...behindTheMark,
    also: [beforeTheMark],
    directed: copies,
  },
  {
    id: "chains-uncompared",
    protects: "A duplicate is one by its content, and not by its counter alone, at r0 or at the device that hears of it",
    ids: ["T4", "T21", "O1"],
    ...beforeTheMark,
    also: [atTheAnswer, atTheWelcome],
    directed: copiedAway,
  },
  {
    id: "imprints-ignored",
    protects: "r0 has a write if it has its very bytes, and not if it has something under its counter",
    ids: ["T4", "O1", "E1"],
    file: "packages/core/src/operation/imprint.ts",
    find: `  return known !== undefined && compareBytes(known, imprintOf(identity)) === 0;`,
    replace: `  return known !== undefined && known.length > 0 && identity.length > 0;`,
    directed: copiedAway,
  },
  {
    id: "imprints-unwritten",
    protects: "r0 keeps an imprint of all that it has answered",
    ids: ["T4", "T3", "E1"],
    file: decidePush,
    find: `  turn.addImprint(transaction, identity);\n`,
    replace: "",
    directed: copiedAway,
  },
  {
    id: "fork-without-asking",
    protects: "Before it takes a new id, a copy asks what r0 has of what it has pending",
    ids: ["T4", "E1"],
    file: fork,
    find: `  context.forkDue = true;
  const rows`,
    replace: `  if (welcomed.length > 0) return fork(context);
  const rows`,
    directed: { ...copiedAway, network: cutting },
  },
  {
    id: "successor-by-chance",
    protects: "Two copies that leave one id with the same writes come to the same new one",
    ids: ["T4", "E1"],
    file: fork,
    find: `  return successorOf(context.replica, hexToBytes(secret), timelessIdentityOf(oldest.entry.transaction));`,
    replace: `  return bytesToReplicaId(context.runtime.randomBytes(secret.length > 0 ? 16 : hexToBytes(secret).length + timelessIdentityOf(oldest.entry.transaction).length));`,
    directed: copiedTwice,
  },
  {
    id: "fork-repeats-totals",
    protects: "Under a new id a counter's totals begin at nothing",
    ids: ["T4", "M3"],
    file: restamp,
    find: `return totals.add(operation, defined(increment, "no increment"));`,
    replace: `return operation.delta;`,
    directed: { ...copiedAway, effects: ["count", "transfer"], targets: 1 },
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
    directed: { ...copiedAway, effects: ["step", "move", "unstep"], targets: 1 },
  },
  {
    id: "fork-keeps-removed-dots",
    protects: "Under a new id a set's removal names the adds by their new dots",
    ids: ["T4", "M4"],
    file: restamp,
    find: `removed: renameDots(removed, (dot) => renameDot(dot, renaming)) });`,
    replace: `removed });`,
    directed: { ...copiedAway, effects: ["tag", "untag", "retag"], targets: 1 },
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
];
