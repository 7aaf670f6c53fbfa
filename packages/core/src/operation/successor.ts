/**
 * The id that a replica takes when its own turns out to be in use elsewhere (trap 4). Two copies of a file may both have to leave the same id
 * while both hold the same writes: from these, and from a secret that only copies of the file know, they come to the same new id, under
 * which they say the same bytes, and r0 takes the second for what it is. After the last write that they share they part again.
 *
 * Ids order what is written at one place at once, so that no clock has a say in them. Where copies have written by themselves what differs in
 * nothing else, they meet under one id once more, and part there: their clocks are in the imprints.
 */
import { sha256 } from "../base/sha256.ts";
import { ByteWriter } from "../base/bytes.ts";
import { bytesToReplicaId, type ReplicaId, writeReplicaId } from "../causality/replica-id.ts";
import { imprintOf } from "./imprint.ts";

/** `first`: what `timelessIdentityOf` gives of the first transaction that is said again. */
export function successorOf(replica: ReplicaId, secret: Uint8Array, first: Uint8Array): ReplicaId {
  const writer = new ByteWriter(64);
  writer.block(secret);
  writeReplicaId(writer, replica);
  writer.raw(imprintOf(first));
  return bytesToReplicaId(sha256(writer.finish()).slice(0, 16));
}
