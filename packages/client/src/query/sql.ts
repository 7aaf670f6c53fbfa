/** `replica.sql`: any SQL that only reads, also live. The engine's own tables begin with an underscore and are nobody's interface. */
import { callerError, type SqlitePort, type SqlRow, type SqlValue, type Value } from "@holdfast/core/engine";
import { everything } from "../apply/outcome.ts";
import { valueToSql } from "../store/projection.ts";
import type { LiveQuery } from "./live.ts";
import type { ReplicaReads } from "./reads.ts";

export interface SqlQuery {
  all<Row = SqlRow>(): Promise<readonly Row[]>;
  first<Row = SqlRow>(): Promise<Row | undefined>;
  /** Called at once, and again whenever a commit has changed the result. */
  subscribe<Row = SqlRow>(listener: (rows: readonly Row[]) => void): LiveQuery<Row>;
}

export type SqlTag = (text: TemplateStringsArray, ...values: readonly unknown[]) => SqlQuery;

export function createSql(reads: ReplicaReads, port: SqlitePort): SqlTag {
  return (parts, ...values) => {
    const sql = parts.join("?");
    const parameters = values.map(toParameter);
    const run = (): readonly SqlRow[] => {
      checkReadOnly(sql);
      return readOnly(port, () => reads.all(sql, parameters));
    };
    const words = new Set(sql.toLowerCase().match(/[a-z_][a-z0-9_]*/g) ?? []);
    const all = async <Row>(): Promise<readonly Row[]> => {
      await reads.ready(everything, undefined);
      return run() as readonly Row[];
    };
    return {
      all,
      first: async <Row>() => (await all<Row>())[0],
      subscribe<Row>(listener: (rows: readonly Row[]) => void) {
        checkReadOnly(sql);
        let shown: string | undefined;
        return reads.subscribe<Row>({
          space: undefined,
          collection: everything,
          reads: (collection) => words.has(collection.toLowerCase()),
          rerun(show) {
            const rows = run() as readonly Row[];
            const text = JSON.stringify(rows, (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
            if (text === shown) return;
            shown = text;
            show(rows);
            listener(rows);
          },
        });
      },
    };
  };
}

/** Two locks: only a statement that begins as a query is let through, and SQLite itself refuses to change anything meanwhile. */
export function checkReadOnly(sql: string): void {
  const text = sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ").trim();
  if (!/^(select|with|values|explain)\b/i.test(text)) throw refused("It is no SELECT or WITH.");
}

function readOnly<T>(port: SqlitePort, body: () => T): T {
  port.all("PRAGMA query_only=1");
  try {
    return body();
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error), error);
  } finally {
    port.all("PRAGMA query_only=0");
  }
}

function refused(why: string, cause?: unknown): Error {
  return callerError("invalid-query", `SQL: ${why.replace(/\.$/, "")}.`, "Use replica.write.", cause);
}

export function toParameter(value: unknown): SqlValue {
  const isPlain = ["string", "bigint", "boolean"].includes(typeof value) || value === null || value instanceof Uint8Array;
  if (isPlain || Number.isFinite(value)) return valueToSql(value as Value, "register");
  throw callerError("invalid-query", `A ${typeof value} is no parameter of SQL.`, "Pass text, numbers or bytes.");
}
