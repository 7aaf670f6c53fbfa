/**
 * SHA-256, of a library. Its class and not its function: what that adds (options, an object identifier, XOFs) would be a third of what
 * an app loads for hashing.
 */
import { _SHA256 } from "@noble/hashes/sha2.js";

/** For what comes in pieces: `update` them, then `digest` once. */
export function createSha256(): Pick<_SHA256, "update" | "digest"> {
  return new _SHA256();
}

/** Of all the pieces, one after another. */
export function sha256(...pieces: readonly Uint8Array[]): Uint8Array {
  const hash = new _SHA256();
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}
