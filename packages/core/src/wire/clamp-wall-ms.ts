import { integerMax } from "./wire-limits.ts";

/** A wall clock as a transaction carries it: whole, from 1970, and never so far off that it could not be written (F59). */
export function clampWallMs(ms: number): number {
  return ms > 0 ? Math.min(Math.floor(ms), integerMax) : 0;
}
