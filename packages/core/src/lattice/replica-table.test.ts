import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, decodeSafely } from "../base/bytes.ts";
import { bytesToReplicaId } from "../causality/replica-id.ts";
import { ReplicaIndex, readStamp, writeStamp } from "./replica-table.ts";

const replicas = [1, 2, 3].map((n) => bytesToReplicaId(new Uint8Array(16).fill(n)));
const counters = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.maxSafeInteger().map((n) => Math.max(1, Math.abs(n))),
);
const stamps = fc.array(
  fc.record({ replica: fc.constantFrom(...replicas), counter: counters, lamport: fc.oneof(fc.nat(400), fc.maxSafeNat()) }),
  { maxLength: 12 },
);

function encode(list: readonly { replica: (typeof replicas)[number]; counter: number; lamport: number }[]) {
  const writer = new ByteWriter();
  const table = new ReplicaIndex();
  for (const { replica, counter, lamport } of list) writeStamp(writer, table, { replica, counter }, lamport);
  return { bytes: writer.finish(), ids: table.ids };
}

function decode(bytes: Uint8Array, ids: ReplicaIndex["ids"]) {
  const reader = new ByteReader(bytes);
  const table = new ReplicaIndex();
  table.ids.push(...ids);
  const list: { replica: string; counter: number; lamport: number }[] = [];
  while (reader.remaining > 0) {
    const { dot, lamport } = readStamp(reader, table);
    list.push({ ...dot, lamport });
  }
  return list;
}

describe("dots and stamps as differences", () => {
  it("[RCD6][T20] come back exactly, at the ends of the range too", () => {
    fc.assert(
      fc.property(stamps, (list) => {
        const { bytes, ids } = encode(list);
        expect(decode(bytes, ids)).toEqual(list);
      }),
      { seed: 20261123, numRuns: 1_000 },
    );
  });

  it("[RCD6] take three bytes each where a record's fields were written together", () => {
    const list = Array.from({ length: 8 }, (_, i) => ({
      replica: replicas[0] as (typeof replicas)[number],
      counter: 900_000 + i,
      lamport: 2_000_000 + i,
    }));
    const first = encode(list.slice(0, 1)).bytes.length;
    expect(encode(list).bytes.length - first).toBe(3 * 7);
  });

  it("[RCD6] any bytes give stamps that are written back alike, or a fault", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        const decoded = decodeSafely(() => decode(bytes, replicas));
        if (!decoded.ok) return;
        const writer = new ByteWriter();
        const table = new ReplicaIndex();
        table.ids.push(...replicas);
        for (const { replica, counter, lamport } of decoded.value)
          writeStamp(writer, table, { replica: replica as (typeof replicas)[number], counter }, lamport);
        // A varint may be longer than it need be; the differences themselves have one form.
        expect(decode(writer.finish(), replicas)).toEqual(decoded.value);
      }),
      { seed: 20261123, numRuns: 3_000 },
    );
  });

  it("[RCD6] a difference of -0, one with an empty rest, and one that leaves the range are faults", () => {
    for (const bytes of [
      [0, 1],
      [0, 0x80, 0],
      [0, 0],
      [0, 3],
    ])
      expect(decodeSafely(() => decode(new Uint8Array(bytes), replicas)).ok).toBe(false);
  });
});
