/** One number for a whole space: replicas and r0 that hold the same operations have the same digest, whatever order they came in. */
import { createSha256 } from "../base/sha256.ts";
import { assert } from "../base/assert.ts";
import { ByteWriter, bytesToHex } from "../base/bytes.ts";
import { compareCodePoints } from "../base/value.ts";
import { encodeForDigest } from "./record-codec.ts";
import type { RecordState } from "./record-state.ts";
import { type LatticeTable, isKnown } from "./record.ts";

/**
 * SHA-256, hexadecimal. `records` ascend by (collection, id) in code point order, SQLite's own; tombstones count, unknown
 * records do not. Only programs that read the same kinds can agree: of what one cannot read, the dots alone count.
 */
export function digestSpace(
  lattices: LatticeTable,
  records: Iterable<readonly [collection: string, id: string, state: RecordState]>,
): string {
  const hash = createSha256();
  let last: readonly [string, string] | undefined;
  for (const [collection, id, state] of records) {
    if (last !== undefined) {
      const order = compareCodePoints(last[0], collection) || compareCodePoints(last[1], id);
      assert(order < 0, "out of order");
    }
    last = [collection, id];
    if (!isKnown(state)) continue;
    const head = new ByteWriter();
    head.text(collection);
    head.text(id);
    head.block(encodeForDigest(lattices, state));
    hash.update(head.finish());
  }
  return bytesToHex(hash.digest());
}
