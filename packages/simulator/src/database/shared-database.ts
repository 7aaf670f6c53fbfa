/**
 * A model of a database that r0's instances share, as PostgreSQL keeps them apart in READ COMMITTED: a question sees what is committed in
 * the moment in which it arrives; a commit takes the rows of its spaces, lets be whose version has moved on or whom somebody else holds, and is
 * seen by others some time later, whole; a lock waits its turn. The rows lie in SQLite on r0's simulated disk, versions beside them, so that a
 * commit survives what the disk survives. The database dies and comes back apart from the instances: with each life all connections end.
 */
import type { HoldfastError, ServerStore, SpaceId, SqlitePort, StoreReader } from "@holdfast/core/engine";
import { type CommitAnswer, commitsRemembered, type GroupAnswer, type SpaceCommits, type VersionedBatch } from "@holdfast/server/engine";
import { sqliteRows, type SqliteRows } from "@holdfast/server/sqlite";
import type { DatabaseConfig } from "../plan/plan.ts";
import type { World } from "../world/world.ts";
import { RowLocks } from "./row-locks.ts";

/** The connection is gone: what was asked may have been done. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/** Who holds rows: a transaction. */
export type Holder = object;

/** Two transactions that wait for each other: one of them is told to begin anew, and so is whoever waits for so long without need. */
const deadlockMs = 1_000;

/** Nothing of the transaction is there. */
class Aborted extends Error {
  override readonly name = "Aborted";
}

/** A transaction that does nothing for so long is ended by the database, and its lock with it. */
const idleMsMax = 10_000;

export interface LifeParts {
  readonly world: World;
  readonly config: () => DatabaseConfig;
  readonly port: SqlitePort;
  readonly store: ServerStore;
  readonly isAlive: () => boolean;
  /** How often the database has begun. */
  readonly number: number;
}

/** From one start of the database to its end. */
export class DatabaseLife {
  readonly store: ServerStore;
  /** Rejects at its end. */
  readonly ended: Promise<never>;
  readonly #parts: LifeParts;
  readonly #rows: SqliteRows;
  readonly #locks = new RowLocks();
  /** Transactions that have ended, by themselves or not. */
  readonly #over = new WeakSet<Holder>();
  #end: () => void = () => undefined;
  #commits = 0;
  /** Commits of which nobody has heard yet. */
  underWay = 0;

