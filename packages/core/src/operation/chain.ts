/**
 * The chain: eight bytes that stand for everything a replica has written in a space, in order (traps 4, 21, 24).
 *
 *     chain(0) = SHA-256(space ‖ replica)           chain(n) = SHA-256(chain(n-1) ‖ identityOf(n))        first eight bytes each
 *
 * Two histories under one replica id differ in their chains from where they part, for ever, without a table of payload hashes. Every
 * party hashes its own re-encoding, so that how a peer spelled a transaction does not matter. Eight bytes guard against accident (a
 * restored backup, a cloned file: one chance in 2^64), not against an author who forges its own history, which it may write as it likes.
 */
import { sha256 } from "../base/sha256.ts";
import { ByteWriter } from "../base/bytes.ts";
import { type ReplicaId, writeReplicaId } from "../causality/replica-id.ts";
import type { SpaceId } from "./operation.ts";

export const chainBytes = 8;

export function initialChain(space: SpaceId, replica: ReplicaId): Uint8Array {
  const writer = new ByteWriter(160);
  writer.text(space);
  writeReplicaId(writer, replica);
  return sha256(writer.finish()).slice(0, chainBytes);
}

/** `identity`: what `identityOf` gives. */
export function nextChain(chain: Uint8Array, identity: Uint8Array): Uint8Array {
  return sha256(chain, identity).slice(0, chainBytes);
}
