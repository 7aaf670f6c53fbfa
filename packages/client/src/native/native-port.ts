/**
 * `SqlitePort` over a connection of React Native, and its *rest*: while the app is in the background nothing stays open between two turns,
 * no statement, no transaction, no lock on the file. iOS kills an app that is suspended while it holds one.
 *
 * ```
 *            first use                    rest()
 *  closed ─────────────► open, awake ◄──────────────► open, resting ──(the turn ends)──► let go
 *                                        wake()             ▲                               │
 *                                                           └───────── next use ────────────┘
 * ```
 * A file that was let go may have been another's meanwhile: an app extension, a second replica. It is taken up again only if nobody has opened
 * it as a replica since (trap 14); otherwise this port is over, because what its replica knows is no longer what the file holds.
 */
import { HoldfastError } from "@holdfast/core";
import { assert, Defect, type SqlitePort, type SqlRow, type SqlValue } from "@holdfast/core/engine";
import { applySettings } from "../store/settings.ts";
import { bindExactly, mayBeRounded, toSqlRows, widened } from "./exact-values.ts";
import type { NativeConnection } from "./native-connection.ts";
import { toNativeFault, toOpenFault } from "./native-fault.ts";

export interface NativePort extends SqlitePort {
  /** Lets go at once, and after every turn in which the port was used, until `wake`. */
  rest(): void;
  wake(): void;
}

/** Throws as `connect` does. */
export function openNativePort(connect: () => NativeConnection): NativePort {
  let connection: NativeConnection | undefined = guarded(connect, toOpenFault);
  /** Who had the file when it was let go. */
  let owner: string | undefined;
  let isLost = false;
  let isResting = false;
  let isReleasePlanned = false;
  let isClosed = false;
  let isInTransaction = false;

  const query = (sql: string, parameters: readonly SqlValue[]): readonly SqlRow[] => {
    const current = use();
    return guarded(() => readAll(current, sql, parameters), toNativeFault);
  };

  const port: NativePort = {
    run: (sql, parameters = []) => void query(sql, parameters),
    all: (sql, parameters = []) => query(sql, parameters),
    transaction(body) {
      assert(!isInTransaction, "transactions do not nest");
      query("BEGIN IMMEDIATE", []);
      isInTransaction = true;
      try {
        const result = body();
        query("COMMIT", []);
        return result;
      } catch (error) {
        rollBack();
        throw error;
      } finally {
        isInTransaction = false;
      }
    },
    rest() {
      isResting = true;
      // Called by the host between two turns; within a transaction the turn's end lets go.
      if (isInTransaction) planRelease();
      else release();
    },
    wake() {
      isResting = false;
    },
    close() {
      isClosed = true;
      connection?.close();
      connection = undefined;
    },
  };
  return port;

  function use(): NativeConnection {
    if (isClosed) throw new Error("the port is closed");
    if (isResting) planRelease();
    return (connection ??= reopen());
  }

  /** At the end of the turn: what one turn does shares a connection, and its settings. */
  function planRelease(): void {
    if (isReleasePlanned) return;
    isReleasePlanned = true;
    void Promise.resolve().then(() => {
      isReleasePlanned = false;
      if (isResting && !isInTransaction) release();
    });
  }

  function release(): void {
    if (connection === undefined) return;
    owner = ownerOf(connection);
    connection.close();
    connection = undefined;
  }

  function reopen(): NativeConnection {
    if (isLost) throw takenOver();
    const fresh = guarded(connect, toOpenFault);
    try {
      applySettings(settingsPort(fresh));
      isLost = owner !== undefined && ownerOf(fresh) !== owner;
      if (isLost) throw takenOver();
      return fresh;
    } catch (error) {
      fresh.close();
      throw error;
    }
  }

  /** SQLite may have rolled back by itself (a full disk), and then says that there is nothing to roll back. */
  function rollBack(): void {
    try {
      connection?.query("ROLLBACK", []);
    } catch {
      // Either there was no transaction left, or the connection is broken and says so at the next call.
    }
  }
}

function readAll(connection: NativeConnection, sql: string, parameters: readonly SqlValue[]): readonly SqlRow[] {
  const statement = bindExactly(sql, parameters);
  const result = connection.query(statement.sql, statement.parameters);
  if (!mayBeRounded(result) || !isQuery(sql)) return toSqlRows(result, undefined);
  return toSqlRows(result, connection.query(widened(statement.sql, result.columns.length), statement.parameters));
}

/** A statement that changes something must not run twice: such a one returns rows only by RETURNING, which the engine does not use. */
function isQuery(sql: string): boolean {
  const first = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(select|values|with)\b/i.exec(sql)?.[1];
  return first !== undefined && (first.toLowerCase() !== "with" || !/\breturning\b/i.test(sql));
}

function settingsPort(connection: NativeConnection): SqlitePort {
  const all = (sql: string): readonly SqlRow[] => guarded(() => readAll(connection, sql, []), toNativeFault);
  const none = (): never => {
    throw new Defect("settings need no transaction");
  };
  return { all, run: (sql) => void all(sql), transaction: none, close: none };
}

/** Changes whenever the file is opened as a replica, and when it becomes another one. Undefined before there is one. */
function ownerOf(connection: NativeConnection): string | undefined {
  try {
    const { rows } = connection.query("SELECT key, value FROM _meta WHERE key IN ('boots', 'nonce', 'replica') ORDER BY key", []);
    return rows.length === 0 ? undefined : JSON.stringify(rows);
  } catch {
    return undefined;
  }
}

function takenOver(): HoldfastError {
  return new HoldfastError("store-locked", "Another replica has opened the file while this one rested.", {
    origin: "disk",
    retry: false,
    advice: "Close this replica and open the file anew: what was acknowledged is in it.",
  });
}

function guarded<T>(body: () => T, toFault: (error: unknown) => unknown): T {
  try {
    return body();
  } catch (error) {
    throw toFault(error);
  }
}
