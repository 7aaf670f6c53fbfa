/** A request's body, up to a bound: what is larger is not kept while it arrives. */
import { concatBytes } from "@holdfast/core/engine";

export async function readBody(stream: ReadableStream<Uint8Array> | null, bytesMax: number): Promise<Uint8Array | undefined> {
  if (stream === null) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > bytesMax) {
      await reader.cancel();
      return undefined;
    }
    parts.push(value);
  }
  return concatBytes(parts);
}
