/**
 * Live queries: run again when something that they read has changed, after the commit and at most once for it, and told only if
 * their own result is another (F69).
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

/** Runs again; says whether the result changed, and tells the listener. */
export interface LiveEntry {
  /** Undefined: any space. */
  readonly space: SpaceId | undefined;
  readonly reads: (collection: string) => boolean;
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
    const places = new Map<SpaceId, Set<string>>();
    for (const { space, collection } of changes) {
      const collections = places.get(space) ?? new Set();
      places.set(space, collections.add(collection));
    }
    for (const entry of [...this.#entries]) {
      if (!this.#entries.has(entry) || !isTouched(entry, places)) continue;
      try {
        entry.rerun();
      } catch (error) {
        this.#context.report(error);
      }
    }
  }

  clear(): void {
    this.#entries.clear();
  }
}

function isTouched(entry: LiveEntry, places: ReadonlyMap<SpaceId, ReadonlySet<string>>): boolean {
  for (const [space, collections] of places) {
    if (entry.space !== undefined && entry.space !== space) continue;
    for (const collection of collections) if (collection === everything || entry.reads(collection)) return true;
  }
  return false;
}
