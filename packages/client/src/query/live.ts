/**
 * Live queries: run again when a change can concern their result, after the commit and at most once for it, and told only if that is
 * another (F69).
 */
import type { SpaceId } from "@holdfast/core/engine";
import { everything } from "../apply/outcome.ts";
import type { Changed, ReplicaContext } from "../context.ts";

export interface LiveChange<Row> {
  readonly added: readonly Row[];
  readonly removed: readonly Row[];
  readonly updated: readonly Row[];
}

export type Completeness = "local" | "synced";

export interface LiveQuery<Row> {
  readonly rows: readonly Row[];
  /** `synced`: the space was known to be in step when asked. */
  readonly completeness: Completeness;
  stop(): void;
}

/** So many records of a commit are looked at one by one; beyond, it is cheaper to run the query again. */
const recordsCheckedMax = 16;

/** Runs again; says whether the result changed, and tells the listener. */
export interface LiveEntry {
  /** Undefined: any space. */
  readonly space: SpaceId | undefined;
  readonly reads: (collection: string) => boolean;
  /** Of changed records of a collection that it reads: whether the result can be another. Absent: it always can. */
  readonly concerns?: (ids: ReadonlySet<string>) => boolean;
  readonly rerun: () => void;
}

export class LiveQueries {
  readonly #context: ReplicaContext;
  readonly #entries = new Set<LiveEntry>();

  constructor(context: ReplicaContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#entries.size;
  }

  add(entry: LiveEntry): () => void {
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  /** After a commit. */
  changed(changes: readonly Changed[]): void {
    if (this.#entries.size === 0 || changes.length === 0) return;
    const places = new Map<SpaceId, Map<string, Set<string>>>();
    for (const { space, collection, id } of changes) {
      const collections = places.get(space) ?? new Map<string, Set<string>>();
      places.set(space, collections.set(collection, (collections.get(collection) ?? new Set()).add(id)));
    }
    for (const entry of [...this.#entries]) {
      try {
        if (this.#entries.has(entry) && isTouched(entry, places)) entry.rerun();
      } catch (error) {
        this.#context.report(error);
      }
    }
  }

  clear(): void {
    this.#entries.clear();
  }
}

function isTouched(entry: LiveEntry, places: ReadonlyMap<SpaceId, ReadonlyMap<string, ReadonlySet<string>>>): boolean {
  for (const [space, collections] of places) {
    if (entry.space !== undefined && entry.space !== space) continue;
    for (const [collection, ids] of collections) {
      if (collection === everything) return true;
      if (entry.reads(collection) && (ids.size > recordsCheckedMax || entry.concerns?.(ids) !== false)) return true;
    }
  }
  return false;
}
