/** A shared database for optimistic turns, in memory: rows in SQLite, versions beside them, and what a test wants to go wrong. */
import type { SpaceId } from "@holdfast/core/engine";
import { openDatabase } from "../sqlite/database.ts";
import { readImprints, readIntent, readMark, readOutcomes, readRecord, readSpace } from "../sqlite/read-rows.ts";
import { writeBatch } from "../sqlite/write-batch.ts";
import { emptySpace } from "../store/empty-rows.ts";
import {
  type CommitAnswer,
  type GroupAnswer,
  type OptimisticBackend,
  rememberCommit,
  type SpaceCommits,
  type VersionedBatch,
} from "../store/optimistic-backend.ts";

/** What happens to a commit: its answer is lost before or after it was done, it comes to nothing, or runs `first` before it is looked at. */
export type CommitFault = "lost-before" | "lost-after" | "deadlock" | (() => void | Promise<void>);

export interface MemoryBackend extends OptimisticBackend {
  /** Taken by the commits to come, one each; `undefined` is none. */
  readonly faults: (CommitFault | undefined)[];
  /** What each commit held. */
  readonly commits: SpaceId[][];
  readonly locks: SpaceId[];
  /** Connections that broke. */
  broken: number;
  /** Runs before each read. */
  beforeRead: () => void | Promise<void>;
  /** A commit of yet another instance that changes nothing but the version. */
  overtake(space: SpaceId): void;
  /** Somebody else's lock, until the function that comes back is called. */
  hold(space: SpaceId): () => void;
}

export function createMemoryBackend(): MemoryBackend {
  const database = openDatabase(":memory:", () => "00".repeat(16));
  const commitsBySpace = new Map<SpaceId, SpaceCommits>();
  const held = new Map<SpaceId, Promise<void>>();
  let strangers = 0;
  const of = (space: SpaceId): SpaceCommits => commitsBySpace.get(space) ?? { version: 0, ids: [] };
  const raise = (space: SpaceId, id: string): void => {
    const { version, ids } = of(space);
    commitsBySpace.set(space, { version: version + 1, ids: rememberCommit(ids, id) });
  };
  const holdSpace = (space: SpaceId): (() => void) => {
    let release = (): void => {};
    held.set(
      space,
      new Promise((resolve) => {
        release = () => {
          held.delete(space);
          resolve();
        };
      }),
    );
    return release;
  };

  function write(batches: readonly VersionedBatch[], lockedBy?: SpaceId): GroupAnswer {
    const answers = batches.map(({ batch, version }): CommitAnswer => {
      const { space } = batch.space;
      if (held.has(space) && space !== lockedBy) return { type: "busy" };
      return of(space).version === version ? { type: "done" } : { type: "stale" };
    });
    const done = batches.filter((_, i) => answers[i]?.type === "done");
    try {
      database.transaction(() => done.forEach(({ batch }) => writeBatch(database, batch)));
    } catch (error) {
      return { type: "undone", again: false, error };
    }
    for (const { batch, id } of done) raise(batch.space.space, id);
    return answers;
  }

  async function commit(batches: readonly VersionedBatch[], lockedBy?: SpaceId): Promise<GroupAnswer> {
    backend.commits.push(batches.map(({ batch }) => batch.space.space));
    const fault = backend.faults.shift();
    await Promise.resolve();
    if (typeof fault === "function") await fault();
    if (fault === "deadlock") return { type: "undone", again: true, error: new Error("deadlock detected") };
    if (fault === "lost-before") return { type: "lost", error: new Error("connection reset") };
    const answer = write(batches, lockedBy);
    return fault === "lost-after" ? { type: "lost", error: new Error("connection reset") } : answer;
  }

  const backend: MemoryBackend = {
    faults: [],
    commits: [],
    locks: [],
    broken: 0,
    beforeRead: () => {},
    overtake: (space) => raise(space, (++strangers).toString(16).padStart(8, "e").padEnd(16, "0")),
    hold: holdSpace,
    breaks: () => backend.broken,
    reader(space, seen) {
      const read = async <T>(rows: () => T): Promise<T> => {
        await backend.beforeRead();
        seen(of(space).version);
        return rows();
      };
      return {
        space: () => read(() => readSpace(database, space) ?? emptySpace(space)),
        marks: (replicas) => read(() => replicas.map((replica) => readMark(database, space, replica))),
        records: (keys) => read(() => keys.map((key) => readRecord(database, space, key))),
        outcomes: (ranges) => read(() => ranges.flatMap((range) => readOutcomes(database, space, range))),
        imprints: (range) => read(() => readImprints(database, space, range)),
        intents: (ids) => read(() => ids.map((id) => readIntent(database, space, id))),
      };
    },
    commit: (batches) => commit(batches),
    async lock(space) {
      backend.locks.push(space);
      await held.get(space);
      const release = holdSpace(space);
      return {
        async commit(batch) {
          const answer = await commit([batch], space);
          release();
          return "type" in answer ? answer : (answer[0] as CommitAnswer);
        },
        release: async () => release(),
      };
    },
    commitsOf: async (space) => of(space),
  };
  return backend;
}
