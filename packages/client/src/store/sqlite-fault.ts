/** SQLite's result codes as faults of origin `disk`: one table for every adapter, whatever its library tells of a failure. */
import { HoldfastError } from "@holdfast/core";

/** SQLite's primary result codes: the low byte. */
const primary = { busy: 5, locked: 6, readOnly: 8, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, notDatabase: 26 } as const;

/** Undefined for a code that is no fault of the disk: a mistake in the SQL, a constraint, misuse. */
export function toSqliteFault(code: number, message: string, cause: unknown): HoldfastError | undefined {
  const happened = `SQLite says: ${message} (${code}).`;
  const fault = (name: "store-locked" | "store-full" | "store-corrupt" | "store-failed", retry: boolean, advice: string) =>
    new HoldfastError(name, happened, { origin: "disk", retry, advice, cause });
  switch (code & 0xff) {
    case primary.busy:
    case primary.locked:
      return fault(
        "store-locked",
        true,
        "Another process or another replica in this process holds the file: close it first, or give this one its own path.",
      );
    case primary.full:
      return fault("store-full", true, "Free some space and try again; nothing was changed.");
    case primary.corrupt:
    case primary.notDatabase:
      return fault(
        "store-corrupt",
        false,
        "Move the file away and keep it: `holdfast inspect` may still read what it holds, and a new file is filled from the server.",
      );
    case primary.readOnly:
    case primary.ioError:
    case primary.cannotOpen:
      return fault("store-failed", true, "Check the disk, the path and its permissions; nothing was changed.");
    default:
      return undefined;
  }
}
