/** A replica's identity: 128 random bits, minted for an installation, never reused after a wipe or a restore (trap 4). */
import { bytesToHex, hexToBytes } from "../base/bytes.ts";

/** 32 lower-case hexadecimal digits; string order is byte order. */
export type ReplicaId = string & { readonly __brand: "ReplicaId" };

export const replicaIdBytes = 16;
const pattern = /^[0-9a-f]{32}$/;

export function isReplicaId(text: string): text is ReplicaId {
  return pattern.test(text);
}

/** From 16 bytes of the host's cryptographic randomness. */
export function bytesToReplicaId(bytes: Uint8Array): ReplicaId {
  return bytesToHex(bytes) as ReplicaId;
}

export function replicaIdToBytes(id: ReplicaId): Uint8Array {
  return hexToBytes(id);
}
