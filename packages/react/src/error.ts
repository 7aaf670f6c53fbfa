import type { HoldfastError } from "@holdfast/core";

/** A defect is thrown again: it belongs to an error boundary. By name, since a development server may hold two copies of the class. */
export function toHoldfastError(error: unknown): HoldfastError {
  if (error instanceof Error && error.name === "HoldfastError") return error as HoldfastError;
  throw error;
}
