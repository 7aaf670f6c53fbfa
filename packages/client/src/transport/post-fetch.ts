/** `PostBytes` over the platform's `fetch`: Node's and the browsers'. */
import { concatBytes } from "@holdfast/core/engine";
import type { PostBytes } from "./http.ts";

export const postWithFetch: PostBytes = async ({ url, body, contentType, signal }) => {
  const response = await fetch(url, {
    method: "POST",
    body: body as Uint8Array<ArrayBuffer>,
    headers: { "Content-Type": contentType, Accept: contentType },
    cache: "no-store",
    redirect: "error",
    signal,
  });
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    body: (bytesMax) => readBounded(response, bytesMax),
    discard: () => void response.body?.cancel().catch(() => {}),
  };
};

async function readBounded(response: Response, bytesMax: number): Promise<Uint8Array | undefined> {
  if (response.body === null) return new Uint8Array(0);
  // Not `for await`: some browsers' streams cannot be iterated.
  const reader = response.body.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const part = read.value as Uint8Array;
    length += part.length;
    if (length > bytesMax) {
      void reader.cancel().catch(() => {});
      return undefined;
    }
    parts.push(part);
  }
  return concatBytes(parts);
}
