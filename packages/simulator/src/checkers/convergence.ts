/** Drained and in step, every device holds r0's state, byte for byte (I1). */
import type { EndingChecker } from "./checker.ts";

export const checkConvergence: EndingChecker<unknown> = ({ endings }) =>
  endings
    .filter(({ digest, digestAtR0 }) => digest !== digestAtR0)
    .map(
      ({ device, space, digest, digestAtR0 }) =>
        `${device} and r0 differ on space ${space}: ${digest.slice(0, 12)}, ${digestAtR0.slice(0, 12)}`,
    );
