/**
 * Turns over a database that several instances share, without a lock while a turn decides: read, decide, and commit only if nobody else has
 * committed in between; else once more, over what is there now. A turn that is overtaken again and again takes the space's lock, so that no
 * instance starves.
 *
 *     ┌─► read + decide ─► commit over the version that was read ─► done
 *     │        │ moved              │ stale, busy        │ lost: the same commit again, until it is done or can never be
 *     └────────┴────────────────────┘ (overtaken too often: under the space's lock)
 *
 * The first attempt reads what this instance remembers of the space (`row-memory.ts`), each further one the database. Where others write a
 * space too, its rows are not remembered for some turns.
 *
 * All that a turn reads is of one version: a read that sees another one ends the attempt, whatever the callbacks make of it. So a turn
 * that throws has thrown over rows that belong together, and that is its outcome.
 */
import {
  assert,
  bytesToHex,
  backoffAtRest,
  HoldfastError,
  type Runtime,
  type SpaceId,
  stepBackoff,
  type StoreReader,
  type Turn,
} from "@holdfast/core/engine";
import { type CommitAnswer, findCommit, type OptimisticBackend, type SpaceLock, type VersionedBatch } from "./optimistic-backend.ts";
import { createGroupCommit } from "./optimistic-groups.ts";
import { type OptimisticLimits, optimisticLimits } from "./optimistic-limits.ts";
import { createRowMemory } from "./row-memory.ts";

export interface OptimisticTurns {
  /** `ServerStore.transact`. `body` may run more than once; only the run whose batch is committed counts. */
  transact<T>(space: SpaceId, body: (reader: StoreReader) => Promise<Turn<T>>): Promise<T>;
  /** Resolves when no turn is under way. */
  drained(): Promise<void>;
}

export interface OptimisticTurnsParts {
  readonly backend: OptimisticBackend;
  readonly runtime: Runtime;
  readonly limits?: Partial<OptimisticLimits>;
  /** Spaces with equal names may share a transaction; all of them by default. */
  readonly shardOf?: (space: SpaceId) => string;
  /** Runs after what is ready has been decided: `setImmediate`, or a simulator's. */
  readonly defer: (run: () => void) => void;
  /** For counters: a turn runs again since its rows had changed, or takes its space's lock. */
  readonly observe?: (event: { readonly type: "optimistic-retry" | "locked-turn" }) => void;
}

type Attempt<T> =
  | { readonly type: "done"; readonly result: T }
  /** Another turn was committed, or is about to be. `remembered`: it had been, before this one began. */
  | { readonly type: "overtaken" | "busy" | "remembered" }
  /** The database could not, for now. */
  | { readonly type: "later"; readonly error: unknown };

