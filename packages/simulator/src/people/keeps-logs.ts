/** Whether every conflict that was found in a run is still in the log of whoever found it. */
import type { Plan } from "../plan/plan.ts";

/** Who starts anew, or is put back, gets a snapshot in place of what was written meanwhile: it tells of no conflict. */
const forgetful: ReadonlySet<string> = new Set([
  "compact",
  "restore",
  "restore-server",
  "clone",
  "bit-flip",
  "grant",
  "sign-out",
  "garble",
]);

export function keepsLogs({ config, faults }: Plan): boolean {
  return config.limits.conflictsMax === undefined && !faults.some(({ type }) => forgetful.has(type));
}
