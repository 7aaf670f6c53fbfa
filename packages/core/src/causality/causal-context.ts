/**
 * A causal context: which dots have been seen. The vector says it for everything up to a counter, `beyond` (sorted, without
 * repeats) for dots after a gap. A context grows by what was observed and by nothing else (trap 23), and what the vector
 * has caught up with folds into it, so that it stays as small as the gaps are.
 */
import { type Dot, compareDots, isSameDot } from "./dot.ts";
import { type VersionVector, emptyVector, joinVectors, vectorContains } from "./version-vector.ts";

export interface CausalContext {
  readonly vector: VersionVector;
  readonly beyond: readonly Dot[];
}

export const noDots: readonly Dot[] = [];
export const emptyContext: CausalContext = { vector: emptyVector, beyond: noDots };

export function contextContains(context: CausalContext, dot: Dot): boolean {
  return vectorContains(context.vector, dot) || dotsInclude(context.beyond, dot);
}

export function joinContexts(a: CausalContext, b: CausalContext): CausalContext {
  return absorbVector({ vector: a.vector, beyond: joinDots(a.beyond, b.beyond) }, b.vector);
}

/** Everything that `vector` covers is seen: dots that it has reached need no place of their own any more. */
export function absorbVector(context: CausalContext, vector: VersionVector): CausalContext {
  const joined = joinVectors(context.vector, vector);
  return { vector: joined, beyond: dotsBeyond(context.beyond, joined) };
}

/** Few: a linear search beats a key. */
export function dotsInclude(dots: readonly Dot[], dot: Dot): boolean {
  for (const candidate of dots) if (isSameDot(candidate, dot)) return true;
  return false;
}

export function dotsBeyond(dots: readonly Dot[], vector: VersionVector): readonly Dot[] {
  if (dots.length === 0) return noDots;
  return dots.filter((dot) => !vectorContains(vector, dot));
}

/** Sorted, without repeats. */
export function joinDots(a: readonly Dot[], b: readonly Dot[]): readonly Dot[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const joined = [...a];
  for (const dot of b) if (!dotsInclude(a, dot)) joined.push(dot);
  return joined.sort(compareDots);
}
