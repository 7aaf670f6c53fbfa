/** What of other spaces a writer had applied: followers of both hold its transaction back until they have it too (architecture 2). */
import { type SpaceId, dependenciesPerTransactionMax } from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";

const none: ReadonlyMap<SpaceId, number> = new Map();

/** Only what has advanced since this replica last said so in this space. */
export function dependenciesOf(context: ReplicaContext, space: SpaceId): ReadonlyMap<SpaceId, number> {
  if (context.spaces.size < 2) return none;
  const said = context.saidDependencies.get(space);
  let dependencies: Map<SpaceId, number> | undefined;
  for (const other of context.spaces.values()) {
    if (other.space === space || !other.followed || other.sequence === 0 || other.sequence <= (said?.get(other.space) ?? 0)) continue;
    dependencies ??= new Map();
    dependencies.set(other.space, other.sequence);
    if (dependencies.size >= dependenciesPerTransactionMax) break;
  }
  return dependencies ?? none;
}

/** After the commit of a write that said them. */
export function rememberDependencies(context: ReplicaContext, space: SpaceId, dependencies: ReadonlyMap<SpaceId, number>): void {
  if (dependencies.size === 0) return;
  const said = context.saidDependencies.get(space) ?? new Map<SpaceId, number>();
  for (const [other, sequence] of dependencies) said.set(other, sequence);
  context.saidDependencies.set(space, said);
}
