/** What a device gives up because r0 seems to die of it: its counters go on, and r0's word, or a copy's, still counts. */
import type { Mutant } from "../mutant.ts";
import { calm, withdrawnAndParted, withdrawnTooEarly } from "./directions.ts";

const applyPushed = "packages/client/src/apply/apply-pushed.ts";

const away = { faultsCount: 1, network: calm, durationMs: 1_200_000, devices: 2, config: { spaces: 1 } } as const;
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
];
