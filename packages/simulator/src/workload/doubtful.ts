/** Dead letters that are no refusals. */
import type { DeadLetter } from "@holdfast/client";

/** Nobody can tell the device any more how the write ended: r0 had answered, the answer was lost, and then the access. */
export function isDoubtful({ code }: Pick<DeadLetter, "code">): boolean {
  return code === "outcome-unknown";
}

/** Of a refusal that r0 keeps without its code: an earlier answer, perhaps to another copy, gave it. */
export const refusedEarlier = "refused-earlier";
