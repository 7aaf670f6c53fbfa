/**
 * SQLCipher's key. A build without SQLCipher takes a key and ignores it, without a word: then the file would lie there in the clear.
 * So it is asked what it is, and a key that does not open a file is not mistaken for a damaged file, which an app might move away.
 */
import { HoldfastError } from "@holdfast/core";
import type { NativeConnection } from "./native-connection.ts";
import { toNativeFault } from "./native-fault.ts";

export function refuseWithoutCipher(library: string, setting: string): HoldfastError {
  return new HoldfastError("store-unsafe", `A key was given, and this build of ${library} has no SQLCipher: it would write in the clear.`, {
    origin: "caller",
    retry: false,
    advice: `Build it with ${setting}, or open without a key.`,
  });
}

/** `PRAGMA key` takes no parameter. */
export function quoteKey(key: string): string {
  return `'${key.replace(/'/g, "''")}'`;
}

/** Reads the file once, which is when SQLCipher finds out. */
export function checkKeyOpens(connection: NativeConnection): void {
  try {
    connection.query("SELECT count(*) FROM sqlite_master", []);
  } catch (error) {
    const fault = toNativeFault(error);
    if (!(fault instanceof HoldfastError) || fault.code !== "store-corrupt") throw fault;
    throw new HoldfastError("store-mismatch", "The key does not open the file, or the file is not encrypted.", {
      origin: "caller",
      retry: false,
      advice: "Open it with the key that it was written with; nothing in it was changed.",
      cause: error,
    });
  }
}
