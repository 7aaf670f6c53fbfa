/** What a failure of the database means: whether anything of the statement can be there, and whether the same again can succeed. */
import { HoldfastError } from "@holdfast/core/engine";

/**
 * `refused`: the statement itself, for good. `passing`: it was rolled back, or never sent, for a reason that passes. `lost`: the connection
 * broke, or said that it ends, while the statement was under way: a commit may be done. `gone`: like `passing`, and the connection is of no
 * use any more.
 */
export type FaultKind = "refused" | "passing" | "gone" | "lost";

interface ServerError {
  readonly code?: string;
  readonly severity?: string;
}

const passing: ReadonlySet<string> = new Set([
  "40001", // serialization failure
  "40P01", // deadlock
  "55P03", // lock not available in time
  "57014", // cancelled: statement timeout
  "53100", // disk full
  "53200", // out of memory
  "53400",
]);

/** 25006: the server has become a standby; 25P02, 25P03: what is left of a connection whose transaction was ended. */
const gone: ReadonlySet<string> = new Set(["25006", "25P02", "25P03", "53300"]);

export function classifyFault(error: unknown, sent: boolean): FaultKind {
  const { code, severity } = (error ?? {}) as ServerError;
  const answered = severity !== undefined && typeof code === "string" && code.length === 5;
  if (!sent) return "gone";
  // FATAL and class 57P: the backend ends, perhaps behind its commit, while it waits for a standby.
  if (!answered || severity === "FATAL" || severity === "PANIC" || code.startsWith("57P") || code.startsWith("08")) return "lost";
  if (gone.has(code)) return "gone";
  return passing.has(code) ? "passing" : "refused";
}

/** A fault in the words of the public error. */
export function toStoreError(error: unknown, kind: FaultKind): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const { code } = (error ?? {}) as ServerError;
  const message = error instanceof Error ? error.message : String(error);
  const full = code === "53100";
  return new HoldfastError(full ? "store-full" : "store-failed", `PostgreSQL: ${message}${code === undefined ? "" : ` (${code})`}.`, {
    origin: "disk",
    retry: kind !== "refused",
    advice: full
      ? "Free space on the database's disk."
      : kind === "refused"
        ? "See the cause."
        : "It is tried again; look at the database if it stays.",
    cause: error,
  });
}
