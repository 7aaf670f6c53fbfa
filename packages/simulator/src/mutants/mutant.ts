/**
 * A mutant: the engine with one protection taken out. It is data, a patch of one source file that is applied as the file is loaded, in a
 * process of its own: no switch stands in product code, and no file is ever touched. What the simulator does not find in it, it would
 * not find in an engine that never had the protection.
 */
import type { Direction } from "./directed-plan.ts";

/** Where it is looked for: fleets from seeds; or the lane whose faults or moves it needs. */
export type Lane = "swarm" | "crash" | "exhaustive" | "fleet-model";

export interface Patch {
  /** From the repository's root. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutant extends Patch {
  readonly id: string;
  /** The rule that holds while the protection stands. */
  readonly protects: string;
  /** Traps (T), failures (F) and invariants (D, O, E, M, S, L, R of the simulator's design) that it belongs to. At least one. */
  readonly ids: readonly string[];
  /** Where two lines of defence stand behind one another, both go. */
  readonly also?: readonly Patch[];
  /** `swarm` by default. */
  readonly lane?: Lane;
  /** What a plan is bent to where the open swarm would take long: kinds of faults, of operations, limits. */
  readonly directed?: Direction;
}

export function patchesOf(mutant: Mutant): readonly Patch[] {
  return [mutant, ...(mutant.also ?? [])];
}

/** Throws where the protection is not found, or found twice: the engine has changed, and the mutant has to follow. */
export function applyPatch({ file, find, replace }: Patch, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`a protection occurs ${parts.length - 1} times in ${file}, not once: ${find}`);
  return parts.join(replace);
}
