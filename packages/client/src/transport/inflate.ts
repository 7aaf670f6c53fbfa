/** Deflate-raw bytes to what they were, synchronously, where the platform has no such call: in browsers and on React Native. */
import { concatBytes } from "@holdfast/core/engine";
import { Inflate } from "fflate";

/** Throws beyond `bytesMax`, and for what is cut off or no deflate. */
export function inflateBounded(bytes: Uint8Array, bytesMax: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  const inflate = new Inflate((part, final) => {
    length += part.length;
    if (length > bytesMax) throw new Error(`It inflates to more than ${bytesMax} bytes.`);
    parts.push(part);
    ended = final;
  });
  // In pieces, so that a bomb is met before it has gone off.
  for (let at = 0; at < bytes.length; at += pieceBytes) inflate.push(bytes.subarray(at, at + pieceBytes), at + pieceBytes >= bytes.length);
  if (!ended) throw new Error("It is cut off.");
  if (parts.length === 1) return parts[0] as Uint8Array;
  return concatBytes(parts);
}

/** Deflate makes at most 1,032 bytes of one. */
const pieceBytes = 4_096;
