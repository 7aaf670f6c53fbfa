/** One message as carried: a byte that says how, then the message (a WebSocket message, an HTTP frame). */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { type Decoded, wireLimits } from "@holdfast/core/engine";

const plain = 0;
const deflated = 1;
/** Pages are text and repeat themselves: beyond 4, time grows faster than bytes shrink. */
const level = 4;

export function wrapMessage(message: Uint8Array, deflateBytesMin: number | undefined): Uint8Array {
  if (deflateBytesMin !== undefined && message.length >= deflateBytesMin) {
    const small = deflateRawSync(message, { level });
    if (small.length < message.length) return withTag(deflated, small);
  }
  return withTag(plain, message);
}

export function unwrapMessage(carried: Uint8Array): Decoded<Uint8Array> {
  const tag = carried[0];
  const body = carried.subarray(1);
  if (tag === plain) return { ok: true, value: body };
  if (tag !== deflated) return { ok: false, fault: `a message carried in the unknown way ${String(tag)}` };
  try {
    return { ok: true, value: inflateRawSync(body, { maxOutputLength: wireLimits.inflatedBytesMax }) };
  } catch {
    return { ok: false, fault: `a deflated message that is broken, or larger than ${wireLimits.inflatedBytesMax} bytes` };
  }
}

function withTag(tag: number, body: Uint8Array): Uint8Array {
  const carried = new Uint8Array(body.length + 1);
  carried[0] = tag;
  carried.set(body, 1);
  return carried;
}
