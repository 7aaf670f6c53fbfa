/** A refusal is final, told, undone, and holds up nobody. */
import type { Mutant } from "../mutant.ts";
import { answersLost, crowd, serverDiskFull } from "./directions.ts";

const applyPushed = "packages/client/src/apply/apply-pushed.ts";
const decidePush = "packages/server/src/pipeline/decide-push.ts";

const refused = { ...crowd, effects: ["forbidden", "spend", "count"] } as const;

export const refusalMutants: readonly Mutant[] = [
  {
    id: "refused-not-undone",
    protects: "What r0 refused is taken out of what is shown",
    ids: ["T9", "M6", "F22"],
    file: applyPushed,
    find: `new Map([...recordsOf(undone), ...touched]).values()`,
    replace: `touched.values()`,
    directed: refused,
  },
  {
    id: "refused-without-letter",
    protects: "A refused write is kept among the dead letters",
    ids: ["T9", "F22", "L6"],
    file: applyPushed,
    find: `      else addDeadLetter(port, space, entry, { code: outcome.code, reason: outcome.reason, at });\n`,
    replace: "",
    directed: refused,
  },
  {
    id: "refusal-blocks",
    protects: "A refusal uses up its counters, and what stands behind it goes on",
    ids: ["T9", "F10", "L2"],
    file: decidePush,
    find: `  settle(turn, fresh, counter);
  turn.recordOutcome`,
    replace: `  turn.recordOutcome`,
    directed: refused,
  },
  {
    id: "refusal-unrecorded",
    protects: "A refusal is recorded at r0 in the same commit as its mark",
    ids: ["F12", "F22", "E4"],
    file: decidePush,
    find: `  turn.recordOutcome({ replica, counter, bytes: encodeOutcome(outcome), atMs: context.runtime.wallMs() });\n`,
    replace: "",
    directed: { ...refused, faults: [answersLost] },
  },
  {
    id: "refused-sum-kept",
    protects: "What is pending on top of a refused increment is said with a total without it",
    ids: ["M3", "M6"],
    file: "packages/client/src/apply/recount.ts",
    find: `    if (changed.size === 0 || body.type !== "operations") return entry;`,
    replace: `    if (changed.size >= 0 || body.type !== "operations") return entry;`,
    directed: { ...refused, effects: ["forbidden", "count"] },
  },
  {
    id: "provisional-kept",
    protects: "A decided intent shows nothing provisional any more",
    ids: ["M6", "F20"],
    file: applyPushed,
    find: `  if (undecided && (intents.gone.length > 0 || !isSimple)) await rerunProvisional`,
    replace: `  if (undecided && !undecided) await rerunProvisional`,
    directed: { ...crowd, effects: ["spend"] },
  },
  {
    id: "planned-on-provisional",
    protects: "A write is planned on what is solid, not on what an undecided request shows",
    ids: ["M6", "F20"],
    file: "packages/client/src/write/write.ts",
    find: `batch.staging.get(space, collection, record).solid,`,
    replace: `batch.staging.get(space, collection, record).visible,`,
    also: [
      {
        file: "packages/client/src/write/staging.ts",
        find: `    assert(record.solid === planned.before, "not what is staged");\n`,
        replace: "",
      },
    ],
    directed: { ...crowd, effects: ["spend", "label"] },
  },
  {
    id: "intent-counted-as-decided",
    protects: "An accepted intent is shown until its effect is here",
    ids: ["F20", "S1"],
    file: applyPushed,
    find: `if (at > sequence) awaited.set`,
    replace: `if (at < 0 && sequence < 0) awaited.set`,
    directed: { ...crowd, effects: ["spend"] },
  },
  {
    id: "failure-is-a-refusal",
    protects: "A callback of r0 that fails refuses nothing: the push is tried again",
    ids: ["F22", "T9"],
    file: "packages/server/src/session/session.ts",
    find: `error instanceof HoldfastError && error.origin === "disk" ? "overloaded" : "server-error"`,
    replace: `"server-error"`,
    directed: { ...crowd, faults: [serverDiskFull], faultsCount: 2, durationMs: 60_000 },
  },
];
