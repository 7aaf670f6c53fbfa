/**
 * expo-sqlite as a `NativeConnection`: its synchronous calls, statements cached by their text.
 *
 * The shapes are those of expo-sqlite 57.0.3: `build/SQLiteDatabase.d.ts` (`openDatabaseSync`, `SQLiteDatabase`), `build/NativeDatabase.d.ts`
 * (`SQLiteOpenOptions`) and `build/SQLiteStatement.d.ts` (`SQLiteStatement`, `SQLiteExecuteSyncResult`). Only what is called is declared.
 */
import { checkKeyOpens, quoteKey, refuseWithoutCipher } from "../native/cipher.ts";
import { splitDatabasePath } from "../native/database-path.ts";
import type { NativeConnection, NativeResult, NativeValue } from "../native/native-connection.ts";
import { isPragma } from "../store/pragma.ts";

/** What of the module is used: the module itself fits. */
export interface ExpoSqlite {
  openDatabaseSync(
    databaseName: string,
    options?: { readonly useNewConnection?: boolean; readonly finalizeUnusedStatementsBeforeClosing?: boolean },
    directory?: string,
  ): ExpoDatabase;
}

export interface ExpoDatabase {
  execSync(source: string): void;
  prepareSync(source: string): ExpoStatement;
  closeSync(): void;
}

export interface ExpoStatement {
  executeForRawResultSync(params: NativeValue[]): { getAllSync(): unknown[][]; resetSync(): void };
  getColumnNamesSync(): string[];
  finalizeSync(): void;
}

export interface ExpoConnectionOptions {
  readonly path: string;
  /** Of SQLCipher. */
  readonly key?: string | undefined;
}

interface CachedStatement {
  readonly statement: ExpoStatement;
  readonly columns: readonly string[];
}

/** The oldest is finalized beyond this. */
const statementsMax = 128;

export function connectExpoSqlite(sqlite: ExpoSqlite, { path, key }: ExpoConnectionOptions): NativeConnection {
  const { name, directory } = splitDatabasePath(path);
  // Without `useNewConnection` a second opening of the path is handed the first one's connection: two owners, and nobody is told (trap 14).
  const database = sqlite.openDatabaseSync(name, { useNewConnection: true }, directory);
  const statements = new Map<string, CachedStatement>();

  const connection: NativeConnection = {
    query(sql, parameters) {
      const { statement, columns } = prepare(sql);
      try {
        const result = execute(statement, columns, parameters);
        if (isPragma(sql)) finalizeQuietly(statement);
        return result;
      } catch (error) {
        // After an error its state is nobody's business: the next call prepares it anew.
        statements.delete(sql);
        finalizeQuietly(statement);
        throw error;
      }
    },
    close() {
      for (const { statement } of statements.values()) finalizeQuietly(statement);
      statements.clear();
      try {
        database.closeSync();
      } catch {
        // Closed already, by a reload of the app for instance.
      }
    },
  };
  if (key !== undefined) openCipher(database, connection, key);
  return connection;

  function prepare(sql: string): CachedStatement {
    const cached = statements.get(sql);
    if (cached !== undefined) return cached;
    if (statements.size >= statementsMax) {
      const oldest = statements.keys().next().value as string;
      finalizeQuietly((statements.get(oldest) as CachedStatement).statement);
      statements.delete(oldest);
    }
    const statement = database.prepareSync(sql);
    const fresh = { statement, columns: statement.getColumnNamesSync() };
    if (!isPragma(sql)) statements.set(sql, fresh);
    return fresh;
  }
}

function execute(statement: ExpoStatement, columns: readonly string[], parameters: readonly NativeValue[]): NativeResult {
  const result = statement.executeForRawResultSync([...parameters]);
  const rows = result.getAllSync();
  // Stepped to its end, and yet not reset: until then it counts as running, and keeps a read transaction open.
  result.resetSync();
  return { columns, rows };
}

/** Before anything else is asked of the connection. */
function openCipher(database: ExpoDatabase, connection: NativeConnection, key: string): void {
  try {
    database.execSync(`PRAGMA key = ${quoteKey(key)}`);
    if (connection.query("PRAGMA cipher_version", []).rows.length === 0)
      throw refuseWithoutCipher("expo-sqlite", '"useSQLCipher": true in the options of its config plugin');
    checkKeyOpens(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Finalizing repeats the error of the last step. */
function finalizeQuietly(statement: ExpoStatement): void {
  try {
    statement.finalizeSync();
  } catch {
    // It is gone all the same.
  }
}
