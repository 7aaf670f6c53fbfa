/**
 * What an optimistic turn asks of a database that several instances share. PostgreSQL is one backend; the simulator's model of its
 * isolation is another, under the same loop (`optimistic-turns.ts`) and the same group commit (`optimistic-groups.ts`).
 *
 * Each space has a version, which every committed batch raises by one, also a batch that appends nothing. A batch says which version it was
 * decided over and is committed only over that one: the numbers that it gives are then the next ones, whoever else was at it (trap 5, F01).
 */
import type { SpaceId, StoreReader, WriteBatch } from "@holdfast/core/engine";

export interface VersionedBatch {
  readonly batch: WriteBatch;
  /** What the space's version was when its rows were read; 0: it has no row yet. */
  readonly version: number;
  /** By it a commit is recognised whose answer was lost: 16 hexadecimal digits, the first eight of them the instance's. */
  readonly id: string;
}

/**
 * A space's row names the last commit of each of so many instances, the newest last. An instance has one commit of a space under way at a
 * time: however much the others commit, it finds its own, unless more instances than these have come since.
 */
export const commitsRemembered = 8;

export interface SpaceCommits {
  readonly version: number;
  readonly ids: readonly string[];
}

/** The ids after a commit: it takes the place of its instance's last one. */
export function rememberCommit(ids: readonly string[], id: string): readonly string[] {
  return [...ids.filter((each) => instanceOf(each) !== instanceOf(id)), id].slice(-commitsRemembered);
}

function instanceOf(id: string): string {
  return id.slice(0, 8);
}

export type CommitAnswer =
  | { readonly type: "done" }
  /** Another batch came first: nothing of this one is there, and it can never be committed. */
  | { readonly type: "stale" }
  /** Somebody else holds the space just now: nothing of this one is there. */
  | { readonly type: "busy" }
  /** Nothing is there. `again`: for a reason that passes (a deadlock, a database that starts); else the batch cannot be written. */
  | { readonly type: "undone"; readonly again: boolean; readonly error: unknown }
  /** The answer was lost: it may be there, or come to be there, or never. */
  | { readonly type: "lost"; readonly error: unknown };

/** A commit of several batches: an answer for each, in their order, or one for all. */
export type GroupAnswer = readonly CommitAnswer[] | Extract<CommitAnswer, { type: "undone" | "lost" }>;

/** The space's row is locked until `commit` or `release`: whatever is read of the space stays as it is. */
export interface SpaceLock {
  /** Ends the lock, whatever it answers. */
  commit(batch: VersionedBatch): Promise<CommitAnswer>;
  /** May be called more than once, and after `commit`. Never rejects. */
  release(): Promise<void>;
}

export interface OptimisticBackend {
  /**
   * Each answer is of one moment, and `seen` is told which version the space had then, before the answer is given; what `seen` throws, the
   * read throws. A fault is a `HoldfastError` of origin "disk", whose `retry` says whether the turn may be tried again.
   */
  reader(space: SpaceId, seen: (version: number) => void): StoreReader;
  /** One transaction. A batch that is stale or busy leaves the others in. Never rejects. */
  commit(batches: readonly VersionedBatch[]): Promise<GroupAnswer>;
  /** Waits for the space's row so long at most; undefined if somebody else has it still. Rejects like a read. */
  lock(space: SpaceId, waitMsMax: number): Promise<SpaceLock | undefined>;
  /** How often a connection has broken so far: what was read over it may be of a database that is there no more. */
  breaks(): number;
  /** Committed state. Rejects like a read. */
  commitsOf(space: SpaceId): Promise<SpaceCommits>;
}

/** Whether the commit is there: undefined if so many instances have committed since that nobody can tell. */
export function findCommit({ version, id }: VersionedBatch, now: SpaceCommits): boolean | undefined {
  if (now.ids.includes(id)) return true;
  const isKnown = now.ids.some((each) => instanceOf(each) === instanceOf(id)) || now.ids.length < commitsRemembered;
  return isKnown || now.version - version < commitsRemembered ? false : undefined;
}
