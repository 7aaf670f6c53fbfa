/** The shared store: any number of instances over one PostgreSQL. Turns are optimistic, and commits of many spaces share statements. */
import {
  type AnySchema,
  bytesToHex,
  callerError,
  HoldfastError,
  type Runtime,
  type ServerStore,
  type SpaceId,
} from "@holdfast/core/engine";
import type { StoreEvent } from "../observe.ts";
import { nodeRuntime } from "../runtime/node-runtime.ts";
import { createOptimisticTurns } from "../store/optimistic-turns.ts";
import { createBackend } from "./backend.ts";
import { createCommitStatements } from "./commit-statement.ts";
import { type Connections, createConnections, DatabaseFault, type PgPool, readFault, type Statement, type TextRow } from "./connections.ts";
import { feedOver } from "./feed.ts";
import { type PostgresLimits, postgresLimits, poolConnectionsMin } from "./limits.ts";
import { maintenanceOver } from "./maintenance.ts";
import { migrate } from "./migrate.ts";
import { type Ask, pagesOver } from "./pages.ts";
import { createReadQueue } from "./read-queue.ts";
import { createReader, toMarkRow, toSpaceRow } from "./read-rows.ts";
import { readableOver } from "./readable.ts";

export interface PostgresStoreOptions {
  /** Of the primary. The store makes a pool and ends it; needs the package `pg`. */
  readonly url?: string;
  /** Or a `pg` pool that is Holdfast's alone: its sessions get Holdfast's settings. It is not ended with the store. */
  readonly pool?: PgPool;
  /** PostgreSQL's schema; "holdfast" by default. */
  readonly schema?: string;
  /**
   * The app's schema: each record that changes is then also kept as JSON, for the operator's SQL (the view `live_records`). Costs the
   * record's size once more, in the same commit.
   */
  readonly readable?: AnySchema;
  /**
   * Into how many pieces each table is divided by the space's hash; 0 where the database distributes tables by itself. Settled when the
   * tables are made. 8 by default.
   */
  readonly partitions?: number;
  /** Refuses changes behind the engine's back (F07); true by default. Needs triggers. */
  readonly guard?: boolean;
  /**
   * Spaces with equal names may share a transaction; all of them by default. Where the database distributes by space: `(space) => space`,
   * or its shard.
   */
  readonly shardOf?: (space: SpaceId) => string;
  readonly limits?: Partial<PostgresLimits>;
  readonly runtime?: Runtime;
  /** Runs after what is ready has been decided; `setImmediate` by default. */
  readonly defer?: (run: () => void) => void;
  readonly observe?: (event: StoreEvent) => void;
}

const schemaPattern = /^[a-z_][a-z0-9_]{0,40}$/;
const partitionsMax = 256;

