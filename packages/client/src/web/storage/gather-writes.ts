/**
 * A file whose writes go out together where they follow one another. SQLite writes each page of its log in two, and a call of a browser's
 * handle costs as much as some ten pages. They are in the file before anything is read from it or flushed; until a flush nobody relies
 * on them (D1). How long it is, is counted here: that is another call. What fails then fails late: SQLite hears of it at the latest when it asks for the flush that makes a commit.
 */
import type { SyncAccessHandle } from "../platform.ts";

const gatheredBytesMax = 256 * 1024;

export function gatherWrites(handle: SyncAccessHandle): SyncAccessHandle {
  let gathered: Uint8Array | undefined;
  let start = 0;
  let length = 0;
  let size: number | undefined;
  /** What fails is dropped: SQLite takes back the transaction, or does the checkpoint again, and writes it anew. */
  const put = (): void => {
    if (length === 0) return;
    const bytes = (gathered as Uint8Array).subarray(0, length);
    length = 0;
    const known = size;
    size = undefined;
    // Less than all, without an exception, is how a quota ends.
    if (handle.write(bytes, { at: start }) < bytes.length)
      throw Object.assign(new Error("The quota has ended."), { name: "QuotaExceededError" });
    size = known;
  };
  return {
    read(into, options) {
      put();
      return handle.read(into, options);
    },
    write(from, { at }) {
      if (length > 0 && (at !== start + length || length + from.length > gatheredBytesMax)) put();
      if (from.length > gatheredBytesMax) {
        size = undefined;
        return handle.write(from, { at });
      }
      gathered ??= new Uint8Array(gatheredBytesMax);
      if (length === 0) start = at;
      gathered.set(from, length);
      length += from.length;
      if (size !== undefined) size = Math.max(size, at + from.length);
      return from.length;
    },
    truncate(bytes) {
      put();
      size = undefined;
      handle.truncate(bytes);
    },
    getSize() {
      if (size === undefined) {
        put();
        size = handle.getSize();
      }
      return size;
    },
    flush() {
      put();
      handle.flush();
    },
    close() {
      try {
        put();
      } finally {
        handle.close();
      }
    },
  };
}
