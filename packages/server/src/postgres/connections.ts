/**
 * The pool, bounded in every direction: a wait for a connection ends, a statement ends, and a connection that has failed is thrown away. A
 * connection is made ours before its first statement, whoever opened it.
 */
import { HoldfastError, type Runtime } from "@holdfast/core/engine";
import { classifyFault, type FaultKind, toStoreError } from "./faults.ts";
import { applySettings, checkSettings, type FoundSettings, readSettings, sessionSettings, type TimeLimits } from "./settings.ts";

/** What is used of a `pg` client: `client.query(config)`. */
export interface PgClient {
  query(config: PgQuery): Promise<PgResult>;
  release(destroy?: boolean | Error): void;
  on?(event: "error", listener: (error: Error) => void): unknown;
}

export interface PgQuery {
  readonly text: string;
  readonly name?: string;
  readonly values?: readonly unknown[];
  readonly rowMode?: "array";
  readonly types?: { getTypeParser(): (text: string) => string };
}

export interface PgResult {
  readonly rows: readonly unknown[];
  readonly rowCount: number | null;
}

/** What is used of a `pg` pool. */
export interface PgPool {
  connect(): Promise<PgClient>;
  on?(event: "error", listener: (error: Error) => void): unknown;
}

/** Rows of text; `null` is SQL's. */
export type TextRow = readonly (string | null)[];

export interface Statement {
  readonly text: string;
  /** Under it the server keeps the plan. */
  readonly name?: string;
  readonly values?: readonly unknown[];
}

export interface ConnectionLimits extends TimeLimits {
  /** A connection is waited for so long; then `store-busy`. */
  readonly connectMsMax: number;
  /** An answer is waited for so long; then the connection is given up. */
  readonly answerMsMax: number;
}

/** A failure with what it means. */
export class DatabaseFault extends Error {
  override readonly name = "DatabaseFault";
  readonly kind: FaultKind;

  constructor(error: unknown, kind: FaultKind) {
    super(error instanceof Error ? error.message : String(error), { cause: error });
    this.kind = kind;
  }
}

/** A connection that is held for more than one statement. */
export interface Held {
  run(statement: Statement): Promise<readonly TextRow[]>;
  /** `destroy`: it is not used again. */
  release(destroy: boolean): void;
}

export interface Connections {
  /** One statement, in a transaction of its own. Rejects with a `DatabaseFault`. */
  run(statement: Statement): Promise<readonly TextRow[]>;
  hold(): Promise<Held>;
  /** Connections that broke so far, in use or at rest. */
  readonly breaks: number;
}

const asText = { getTypeParser: () => (text: string) => text };

export function createConnections(pool: PgPool, runtime: Runtime, limits: ConnectionLimits): Connections {
  const ours = new WeakSet<PgClient>();
  let breaks = 0;

  async function connect(): Promise<PgClient> {
    const client = await within(runtime, limits.connectMsMax, pool.connect(), "A connection to PostgreSQL", (late) => late.release()).catch(
      (error: unknown) => {
        throw new DatabaseFault(error, classifyFault(error, false));
      },
    );
    if (ours.has(client)) return client;
    // One that breaks while it rests in the pool, or while it is prepared, says so by this event, and would end the process without a listener.
    client.on?.("error", () => void breaks++);
    try {
      await prepare(client);
    } catch (error) {
      client.release(true);
      throw error instanceof HoldfastError && !error.retry ? error : new DatabaseFault(error, "gone");
    }
    ours.add(client);
    return client;
  }

  async function prepare(client: PgClient): Promise<void> {
    const settings = sessionSettings(limits);
    await ask(client, { text: applySettings, values: [settings.map(([name]) => name), settings.map(([, value]) => value)] });
    const found = await within(runtime, limits.answerMsMax, client.query({ text: readSettings }), "PostgreSQL's settings");
    checkSettings(found.rows[0] as FoundSettings);
  }

  async function ask(client: PgClient, { text, name, values = [] }: Statement): Promise<readonly TextRow[]> {
    const query: PgQuery = { text, values, rowMode: "array", types: asText, ...(name === undefined ? {} : { name }) };
    try {
      const result = await within(runtime, limits.answerMsMax, client.query(query), "PostgreSQL's answer");
      return result.rows as readonly TextRow[];
    } catch (error) {
      throw new DatabaseFault(error, classifyFault(error, true));
    }
  }

  return {
    get breaks() {
      return breaks;
    },
    async run(statement) {
      const client = await connect();
      try {
        const rows = await ask(client, statement);
        client.release();
        return rows;
      } catch (error) {
        if (isBroken(error)) breaks++;
        client.release(isBroken(error));
        throw error;
      }
    },
    async hold() {
      const client = await connect();
      let released = false;
      return {
        run: (statement) => ask(client, statement),
        release(destroy) {
          if (released) return;
          released = true;
          client.release(destroy);
        },
      };
    },
  };
}

function ignore(): void {}

export function isBroken(error: unknown): boolean {
  return !(error instanceof DatabaseFault) || error.kind === "lost" || error.kind === "gone";
}

/** As the port's readers reject. */
export function readFault(error: unknown): unknown {
  return error instanceof DatabaseFault ? toStoreError(error.cause, error.kind) : error;
}

/** What comes too late is let go of by `late`. */
function within<T>(runtime: Runtime, delayMs: number, promise: Promise<T>, what: string, late: (value: T) => void = ignore): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = false;
    const cancel = runtime.setTimer(delayMs, () => {
      over = true;
      reject(
        new HoldfastError("store-busy", `${what} did not come within ${delayMs} ms.`, {
          origin: "disk",
          retry: true,
          advice: "It is tried again; look at the database, and at the size of the pool.",
        }),
      );
    });
    promise.then(
      (value) => {
        cancel();
        if (over) late(value);
        else resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}
