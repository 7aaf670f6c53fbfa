/** Several instances of r0 over one database: each space's history is one, whoever has decided it. */
import type { Mutant } from "../mutant.ts";
import { answersLost, calm, instanceDeath, instanceSleep, serverKill, sharedDatabase } from "./directions.ts";

const turns = "packages/server/src/store/optimistic-turns.ts";
const crowd = { devices: 4, durationMs: 20_000, network: { ...calm, delayMsMean: 1 }, config: sharedDatabase } as const;

export const databaseMutants: readonly Mutant[] = [
  {
    id: "version-of-the-last-read",
    protects: "A turn is committed over the version of all that it has read, not of what it has read last",
    ids: ["T5", "F01"],
    file: turns,
    find: `      version ??= seen;
      if (seen === version) return;
      moved = true;
      throw movedOn(space);`,
    replace: `      version = seen;`,
    directed: { ...crowd, faults: [instanceSleep] },
  },
  {
    id: "stale-turn-answered",
    protects: "A turn that another instance has overtaken is decided again before anybody is answered",
    ids: ["T8", "D1", "F01"],
    file: turns,
    find: `        return { type: "overtaken" };
      case "busy":`,
    replace: `        return { type: "done", result: undefined };
      case "busy":`,
    directed: { ...crowd, faults: [answersLost] },
  },
  {
    id: "lost-commit-answered",
    protects: "A commit whose answer is lost is answered once it is known to be there",
    ids: ["T8", "D1", "E4", "F12"],
    file: turns,
    find: `      answer = await recover(batch, untilMs, answer.error);`,
    replace: `      return { type: "done", result: undefined };`,
    directed: { ...crowd, faults: [serverKill, instanceDeath] },
  },
  {
    id: "sequence-before-the-lock",
    protects: "A sequence number follows on the head that the same turn has read",
    ids: ["T5", "F01", "E7"],
    file: "packages/server/src/pipeline/lanes.ts",
    find: `const turn = new Turn(reader, host.context, await reader.space());`,
    replace: `const heads = ((host as never as { heads?: Map<string, Turn> }).heads ??= new Map<string, Turn>());
    const row = await reader.space();
    const turn = new Turn(reader, host.context, { ...row, head: heads.get(space)?.head ?? row.head });
    heads.set(space, turn);`,
    directed: { ...crowd, faults: [] },
  },
];
