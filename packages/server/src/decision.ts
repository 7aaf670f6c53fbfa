/** The two answers that an app's callbacks give at r0. */
import type { Value } from "@holdfast/core/engine";

export interface Accepted {
  readonly type: "accept";
  readonly result: unknown;
}

export interface Refused {
  readonly type: "refuse";
  readonly code: string;
  readonly reason: string;
}

export type Decision = Accepted | Refused;

/** Yes; for an intent, with what its author is told. */
export function accept(result: Value | undefined = null): Accepted {
  return { type: "accept", result };
}

/** A final no. `code` is for programs, `reason` for people; both reach the author's dead letters. */
export function refuse(code: string, reason: string): Refused {
  return { type: "refuse", code, reason };
}
