/** An HTTP body: messages one after another, each behind its length. */
import { ByteReader, ByteWriter, type Decoded, decodeSafely } from "../base/bytes.ts";
import * as wireLimits from "./wire-limits.ts";
import { plainBytes } from "./protobuf.ts";

export function encodeFrames(messages: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(messages.reduce((sum, each) => sum + each.length + 4, 0));
  for (const message of messages) writer.block(message);
  return writer.finish();
}

/** Views of the body. A body that is cut off is a fault as a whole: nothing of it counts. */
export function decodeFrames(body: Uint8Array): Decoded<readonly Uint8Array[]> {
  if (body.length > wireLimits.bodyBytesMax)
    return { ok: false, fault: `a body of ${body.length} bytes, above ${wireLimits.bodyBytesMax}` };
  return decodeSafely(() => {
    const reader = new ByteReader(plainBytes(body));
    const messages: Uint8Array[] = [];
    while (reader.remaining > 0) {
      if (messages.length >= wireLimits.framesMax) reader.fail(`more than ${wireLimits.framesMax} messages`);
      messages.push(reader.raw(reader.bounded(wireLimits.inflatedBytesMax)));
    }
    return messages;
  });
}
