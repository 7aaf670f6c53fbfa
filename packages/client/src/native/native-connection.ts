/** What a SQLite library of React Native is reduced to: one connection, one statement at a time, values as JavaScript's bridge lets them through. */

/** No bigint crosses the bridge of either library; numbers arrive as doubles. */
export type NativeValue = null | number | string | Uint8Array;

export interface NativeResult {
  readonly columns: readonly string[];
  /** Values in the order of the columns; bytes as `ArrayBuffer` or as a view. */
  readonly rows: readonly (readonly unknown[])[];
}

export interface NativeConnection {
  /** One statement, to its end: nothing of it is stepped and not reset afterwards. Throws what the library throws. */
  query(sql: string, parameters: readonly NativeValue[]): NativeResult;
  /** Finalizes every statement and lets go of the file. Never throws. */
  close(): void;
}
