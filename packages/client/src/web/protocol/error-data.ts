/** Errors between a worker and a page: a `HoldfastError` arrives as one; of anything else what it says. */
import { type ErrorCode, HoldfastError } from "@holdfast/core";

export interface ErrorData {
  /** Empty: not one of ours. */
  readonly code: ErrorCode | "";
  readonly message: string;
  readonly origin: HoldfastError["origin"];
  readonly retry: boolean;
  readonly advice: string;
}

export function errorToData(error: unknown): ErrorData {
  if (error instanceof HoldfastError) {
    const { code, message, origin, retry, advice } = error;
    return { code, message, origin, retry, advice };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: "", message, origin: "caller", retry: false, advice: "" };
}

export function dataToError({ code, message, origin, retry, advice }: ErrorData): Error {
  if (code === "") return new Error(message);
  const happened = message.endsWith(` ${advice}`) ? message.slice(0, -advice.length - 1) : message;
  return new HoldfastError(code, happened, { origin, retry, advice });
}
