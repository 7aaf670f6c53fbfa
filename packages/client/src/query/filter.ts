/** `where` as SQL over a collection's projection columns. Unknown fields and values that cannot be compared are refused before anything runs. */
import { callerError, type FieldSpec, normalizeValue, type SqlValue, unknownField, type Value } from "@holdfast/core/engine";
import { quote } from "../store/names.ts";
import { valueToSql } from "../store/projection.ts";
import type { CollectionStatements } from "../store/store.ts";

export interface Comparison<T> {
  readonly gt?: T;
  readonly gte?: T;
  readonly lt?: T;
  readonly lte?: T;
  readonly ne?: T | null;
  readonly in?: readonly T[];
}

/** A value (equal), or an object of comparisons that all must hold. */
export type Filter<Row> = { readonly [F in keyof Row]?: Row[F] | Comparison<Row[F]> };

export interface CompiledFilter {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

const operators: Readonly<Record<string, string>> = { gt: ">", gte: ">=", lt: "<", lte: "<=", ne: "IS NOT" };
const inValuesMax = 500;

export function compileFilter(statements: CollectionStatements, filter: Readonly<Record<string, unknown>>): CompiledFilter {
  const conditions: string[] = [];
  const parameters: SqlValue[] = [];
  for (const [field, wanted] of Object.entries(filter)) {
    if (wanted === undefined) continue;
    const column = columnOf(statements, field);
    const spec = statements.spec.fields.get(field);
    const compare = (operator: string, value: unknown): void => {
      conditions.push(`${column} ${operator} ?`);
      parameters.push(toParameter(field, spec, value));
    };
    if (!isComparison(wanted)) {
      compare("IS", wanted);
      continue;
    }
    for (const [name, value] of Object.entries(wanted)) {
      if (value === undefined) continue;
      if (name !== "in") {
        compare(operators[name] as string, value);
        continue;
      }
      if (!Array.isArray(value) || value.length > inValuesMax)
        throw callerError("invalid-query", `"${field}" takes no such list.`, `Pass an array of at most ${inValuesMax}.`);
      const values = value.map((each) => toParameter(field, spec, each));
      const isNull = values.includes(null) ? ` OR ${column} IS NULL` : "";
      conditions.push(`(${column} IN (${values.map(() => "?").join(", ")})${isNull})`);
      parameters.push(...values);
    }
  }
  return { sql: conditions.map((condition) => ` AND ${condition}`).join(""), parameters };
}

export function columnOf(statements: CollectionStatements, field: string): string {
  if (field === "id") return "id";
  const column = statements.columns.get(field);
  if (column === undefined) throw unknownField(statements.name, field);
  return quote(column);
}

/** A plain object whose properties are all comparisons. An object as a value is compared with { in: [value] }. */
function isComparison(wanted: unknown): wanted is Readonly<Record<string, unknown>> {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted) || wanted instanceof Uint8Array) return false;
  const keys = Object.keys(wanted);
  return keys.length > 0 && keys.every((key) => Object.hasOwn(operators, key) || key === "in");
}

function toParameter(field: string, spec: FieldSpec | undefined, wanted: unknown): SqlValue {
  const normalized = normalizeValue(wanted);
  if (!normalized.ok)
    throw callerError("invalid-query", `"${field}" cannot be compared with that: ${normalized.reason}`, "Correct the call.");
  return valueToSql(normalized.value satisfies Value, spec?.kind ?? "register");
}