export function createOptimisticTurns(parts: OptimisticTurnsParts): OptimisticTurns {
  const { backend, runtime, defer, shardOf = () => "" } = parts;
  const limits: OptimisticLimits = { ...optimisticLimits, ...parts.limits };
  const groups = createGroupCommit({
    commit: (batches) => backend.commit(batches),
    shardOf,
    defer,
    setTimer: (delayMs, run) => runtime.setTimer(delayMs, run),
    limits,
  });
  const instance = bytesToHex(runtime.randomBytes(4));
  let commits = 0;
  const nextId = (): string => instance + (++commits % 2 ** 32).toString(16).padStart(8, "0");
  const memory = createRowMemory(() => runtime.nowMs());
  let breaks = backend.breaks();
  const doubts = createDoubts(limits.doubtedTurns, limits.doubtedSpacesMax);
  const last = new Map<SpaceId, Promise<unknown>>();
  let idle: (() => void)[] = [];

  async function runTurn<T>(space: SpaceId, body: (reader: StoreReader) => Promise<Turn<T>>): Promise<T> {
    const untilMs = runtime.nowMs() + limits.turnMsMax;
    let overtaken = 0;
    let pause = backoffAtRest;
    if (breaks !== backend.breaks()) {
      breaks = backend.breaks();
      memory.forget();
    }
    if (doubts.has(space)) memory.forget(space);
    for (;;) {
      const locks = overtaken >= limits.overtakenMax;
      const attempt = locks ? await tryLocked(space, body, untilMs) : await tryTurn(space, body, untilMs);
      if (attempt.type === "done") return attempt.result;
      if (attempt.type === "later") memory.forget();
      else memory.forget(space);
      if (runtime.nowMs() >= untilMs) throw tooLate(space, attempt);
      if (attempt.type === "remembered") doubts.add(space);
      if (attempt.type !== "later") {
        // Who cannot have the lock goes on without: the others' turns may be over first.
        overtaken = locks ? 0 : overtaken + 1;
        parts.observe?.({ type: overtaken === limits.overtakenMax ? "locked-turn" : "optimistic-retry" });
      }
      if (attempt.type === "busy" || attempt.type === "later") pause = await sleep(pause);
    }
  }

  async function tryLocked<T>(space: SpaceId, body: (reader: StoreReader) => Promise<Turn<T>>, untilMs: number): Promise<Attempt<T>> {
    let lock: SpaceLock | undefined;
    try {
      lock = await backend.lock(space, limits.lockMsMax);
    } catch (error) {
      return laterOrThrow(error);
    }
    if (lock === undefined) return { type: "busy" };
    try {
      return await tryTurn(space, body, untilMs, lock);
    } finally {
      await lock.release();
    }
  }

  async function tryTurn<T>(
    space: SpaceId,
    body: (reader: StoreReader) => Promise<Turn<T>>,
    untilMs: number,
    lock?: SpaceLock,
  ): Promise<Attempt<T>> {
    const remembered = memory.versionOf(space);
    const overtaken = { type: remembered === undefined ? "overtaken" : "remembered" } as const;
    let version = remembered;
    let moved = false;
    let asked = false;
    const backing = backend.reader(space, (seen) => {
      asked = true;
      version ??= seen;
      if (seen === version) return;
      moved = true;
      throw movedOn(space);
    });
    let turn: Turn<T>;
    try {
      turn = await body(memory.reader(space, backing, () => version ?? 0));
      // A batch that was decided over nothing stands over anything; and what commits nothing must have been so all the same.
      if (version === undefined ? turn.batch !== undefined : turn.batch === undefined && !asked) await backing.space();
    } catch (error) {
      // Over rows that are so no longer it would not have been thrown, perhaps.
      const fault = !moved && remembered !== undefined && !asked ? await faultOf(backing.space()) : undefined;
      return moved ? overtaken : laterOrThrow(fault?.error ?? error);
    }
    if (moved) return overtaken;
    if (turn.batch === undefined) return { type: "done", result: turn.result };
    assert(turn.batch.space.space === space && version !== undefined, "a turn writes its own space");
    const outcome = await commit({ batch: turn.batch, version, id: nextId() }, untilMs, lock);
    if (outcome.type === "overtaken") return overtaken;
    if (outcome.type !== "done") return outcome;
    memory.committed(turn.batch, version, version + 1);
    return { type: "done", result: turn.result };
  }

  /**
   * Until it is known: a commit whose answer was lost is said again, under the same id and over the same version, so that it is done once
   * at most.
   */
  async function commit(batch: VersionedBatch, untilMs: number, lock: SpaceLock | undefined): Promise<Attempt<undefined>> {
    let answer = await (lock === undefined ? groups.add(batch) : lock.commit(batch));
    if (answer.type === "lost") {
      memory.forget();
      answer = await recover(batch, untilMs, answer.error);
    }
    switch (answer.type) {
      case "done":
        return { type: "done", result: undefined };
      case "stale":
        return { type: "overtaken" };
      case "busy":
        return { type: "busy" };
      default:
        if (answer.type === "undone" && answer.again) return { type: "later", error: answer.error };
        throw answer.error;
    }
  }

  async function recover(batch: VersionedBatch, untilMs: number, cause: unknown): Promise<CommitAnswer> {
    let pause = backoffAtRest;
    while (runtime.nowMs() < untilMs) {
      pause = await sleep(pause);
      const answer = await groups.add(batch);
      if (answer.type === "done") return answer;
      // Whatever else it is answered, what was sent first may still be on its way.
      if (answer.type !== "stale") continue;
      const found = await backend.commitsOf(batch.batch.space.space).then(
        (now) => ({ there: findCommit(batch, now) }),
        () => undefined,
      );
      if (found === undefined) continue;
      if (found.there === undefined) break;
      return found.there ? { type: "done" } : answer;
    }
    throw unknownCommit(batch.batch.space.space, cause);
  }

  function sleep(pause: typeof backoffAtRest): Promise<typeof backoffAtRest> {
    const { state, delayMs } = stepBackoff(
      pause,
      { random: runtime.random(), retryAfterMs: undefined },
      { baseMs: limits.delayMsBase, capMs: limits.delayMsCap },
    );
    return new Promise((resolve) => void runtime.setTimer(delayMs, () => resolve(state)));
  }

  return {
    transact(space, body) {
      const before = last.get(space);
      const turn = before === undefined ? runTurn(space, body) : before.then(() => runTurn(space, body));
      const ended: Promise<void> = turn.then(ignore, ignore).then(() => {
        if (last.get(space) !== ended) return;
        last.delete(space);
        if (last.size > 0) return;
        for (const resolve of idle) resolve();
        idle = [];
      });
      last.set(space, ended);
      return turn;
    },
    drained: () => (last.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  };
}

function ignore(): void {}

/** Spaces that others write too, for so many turns each; the oldest are let go. */
function createDoubts(turns: number, spacesMax: number) {
  const left = new Map<SpaceId, number>();
  return {
    add(space: SpaceId): void {
      left.delete(space);
      left.set(space, turns);
      const [oldest] = left.keys();
      if (left.size > spacesMax && oldest !== undefined) left.delete(oldest);
    },
    /** Counts a turn. */
    has(space: SpaceId): boolean {
      const count = left.get(space);
      if (count === undefined) return false;
      if (count > 1) left.set(space, count - 1);
      else left.delete(space);
      return true;
    },
  };
}

function faultOf(read: Promise<unknown>): Promise<{ readonly error: unknown } | undefined> {
  return read.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
}

/** A fault of the database that passes is no turn's outcome. */
function laterOrThrow(error: unknown): { readonly type: "later"; readonly error: unknown } {
  if (error instanceof HoldfastError && error.origin === "disk" && error.retry) return { type: "later", error };
  throw error;
}

/** Never told to anybody but the callbacks of the attempt that it ends. */
function movedOn(space: SpaceId): HoldfastError {
  return new HoldfastError("store-failed", `Space "${space}" has changed while a turn read it.`, {
    origin: "disk",
    retry: true,
    advice: "The turn is decided again.",
  });
}

function tooLate(space: SpaceId, attempt: Exclude<Attempt<unknown>, { type: "done" }>): HoldfastError {
  return new HoldfastError("store-busy", `A turn of space "${space}" could not be committed in time.`, {
    origin: "disk",
    retry: true,
    advice: "Nothing has changed. Try again later.",
    cause: attempt.type === "later" ? attempt.error : undefined,
  });
}

function unknownCommit(space: SpaceId, cause: unknown): HoldfastError {
  return new HoldfastError("commit-unknown", `The database's answer to a commit of space "${space}" was lost.`, {
    origin: "disk",
    retry: false,
    advice: "It may have been done: look before you repeat it.",
    cause,
  });
}
