/** The paper's four-way comparison (5.1). The fourth answer is the only real conflict, and it is never guessed from a clock. */
import { type VersionVector, vectorCovers } from "./version-vector.ts";

/** `before`: a is in b's past. */
export type Comparison = "equal" | "before" | "after" | "concurrent";

export function compareVectors(a: VersionVector, b: VersionVector): Comparison {
  const aCoversB = vectorCovers(a, b);
  const bCoversA = vectorCovers(b, a);
  if (aCoversB && bCoversA) return "equal";
  if (aCoversB) return "after";
  if (bCoversA) return "before";
  return "concurrent";
}