  constructor(parts: LifeParts) {
    this.#parts = parts;
    this.store = parts.store;
    this.#rows = sqliteRows(parts.port);
    this.ended = new Promise((_, reject) => (this.#end = () => reject(new ConnectionLost("The database has gone."))));
    this.ended.catch(() => undefined); // whoever has asked hears of it
    parts.port.run("CREATE TABLE IF NOT EXISTS turns (space TEXT PRIMARY KEY, version INTEGER NOT NULL, ids TEXT NOT NULL) STRICT");
  }

  isAlive(): boolean {
    return this.#parts.isAlive();
  }

  end(): void {
    if (this.underWay > 0) this.#parts.world.sometimes("the database goes while a commit is under way");
    this.#end();
  }

  reader(space: SpaceId): StoreReader {
    return this.#rows.reader(space);
  }

  commitsOf(space: SpaceId): SpaceCommits {
    const [row] = this.#parts.port.all("SELECT version, ids FROM turns WHERE space = ?", [space]);
    if (row === undefined) return { version: 0, ids: [] };
    return { version: Number(row["version"]), ids: String(row["ids"]).split(" ") };
  }

  /** The horizon is part of what turns read: the version moves with it. */
  compact(space: SpaceId, horizon: number): Promise<void> {
    const moved = this.store.compact(space, horizon);
    // The next statement may fail as it did, on a full disk: then that is what is told.
    moved.catch(() => undefined);
    this.#parts.port.run("UPDATE turns SET version = version + 1 WHERE space = ?", [space]);
    return moved;
  }

  /** One transaction; `holder` has rows already. */
  async commit(batches: readonly VersionedBatch[], holder: Holder = {}): Promise<GroupAnswer> {
    const { world, number } = this.#parts;
    const { abortPerCommit, commitMsMean } = this.#parts.config();
    const draws = world.random("commit", number, ++this.#commits);
    this.underWay++;
    try {
      if (this.#over.has(holder)) throw new Aborted("the transaction is over");
      const answers: CommitAnswer[] = [];
      for (const batch of batches) answers.push(await this.#take(batch, holder));
      const taken = batches.filter((_, index) => answers[index]?.type === "done");
      if (taken.length > 0) await this.#passes(draws.exponential(commitMsMean));
      if (draws.chance(abortPerCommit)) throw new Aborted("could not serialize access");
      return this.#write(taken) ?? answers;
    } catch (error) {
      if (!(error instanceof Aborted)) throw error;
      world.struck("commit aborted");
      return { type: "undone", again: true, error };
    } finally {
      this.underWay--;
      this.release(holder);
    }
  }

  /** Resolves with whether the row was free, or became so in time. */
  async lock(space: SpaceId, holder: Holder, waitMsMax: number): Promise<boolean> {
    const { world } = this.#parts;
    if (!this.#locks.isFree(space, holder)) world.sometimes("a turn waits for a space's lock");
    let cancel = (): void => undefined;
    const late = new Promise<boolean>((resolve) => (cancel = world.schedule(waitMsMax, () => resolve(false))));
    const taken = await Promise.race([this.#locks.take(space, holder).then(() => true), late]);
    cancel();
    if (taken) world.schedule(idleMsMax, () => this.release(holder));
    else this.release(holder);
    return taken;
  }

  /** Its transaction is over, whatever it still wants. */
  release(holder: Holder): void {
    this.#over.add(holder);
    this.#locks.release(holder);
  }

  /** Of a space that is new, two transactions create the row, and one waits for the other. Any other row that is held is left alone. */
  async #take({ batch, version }: VersionedBatch, holder: Holder): Promise<CommitAnswer> {
    const { space } = batch.space;
    if (!this.#locks.isFree(space, holder)) {
      if (version > 0) return { type: "busy" };
      const wait = this.#passes(deadlockMs).then(() => Promise.reject(new Aborted("deadlock detected")));
      await Promise.race([this.#locks.take(space, holder), wait]);
    }
    if (this.commitsOf(space).version !== version) {
      this.#parts.world.sometimes("a turn runs again because another instance was first");
      return { type: "stale" };
    }
    await this.#locks.take(space, holder);
    return { type: "done" };
  }

  /** Undefined: it is there. A disk that says no is told as the database tells it; a database that dies in it tells nothing. */
  #write(taken: readonly VersionedBatch[]): GroupAnswer | undefined {
    const { port } = this.#parts;
    if (taken.length === 0) return undefined;
    try {
      port.transaction(() => {
        for (const each of taken) {
          this.#rows.write(each.batch);
          this.#raise(each);
        }
      });
      return undefined;
    } catch (error) {
      if (!this.isAlive()) throw error;
      return { type: "undone", again: (error as Partial<HoldfastError>).retry === true, error };
    }
  }

  #raise({ batch, version, id }: VersionedBatch): void {
    const { space } = batch.space;
    const ids = [...this.commitsOf(space).ids.filter((each) => each !== ""), id].slice(-commitsRemembered);
    this.#parts.port.run("INSERT OR REPLACE INTO turns (space, version, ids) VALUES (?, ?, ?)", [space, version + 1, ids.join(" ")]);
  }

  #passes(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#parts.world.schedule(delayMs, resolve));
  }
}

/** Between its lives there is nobody to ask. */
export class SharedDatabase {
  readonly #config: DatabaseConfig;
  #life: DatabaseLife | undefined;
  #lives = 0;
  /** In peace no connection is lost, and nothing aborted. */
  calm = false;

  constructor(config: DatabaseConfig) {
    this.#config = config;
  }

  get config(): DatabaseConfig {
    return this.calm ? { ...this.#config, losePerAsk: 0, abortPerCommit: 0 } : this.#config;
  }

  get lives(): number {
    return this.#lives;
  }

  get life(): DatabaseLife | undefined {
    return this.#life?.isAlive() === true ? this.#life : undefined;
  }

  begin(parts: Omit<LifeParts, "config" | "number">): void {
    this.#life = new DatabaseLife({ ...parts, number: ++this.#lives, config: () => this.config });
  }

  end(): void {
    this.#life?.end();
    this.#life = undefined;
  }
}
