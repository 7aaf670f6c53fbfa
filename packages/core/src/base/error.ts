/**
 * The one error class that crosses the public API. The table of codes is `docs/spec/errors.md`; a test holds the two together.
 * A defect is not one of these: it is our bug, and stops the replica.
 */
export type ErrorCode =
  // The caller asked for something that cannot be kept. Nothing has changed.
  | "invalid-value"
  | "invalid-text"
  | "too-large"
  | "unknown-space"
  | "unknown-collection"
  | "unknown-field"
  | "unknown-intent"
  | "no-such-record"
  | "record-exists"
  | "wrong-kind"
  | "out-of-range"
  | "transaction-closed"
  | "read-only"
  | "no-access"
  | "limit-reached"
  | "invalid-schema"
  | "invalid-option"
  | "invalid-query"
  // The replica or its store.
  | "closed"
  | "stopped"
  | "store-locked"
  | "store-corrupt"
  | "store-full"
  | "store-failed"
  | "store-unsafe"
  | "store-mismatch"
  | "store-busy"
  | "commit-unknown"
  | "cursor-expired"
  // The link and the far side.
  | "unreachable"
  | "timeout"
  | "stale-intermediary"
  | "unauthenticated"
  | "wrong-principal"
  | "protocol-mismatch"
  | "server-error"
  | "overloaded";

export interface ErrorDetail {
  /** Who can do something about it. */
  readonly origin: "caller" | "disk" | "link" | "server";
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retry: boolean;
  /** What to do, in one sentence. */
  readonly advice: string;
  readonly cause?: unknown;
}

export class HoldfastError extends Error {
  override readonly name = "HoldfastError";
  declare readonly code: ErrorCode;
  declare readonly origin: ErrorDetail["origin"];
  declare readonly retry: boolean;
  declare readonly advice: string;

  /** `happened`: what happened and why, in one or two sentences. The message ends with the advice. */
  constructor(code: ErrorCode, happened: string, detail: ErrorDetail) {
    const { cause, ...told } = detail;
    super(`${happened} ${told.advice}`, cause === undefined ? undefined : { cause });
    Object.assign(this, { code }, told);
  }
}

/** A legal no to the caller, before anything has changed. */
export function callerError(code: ErrorCode, happened: string, advice: string, cause?: unknown): HoldfastError {
  return new HoldfastError(code, happened, { origin: "caller", retry: false, advice, cause });
}

export function invalidValue(place: string, reason: string): HoldfastError {
  return callerError("invalid-value", `"${place}" cannot be kept: ${reason}`, "Pass one that is accepted.");
}

export function tooLargeValue(place: string, bytesMax: number): HoldfastError {
  return callerError("too-large", `"${place}" is larger than ${bytesMax} bytes.`, "Split it, or keep a reference.");
}

export function wrongKind(place: string, kind: string): HoldfastError {
  const call = ["counter", "set", "list", "text"].includes(kind) ? kind : "update";
  return callerError("wrong-kind", `"${place}" is of kind ${kind}.`, `Use tx.….${call}(id, …).`);
}

export function noSuch(what: string): HoldfastError {
  return callerError("no-such-record", `There is no ${what}.`, "Create it, or list them again.");
}

const undeclared = (code: ErrorCode, happened: string): HoldfastError => callerError(code, happened, "Declare it, or correct the name.");

export function unknownCollection(collection: string): HoldfastError {
  return undeclared("unknown-collection", `The schema has no collection "${collection}".`);
}

export function unknownField(collection: string, field: unknown): HoldfastError {
  return undeclared("unknown-field", `"${collection}" has no field "${typeof field === "string" ? field : typeof field}".`);
}

export function unknownIntent(intent: string): HoldfastError {
  return undeclared("unknown-intent", `The schema has no intent "${intent}".`);
}
