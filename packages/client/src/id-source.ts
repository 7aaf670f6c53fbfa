import { bytesToBase64url } from "@holdfast/core/engine";

/** Ids of records. Random bytes are drawn for many ids at once: the call costs more than the bytes. */
export function createIdSource(runtime: { randomBytes(length: number): Uint8Array }): () => string {
  const idBytes = 16;
  let pool: Uint8Array = new Uint8Array(0);
  return () => {
    if (pool.length < idBytes) pool = runtime.randomBytes(idBytes * 128);
    const id = bytesToBase64url(pool.subarray(0, idBytes));
    pool = pool.subarray(idBytes);
    return id;
  };
}
