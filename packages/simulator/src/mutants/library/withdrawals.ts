/** What a device gives up because r0 seems to die of it: its counters go on, and r0's word, or a copy's, still counts. */
import type { Mutant } from "../mutant.ts";
import { calm, givenUpByOneCopy, withdrawnAndParted, withdrawnForGood, withdrawnTooEarly } from "./directions.ts";

const applyPushed = "packages/client/src/apply/apply-pushed.ts";

const away = { faultsCount: 1, network: calm, durationMs: 1_200_000, devices: 2, config: { spaces: 1 } } as const;
/** All that is written counts on what was written before it. */
const counted = { ...away, durationMs: 4_000_000, devices: 1, effects: ["count", "tag"], targets: 1 } as const;

export const withdrawalMutants: readonly Mutant[] = [
  {
    id: "withdrawn-stays-refused",
    protects: "A withdrawn write whose original r0 had taken is confirmed after all",
    ids: ["F10", "F12", "E1"],
    file: applyPushed,
    find: `  if (withdrawn !== undefined) return putBack(`,
    replace: `  if (withdrawn !== undefined && withdrawn.letters.length === 0) return putBack(`,
    directed: { ...away, faults: [withdrawnTooEarly] },
  },
  {
    id: "letter-left-at-fork",
    protects: "A write that was withdrawn stays refused for who asks, though the void in its place is said under a new id",
    ids: ["T4", "F10", "F22"],
    file: "packages/client/src/apply/fork.ts",
    find: `      for (const [from, to] of voids) moveDeadLetter(port, row.space, from, to);\n`,
    replace: `      void [moveDeadLetter, voids];\n`,
    directed: { ...away, writers: 3, faults: [withdrawnAndParted] },
  },
  {
    id: "voids-of-another-kept-out",
    protects: "Told that another copy has withdrawn something, a copy has a void in its place too, and goes on under the old id",
    ids: ["T4", "F10", "E1"],
    file: applyPushed,
    find: `(elsewhere.has(entry.transaction.counter) ? emptied(entry) : entry)`,
    replace: `(elsewhere.size < 0 ? emptied(entry) : entry)`,
    directed: { ...counted, faults: [givenUpByOneCopy({ dies: true })] },
  },
  {
    id: "answered-past-a-withdrawal",
    protects: "r0 answers a copy no further than to a total that counts in what another copy has withdrawn",
    ids: ["T4", "F10", "F58", "E1"],
    file: "packages/server/src/pipeline/decide-push.ts",
    find: `duplicates.slice(0, Math.min(last + 1, unheard));`,
    replace: `duplicates.slice(0, Math.max(last + 1, Math.min(unheard, 0)));`,
    directed: { ...counted, faults: [givenUpByOneCopy({ dies: false })] },
  },
  {
    id: "parted-at-the-first-answer",
    protects: "A copy offers what comes behind a withdrawal until r0 has nothing of it, before it takes a new id",
    ids: ["T4", "F10", "E1"],
    file: applyPushed,
    find: `  if (!offersMore && row.settledThrough === settledThrough) row.parting = "parted";`,
    replace: `  if (row.settledThrough >= settledThrough) row.parting = "parted";`,
    directed: { ...counted, faults: [givenUpByOneCopy({ dies: false })] },
  },
  {
    id: "hung-on-nothing",
    protects: "A list's item behind a withdrawn one is shown until it is decided",
    ids: ["F10", "T11"],
    file: "packages/core/src/lattice/list-order.ts",
    find: `      waits = true;`,
    replace: `      if (root >= 0) continue;
      waits = true;`,
    directed: { ...away, devices: 1, faults: [withdrawnForGood], effects: ["step"], targets: 1 },
  },
  {
    id: "withdrawn-though-said",
    protects: "What a copy has withdrawn, and r0 has from another copy, stands again",
    ids: ["T4", "F10", "E1"],
    file: applyPushed,
    find: `  if (stands !== undefined) return putBack(`,
    replace: `  if (stands !== undefined && stands.letters.length === 0) return putBack(`,
    directed: { ...counted, effects: ["tag"], writers: 2, faults: [givenUpByOneCopy({ dies: false })] },
  },
  {
    id: "voids-without-a-name",
    protects: "A void names what it stands for: r0 knows that it has from another copy what this one has withdrawn, and nothing follows",
    ids: ["T4", "F10", "E1"],
    file: "packages/core/src/operation/former.ts",
    find: `extensions: nameFormer(transaction, identityOf).filter(isFormer)`,
    replace: `extensions: nameFormer(transaction, identityOf).slice(0, 0)`,
    directed: { ...counted, effects: ["tag"], writers: 2, faults: [givenUpByOneCopy({ dies: false })] },
  },
  {
    id: "typed-on-from-before",
    protects: "Where a text goes back to before a withdrawal, it is typed on under another Yjs id",
    ids: ["T4", "F10", "E1"],
    file: "packages/client/src/apply/rebuild.ts",
    find: `  context.textSession = drawTextSession(context.runtime);`,
    replace: `  void drawTextSession;`,
    directed: { ...away, devices: 1, effects: ["type"], targets: 1, faults: [withdrawnTooEarly] },
  },
  {
    id: "put-back-without-what-follows",
    protects: "What was written since a withdrawal counts, too, where the withdrawn write came to r0 after all",
    ids: ["F10", "F12", "F58", "E1"],
    file: "packages/client/src/apply/put-back.ts",
    find: `recount(entries, new Set(), logged)`,
    replace: `logged`,
    directed: { ...away, devices: 1, effects: ["count"], targets: 1, faults: [withdrawnTooEarly] },
  },
  {
    id: "withdrawn-in-totals",
    protects: "What was withdrawn is in no total that is shown",
    ids: ["F10", "T11"],
    file: "packages/client/src/apply/withdraw.ts",
    find: `[...earlier, ...later], [entry]);`,
    replace: `[...earlier, ...later], []);`,
    directed: { ...counted, faults: [withdrawnTooEarly] },
  },
];
