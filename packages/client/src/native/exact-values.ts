/**
 * Integers of 64 bits and empty bytes through a bridge that carries neither.
 *
 * Both libraries bind a JavaScript number as a double (or, if it fits, as an int of 32 bits) and give an integer back as a double
 * (op-sqlite 18.2.5, `cpp/OPBridge.cpp`: "Warning this will loose precision"; expo-sqlite 57.0.3, `ios/SQLiteModule.swift`,
 * `getColumnValue` and `bindStatementParam`: an Int64 that the bridge makes a double of). Empty bytes reach SQLite with a null pointer
 * on some platforms, which binds NULL. Neither is told by an error: a value would be another one, silently (trap 20).
 */
import type { SqlRow, SqlValue } from "@holdfast/core/engine";
import type { NativeResult, NativeValue } from "./native-connection.ts";

export interface NativeStatementText {
  readonly sql: string;
  readonly parameters: readonly NativeValue[];
}

/** A `+` takes from the cast the affinity that it would give to what it is compared with: a bound value has none. */
const asInteger = "(+CAST(? AS INTEGER))";
const asBytes = "(+CAST(? AS BLOB))";

/** Integers go as text that SQLite itself makes integers of, empty bytes likewise. Statements without either stay as they are. */
export function bindExactly(sql: string, parameters: readonly SqlValue[]): NativeStatementText {
  if (!parameters.some(needsCast)) return { sql, parameters: parameters as readonly NativeValue[] };
  const marks = findParameters(sql);
  let text = "";
  let from = 0;
  let next = 0;
  for (const mark of marks) {
    // `?3` is the third, `?` the one after the highest so far.
    const index = mark.number ?? next + 1;
    next = Math.max(next, index);
    const value = parameters[index - 1];
    const cast = value === undefined || !needsCast(value) ? undefined : typeof value === "bigint" ? asInteger : asBytes;
    text += sql.slice(from, mark.from);
    text += cast === undefined ? sql.slice(mark.from, mark.to) : cast.replace("?", sql.slice(mark.from, mark.to));
    from = mark.to;
  }
  return {
    sql: text + sql.slice(from),
    parameters: parameters.map((value) => (!needsCast(value) ? (value as NativeValue) : typeof value === "bigint" ? String(value) : "")),
  };
}

function needsCast(value: SqlValue): boolean {
  return typeof value === "bigint" || (value instanceof Uint8Array && value.length === 0);
}

interface ParameterMark {
  readonly from: number;
  readonly to: number;
  /** Of `?12`. */
  readonly number: number | undefined;
}

/** Text, names and comments are passed over: a question mark in them is none of ours. */
function findParameters(sql: string): readonly ParameterMark[] {
  const marks: ParameterMark[] = [];
  const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\?(\d*)/g;
  for (let found = token.exec(sql); found !== null; found = token.exec(sql)) {
    const digits = found[1];
    if (digits === undefined) continue;
    marks.push({ from: found.index, to: found.index + found[0].length, number: digits === "" ? undefined : Number(digits) });
  }
  return marks;
}

/** Whether some number may be an integer that was rounded on the way. Floats of that size ask in vain, and rarely. */
export function mayBeRounded({ rows }: NativeResult): boolean {
  return rows.some((row) => row.some((value) => typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)));
}

/** The same query once more, with its integers as text. The caller runs it in the same turn, on the same connection: nothing has changed in between. */
export function widened(sql: string, columns: number): string {
  const names = Array.from({ length: columns }, (_, index) => `c${index}`);
  const read = names.map((name) => `CASE typeof(${name}) WHEN 'integer' THEN CAST(${name} AS TEXT) END`);
  return `WITH _wide(${names.join(", ")}) AS (${sql.replace(/;\s*$/, "")}\n) SELECT ${read.join(", ")} FROM _wide`;
}

/** `wide`: what `widened` gave, row by row. An integer is a bigint only where a number would round. */
export function toSqlRows({ columns, rows }: NativeResult, wide: NativeResult | undefined): readonly SqlRow[] {
  return rows.map((values, at) => {
    const row: Record<string, SqlValue> = {};
    for (const [index, name] of columns.entries()) {
      const value = values[index];
      const digits = wide?.rows[at]?.[index];
      const isRounded = typeof digits === "string" && !Number.isSafeInteger(value);
      row[name] = isRounded ? BigInt(digits) : toSqlValue(value);
    }
    return row;
  });
}

function toSqlValue(value: unknown): SqlValue {
  if (value === undefined || value === null) return null;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value as SqlValue;
}
