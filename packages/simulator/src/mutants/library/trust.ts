/** Nobody is trusted further than their own writes: lying clients, other people's data, old apps. */
import type { Mutant } from "../mutant.ts";

export const trustMutants: readonly Mutant[] = [];
