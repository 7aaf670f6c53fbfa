/** What of other spaces a writer had applied: followers of both hold its transaction back until they have it too (architecture 2). */
import {
  dependenciesPerTransactionMax,
  encodeTransaction,
  joinDependencies,
  type SpaceId,
  type SqlitePort,
  type Transaction,
} from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import { readEntry, readLog, rewriteEntry } from "../store/change-log.ts";

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

/**
 * What said them is about to leave: the next write that was made behind it has seen as much, and no chain is over dependencies (CHAIN4). Where there
 * is none, the next that is made says them again.
 */
export function passOnDependencies(context: ReplicaContext, space: SpaceId, counter: number): void {
  const { port } = context;
  const dependencies = readEntry(port, space, counter)?.transaction.dependencies ?? none;
  if (dependencies.size === 0) return;
  context.saidDependencies.delete(space);
  const next = nextChange(port, space, counter);
  if (next === undefined) return;
  const joined = { ...next, dependencies: joinDependencies(next.dependencies, dependencies) };
  rewriteEntry(port, space, joined, encodeTransaction(joined));
}

/** Behind voids and requests, which nobody follows. */
function nextChange(port: SqlitePort, space: SpaceId, after: number): Transaction | undefined {
  for (let counter = after; ; ) {
    const [entry] = readLog(port, space, counter, Number.MAX_SAFE_INTEGER, 1);
    if (entry === undefined || entry.transaction.body.type === "operations") return entry?.transaction;
    ({ counter } = entry.transaction);
  }
}
