/** PostgreSQL under the optimistic turns: one statement a read, one statement a commit, and a lock that is a row's. */
import { HoldfastError, type Runtime, type SpaceId } from "@holdfast/core/engine";
import {
  type CommitAnswer,
  type GroupAnswer,
  type OptimisticBackend,
  type SpaceLock,
  type VersionedBatch,
} from "../store/optimistic-backend.ts";
import type { CommitStatements } from "./commit-statement.ts";
import { readCommitted } from "./commit-statement.ts";
import { type Connections, DatabaseFault, type Held, isBroken, readFault, type TextRow } from "./connections.ts";
import { createReader } from "./read-rows.ts";
import type { ReadQueue } from "./read-queue.ts";
import { isDurable } from "./settings.ts";
import { createSlots } from "./slots.ts";

export interface BackendParts {
  readonly connections: Connections;
  readonly statements: CommitStatements;
  readonly queue: ReadQueue;
  readonly schema: string;
  readonly runtime: Runtime;
  readonly locksHeldMax: number;
  /** A commit has been answered. */
  readonly counted: (commit: { readonly batches: number; readonly stale: number; readonly tookMs: number }) => void;
}

export function createBackend({ connections, statements, queue, schema, runtime, locksHeldMax, counted }: BackendParts): OptimisticBackend {
  const slots = createSlots(runtime, locksHeldMax);

  async function commit(batches: readonly VersionedBatch[], run: Held["run"]): Promise<GroupAnswer> {
    const startMs = runtime.nowMs();
    let rows: readonly TextRow[];
    try {
      rows = await run(statements.of(batches));
    } catch (error) {
      return toUndone(error);
    }
    const answers = toAnswers(batches, rows);
    const stale = answers.filter(({ type }) => type === "stale").length;
    counted({ batches: batches.length, stale, tookMs: runtime.nowMs() - startMs });
    return answers;
  }

  /** In the lock's transaction: done only when that is committed. */
  async function commitLocked(held: Held, batch: VersionedBatch): Promise<CommitAnswer> {
    const answer = await commit([batch], (statement) => held.run(statement));
    const [only] = "type" in answer ? [answer] : answer;
    if (only?.type !== "done") return only as CommitAnswer;
    try {
      await held.run({ text: "COMMIT" });
    } catch (error) {
      return toUndone(error);
    }
    return only;
  }

  async function takeLock(held: Held, space: SpaceId, waitMsMax: number): Promise<boolean> {
    await held.run({ text: "BEGIN" });
    await held.run({ text: "SELECT set_config('lock_timeout', $1, true)", values: [`${waitMsMax}`] });
    const rows = await held.run({
      name: "hf_lock",
      text: `SELECT version FROM ${schema}.spaces WHERE space = $1 FOR UPDATE`,
      values: [space],
    });
    return rows.length > 0;
  }

  return {
    reader(space, seen) {
      const reader = createReader(queue, space, seen);
      const guarded = <T>(read: Promise<T>): Promise<T> =>
        read.catch((error: unknown) => {
          throw readFault(error);
        });
      return {
        space: () => guarded(reader.space()),
        marks: (replicas) => guarded(reader.marks(replicas)),
        records: (keys) => guarded(reader.records(keys)),
        outcomes: (ranges) => guarded(reader.outcomes(ranges)),
        imprints: (range) => guarded(reader.imprints(range)),
        intents: (ids) => guarded(reader.intents(ids)),
      };
    },
    commit: (batches) => commit(batches, (statement) => connections.run(statement)),
    breaks: () => connections.breaks,
    async lock(space, waitMsMax) {
      if (!(await slots.take(waitMsMax))) return undefined;
      let held: Held | undefined;
      try {
        held = await connections.hold();
        // A space without a row has nothing to lock: whoever creates it first has it, and the others are overtaken.
        if (await takeLock(held, space, waitMsMax))
          return createLock(
            held,
            (batch) => commitLocked(held as Held, batch),
            () => slots.give(),
          );
        await endLock(held);
        slots.give();
        return createLock(undefined, async (batch) => {
          const answer = await commit([batch], (statement) => connections.run(statement));
          return ("type" in answer ? answer : answer[0]) as CommitAnswer;
        });
      } catch (error) {
        if (held !== undefined) await endLock(held, isBroken(error));
        slots.give();
        if (error instanceof DatabaseFault && error.kind === "passing") return undefined;
        throw readFault(error);
      }
    },
    async commitsOf(space) {
      // Written, though nothing changes: when this is durable, also on a standby that commits wait for, so is all that it saw.
      const text = `UPDATE ${schema}.spaces SET head = head WHERE space = $1
        RETURNING version, commits::text, current_setting('synchronous_commit')`;
      const rows = await connections.run({ name: "hf_fate", text, values: [space] }).catch((error: unknown) => {
        throw readFault(error);
      });
      const [version, ids, synchronous] = rows[0] ?? ["0", "{}", "on"];
      if (!isDurable(synchronous)) throw notDurable();
      return { version: Number(version), ids: readIds(ids ?? "{}") };
    },
  };
}

function createLock(held: Held | undefined, commit: SpaceLock["commit"], ending: () => void = () => {}): SpaceLock {
  let ended = held === undefined;
  return {
    async commit(batch) {
      const answer = await commit(batch);
      if (ended || held === undefined) return answer;
      ended = true;
      ending();
      if (answer.type === "done") held.release(false);
      else await endLock(held, answer.type === "lost");
      return answer;
    },
    async release() {
      if (ended || held === undefined) return;
      ended = true;
      ending();
      await endLock(held);
    },
  };
}

/** A connection whose transaction cannot be ended is thrown away, and the transaction with it. */
async function endLock(held: Held, broken = false): Promise<void> {
  if (!broken)
    try {
      await held.run({ text: "ROLLBACK" });
    } catch {
      broken = true;
    }
  held.release(broken);
}

/** The newest first in the row. */
function readIds(text: string): readonly string[] {
  const ids = text
    .slice(1, -1)
    .split(",")
    .filter((id) => id !== "");
  return ids.map((id) => BigInt.asUintN(64, BigInt(id)).toString(16).padStart(16, "0")).reverse();
}

function toUndone(error: unknown): Extract<CommitAnswer, { type: "undone" | "lost" }> {
  if (!(error instanceof DatabaseFault)) return { type: "undone", again: error instanceof HoldfastError && error.retry, error };
  if (error.kind === "lost") return { type: "lost", error: error.cause };
  return { type: "undone", again: error.kind !== "refused", error: readFault(error) };
}

function toAnswers(batches: readonly VersionedBatch[], rows: readonly TextRow[]): readonly CommitAnswer[] {
  const { won, held, durable } = readCommitted(rows);
  return batches.map((_, i): CommitAnswer => {
    if (won[i] === true) return durable ? { type: "done" } : { type: "lost", error: notDurable() };
    return held[i] === true ? { type: "stale" } : { type: "busy" };
  });
}

/** A pooler between may hand a commit to a connection that was never made ours. */
function notDurable(): HoldfastError {
  return new HoldfastError("store-unsafe", "PostgreSQL committed with synchronous_commit off.", {
    origin: "disk",
    retry: false,
    advice: "Let Holdfast have connections of its own, or set synchronous_commit = on for its role.",
  });
}
