/**
 * What a library of React Native says of a failure, as a fault. Neither gives a code of its own: it stands in the message, in four ways.
 *
 * - expo-sqlite on iOS: `Error code 5: database is locked` (`ios/SQLiteModule.swift`, `convertSqlLiteErrorToString`).
 * - expo-sqlite on Android: the same, but the code is appended as a *character* (`android/src/main/cpp/NativeDatabaseBinding.cpp`,
 *   `result += code`): U+0005 where iOS has a 5.
 * - op-sqlite: `SQLite error code: 5, description: …`, `error on opsqlite_execute:\n5 description:`, `error:5 description:`.
 * - Either, where no statement runs yet: SQLite's sentence alone, or not even that.
 */
import { HoldfastError } from "@holdfast/core";
import { toSqliteFault } from "../store/sqlite-fault.ts";

/** SQLite's own sentences (`sqlite3ErrStr`), for messages without a code. */
const sentences: readonly (readonly [string, number])[] = [
  ["database is locked", 5],
  ["database table is locked", 6],
  ["attempt to write a readonly database", 8],
  ["disk I/O error", 10],
  ["database disk image is malformed", 11],
  ["database or disk is full", 13],
  ["unable to open database file", 14],
  ["file is not a database", 26],
];

/** The error itself where it is no fault of the disk. */
export function toNativeFault(error: unknown): unknown {
  if (error instanceof HoldfastError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(message);
  return (code === undefined ? undefined : toSqliteFault(code, sentenceOf(message), error)) ?? error;
}

/** Of a failure to open: without a code the library has still not opened the file. */
export function toOpenFault(error: unknown): unknown {
  const fault = toNativeFault(error);
  if (fault instanceof HoldfastError) return fault;
  return new HoldfastError("store-failed", `The database was not opened: ${error instanceof Error ? error.message : String(error)}.`, {
    origin: "disk",
    retry: true,
    advice: "Check the path, and that the native module is part of the build; nothing was changed.",
    cause: error,
  });
}

function codeOf(message: string): number | undefined {
  const expo = /Error code (\d+|[\s\S]): /.exec(message)?.[1];
  if (expo !== undefined) return /^\d/.test(expo) ? Number(expo) : expo.charCodeAt(0);
  const op = /(?:error code: ?|SQLite code: ?|error:|:\n)(\d+)(?:, | )(?:description|execution)/.exec(message)?.[1];
  if (op !== undefined) return Number(op);
  return sentences.find(([sentence]) => message.includes(sentence))?.[1];
}

/** The last line: what comes before it are the names of native calls. */
function sentenceOf(message: string): string {
  return (
    message
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/[^ -~]/g, "") ?? message
  );
}
