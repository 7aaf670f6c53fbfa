/** A replica's identity: 128 random bits, minted for an installation, never reused after a wipe or a restore (trap 4). */
import { type ByteReader, type ByteWriter, bytesToHex, hexToBytes } from "../base/bytes.ts";

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

/** Hexadecimal digits to bytes, without an array between. */
export function writeReplicaId(writer: ByteWriter, id: ReplicaId): void {
  for (let i = 0; i < 2 * replicaIdBytes; i += 2) writer.byte((nibble(id.charCodeAt(i)) << 4) | nibble(id.charCodeAt(i + 1)));
}

function nibble(digit: number): number {
  return digit < 0x3a ? digit - 0x30 : digit - 0x57;
}

export function readReplicaId(reader: ByteReader): ReplicaId {
  return bytesToReplicaId(reader.raw(replicaIdBytes));
}
