/** What of other spaces has to be there first, of two transactions in one: who stands in for the other waits for what that had waited for. */
import type { SpaceId } from "../operation/operation.ts";
import { dependenciesPerTransactionMax } from "../wire/wire-limits.ts";

export type Dependencies = ReadonlyMap<SpaceId, number>;

/** The later place of each space. Beyond what a transaction may name, `own` come first: the rest is said with the next write. */
export function joinDependencies(own: Dependencies, others: Dependencies): Dependencies {
  const joined = new Map(own);
  for (const [space, sequence] of others) {
    const known = joined.get(space);
    if (known === undefined ? joined.size < dependenciesPerTransactionMax : known < sequence) joined.set(space, sequence);
  }
  return joined;
}
