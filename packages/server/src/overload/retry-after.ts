/**
 * When to come back: between the floor and three times it, so that those who were sent away together do not come back together (trap 16).
 * The replica adds a window of its own, as wide as what it is told (`core/src/resilience/backoff.ts`).
 */
export function jitteredMs(floorMs: number, random: number): number {
  return Math.floor(floorMs * (1 + 2 * random));
}