/**
 * Resolves when the tables are there and the settings that durability needs are found. Throws `invalid-option`, `store-unsafe`,
 * `store-mismatch`, `store-failed` or `store-busy`.
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<ServerStore> {
  const { schema = "holdfast", partitions = 8, guard = true, shardOf = () => "", runtime = nodeRuntime } = options;
  const defer = options.defer ?? ((run: () => void) => void setImmediate(run));
  const limits: PostgresLimits = { ...postgresLimits, ...options.limits };
  checkOptions(options, schema, partitions);
  const { pool, end } = await openPool(options, limits);
  pool.on?.("error", ignore); // a connection that breaks at rest is not used again, and that is all
  const connections = createConnections(pool, runtime, limits);
  try {
    await prepare(pool, { schema, partitions, guard }, runtime, limits);
  } catch (error) {
    await end();
    throw readFault(error);
  }
  const queue = createReadQueue({ connections, schema, defer, limits });
  const turns = createOptimisticTurns({
    backend: createBackend({
      connections,
      statements: createCommitStatements(schema, options.readable === undefined ? undefined : readableOver(options.readable)),
      queue,
      schema,
      runtime,
      locksHeldMax: limits.locksHeldMax,
      counted: (commit) => options.observe?.({ type: "commit", ...commit }),
    }),
    runtime,
    limits,
    shardOf,
    defer,
    observe: (event) => options.observe?.(event),
  });
  const run = (statement: Statement): Promise<readonly TextRow[]> => retrying(connections, runtime, limits.retryMsMax, statement);
  const ask: Ask = (name, text, values) => run({ text, values, ...(name === "" ? {} : { name }) });

  return {
    async meta() {
      const [row] = await ask("", `SELECT epoch, epochs FROM ${schema}.meta`, []);
      return { epoch: row?.[0] as string, epochs: Number(row?.[1]) };
    },
    transact: (space, body) => turns.transact(space, body),
    async readSpaces(spaces) {
      const answers = await rejectingLikeReads(Promise.all(spaces.map((space) => queue.ask(space, "space", []))));
      return spaces.map((space, i) => toSpaceRow(space, answers[i] ?? { version: 0, rows: [] }));
    },
    async readMark(space, replica) {
      const { rows } = await rejectingLikeReads(queue.ask(space, "marks", [[replica]]));
      return rows[0] === undefined ? undefined : toMarkRow(space, replica, rows[0]);
    },
    readOutcomes: (space, range) => rejectingLikeReads(createReader(queue, space, () => {}).outcomes([range])),
    ...pagesOver(ask, schema),
    ...feedOver(ask, schema),
    async bindReplica(replica, principal) {
      for (;;) {
        const [found] = await ask("hf_bound", `SELECT principal FROM ${schema}.replicas WHERE replica = $1`, [replica]);
        if (found !== undefined) return found[0] as string;
        // Whoever comes first has it; who comes second finds it there.
        await ask("hf_bind", `INSERT INTO ${schema}.replicas (replica, principal) VALUES ($1, $2) ON CONFLICT (replica) DO NOTHING`, [
          replica,
          principal,
        ]);
      }
    },
    ...maintenanceOver({ ask, schema, shardOf, sweepRowsMax: limits.sweepRowsMax }),
    async close() {
      await turns.drained();
      await end();
    },
  };
}

function ignore(): void {}

function checkOptions(options: PostgresStoreOptions, schema: string, partitions: number): void {
  if ((options?.url === undefined) === (options?.pool === undefined))
    throw callerError("invalid-option", "postgresStore needs a url or a pool, and not both.", 'Pass one, like { url: "postgres://…" }.');
  if (!schemaPattern.test(schema))
    throw callerError("invalid-option", "postgresStore's schema is no plain name.", "Use lower-case letters, digits and underscores.");
  if (!Number.isInteger(partitions) || partitions < 0 || partitions > partitionsMax)
    throw callerError(
      "invalid-option",
      `postgresStore's partitions is ${String(partitions)}.`,
      `Use a whole number from 0 to ${partitionsMax}.`,
    );
  const size = (options.pool as { options?: { max?: number } } | undefined)?.options?.max;
  if (size !== undefined && size < poolConnectionsMin)
    throw callerError("invalid-option", `The pool has ${size} connections.`, `Give it ${poolConnectionsMin} at least.`);
}

interface OpenPool {
  readonly pool: PgPool;
  readonly end: () => Promise<void>;
}

async function openPool({ url, pool }: PostgresStoreOptions, limits: PostgresLimits): Promise<OpenPool> {
  if (pool !== undefined) return { pool, end: async () => {} };
  const { default: pg } = await import("pg").catch((cause: unknown) => {
    throw new HoldfastError("invalid-option", "The package pg is not installed.", {
      origin: "caller",
      retry: false,
      advice: "Run npm install pg.",
      cause,
    });
  });
  const made = new pg.Pool({
    connectionString: url,
    max: limits.connectionsMax,
    connectionTimeoutMillis: 2 * limits.connectMsMax, // who waits gives up before that, and says so in the store's words
    keepAlive: true,
  });
  return { pool: made as unknown as PgPool, end: () => made.end() };
}

/** Longer than any other statement may take: who starts beside another instance waits for its migrations. */
const migrationMsMax = 600_000;

async function prepare(
  pool: PgPool,
  tables: { readonly schema: string; readonly partitions: number; readonly guard: boolean },
  runtime: Runtime,
  limits: PostgresLimits,
): Promise<void> {
  const held = await createConnections(pool, runtime, { ...limits, answerMsMax: migrationMsMax }).hold();
  try {
    await migrate(held, tables, bytesToHex(runtime.randomBytes(16)));
  } finally {
    held.release(true); // with its lock, and with the times that it was given
  }
}

async function rejectingLikeReads<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    throw readFault(error);
  }
}

/** For statements that may be repeated without harm, also when they were done. */
async function retrying(connections: Connections, runtime: Runtime, retryMsMax: number, statement: Statement): Promise<readonly TextRow[]> {
  const untilMs = runtime.nowMs() + retryMsMax;
  for (let delayMs = 10; ; delayMs = Math.min(delayMs * 2, 1_000)) {
    try {
      return await connections.run(statement);
    } catch (error) {
      const passes = error instanceof DatabaseFault && error.kind !== "refused";
      if (!passes || runtime.nowMs() + delayMs > untilMs) throw readFault(error);
    }
    const waitMs = runtime.random() * delayMs;
    await new Promise<void>((resolve) => void runtime.setTimer(waitMs, resolve));
  }
}
