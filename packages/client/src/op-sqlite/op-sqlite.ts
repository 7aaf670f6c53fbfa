/**
 * op-sqlite as a `NativeConnection`.
 *
 * The shapes are those of @op-engineering/op-sqlite 18.2.5: `lib/typescript/src/functions.d.ts` (`open`, `isSQLCipher`) and
 * `lib/typescript/src/types.d.ts` (`OpenOptions`, `DB`, `RawQueryResult`). Only what is called is declared.
 *
 * Its prepared statements are not used: they cannot be finalized (`PreparedStatement` has `bind` and `execute`, and ends when the garbage
 * collector finds it), and `close` is `sqlite3_close_v2`, which keeps the file open until the last of them has ended. A statement that is
 * prepared anew costs some ten microseconds; a lock that outlives the app's last turn costs the app.
 */
import { checkKeyOpens, refuseWithoutCipher } from "../native/cipher.ts";
import { splitDatabasePath } from "../native/database-path.ts";
import type { NativeConnection, NativeValue } from "../native/native-connection.ts";

/** What of the module is used: the module itself fits. */
export interface OpSqlite {
  open(params: { name: string; location?: string; encryptionKey?: string }): OpDatabase;
  isSQLCipher(): boolean;
}

export interface OpDatabase {
  executeRawSync(query: string, params?: NativeValue[]): { rawRows: unknown[][]; columnNames: string[] };
  close(): void;
}

export interface OpConnectionOptions {
  readonly path: string;
  /** Of SQLCipher. */
  readonly key?: string | undefined;
}

export function connectOpSqlite(sqlite: OpSqlite, { path, key }: OpConnectionOptions): NativeConnection {
  const { name, directory } = splitDatabasePath(path);
  if (key !== undefined && !sqlite.isSQLCipher())
    throw refuseWithoutCipher("op-sqlite", '"op-sqlite": { "sqlcipher": true } in package.json');
  const database = sqlite.open({
    name,
    ...(directory === undefined ? {} : { location: directory }),
    ...(key === undefined ? {} : { encryptionKey: key }),
  });
  const connection: NativeConnection = {
    query(sql, parameters) {
      const { rawRows, columnNames } = database.executeRawSync(sql, [...parameters]);
      return { columns: columnNames, rows: rawRows };
    },
    close() {
      try {
        database.close();
      } catch {
        // Closed already.
      }
    },
  };
  if (key === undefined) return connection;
  try {
    checkKeyOpens(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}
