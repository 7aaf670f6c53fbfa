/** A place or a length, as an app passes it. */
import { callerError } from "../base/error.ts";

export function checkCount(what: string, value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw callerError("out-of-range", `${what} is a whole number from 0.`, "Pass an index within it.");
  return value;
}
