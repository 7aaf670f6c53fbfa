import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteWriter, type Decoded } from "../base/bytes.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import * as batchField from "./batch-field.ts";
import { noDefaults } from "./batch.ts";
import { decodeClientMessage, decodeServerMessage, encodeClientMessage, encodeServerMessage } from "./codec.ts";
import { encodeBatch } from "./encode-batch.ts";
import { decodeFrames, encodeFrames } from "./frames.ts";
import * as wireLimits from "./wire-limits.ts";
import { writeBytesAlways, writeNumberAlways } from "./protobuf.ts";
import { arbitraryClientMessage, arbitraryServerMessage, arbitraryTransaction } from "./reference/arbitraries.ts";
import { decodeTransaction, encodeTransaction } from "./transaction-codec.ts";
import { createWireSession, type WireSession } from "./wire-session.ts";

const runs = { seed: 20261123, numRuns: 600 };

/** A handshake that gives the decoder a space, a replica and a key to refer to. */
function knowingSession(): WireSession {
  const session = createWireSession();
  session.replica = "0123456789abcdef0123456789abcdef" as ReplicaId;
  session.spaces.push("s");
  session.spaceNumbers.set("s", 1);
  session.keys = [{ collection: "notes", field: "title", kind: 2 }];
  session.cursorBases.set("s", new Uint8Array([1, 2, 3]));
  return session;
}

const decoders: readonly ((bytes: Uint8Array) => Decoded<unknown>)[] = [
  decodeClientMessage,
  decodeServerMessage,
  decodeTransaction,
  decodeFrames,
  (bytes) => decodeClientMessage(bytes, knowingSession()),
  (bytes) => decodeServerMessage(bytes, knowingSession()),
];

/** A decoder that throws fails the test by itself. What was read is within the limits, and can be written again. */
function expectTotal(bytes: Uint8Array): void {
  for (const decode of decoders) expect(typeof decode(bytes).ok).toBe("boolean");
  const client = decodeClientMessage(bytes);
  if (client.ok) expect(decodeClientMessage(encodeClientMessage(client.value))).toEqual(client);
  const server = decodeServerMessage(bytes);
  if (server.ok) expect(decodeServerMessage(encodeServerMessage(server.value))).toEqual(server);
  const transaction = decodeTransaction(bytes);
  if (transaction.ok) expect(decodeTransaction(encodeTransaction(transaction.value))).toEqual(transaction);
}

const validBytes = fc.oneof(
  arbitraryClientMessage.map((message) => encodeClientMessage(message)),
  arbitraryServerMessage.map((message) => encodeServerMessage(message)),
  arbitraryTransaction.map(encodeTransaction),
  fc.array(arbitraryClientMessage, { maxLength: 3 }).map((messages) => encodeFrames(messages.map((each) => encodeClientMessage(each)))),
);

test("[WIRE6] any bytes give a message or a fault", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectTotal), { ...runs, numRuns: 3000 });
});

test("[WIRE6] a valid message with bytes changed, inserted or removed gives a message or a fault, and what is read can be written", () => {
  const change = fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }), how: fc.constantFrom("set", "insert", "remove", "maximum") });
  fc.assert(
    fc.property(validBytes, fc.array(change, { minLength: 1, maxLength: 4 }), (valid, changes) => {
      const bytes = [...valid];
      for (const { at, to, how } of changes) {
        const place = bytes.length === 0 ? 0 : at % bytes.length;
        if (how === "set") bytes[place] = to;
        else if (how === "insert") bytes.splice(place, 0, to);
        else if (how === "remove") bytes.splice(place, 1);
        else bytes.splice(place, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f);
      }
      expectTotal(new Uint8Array(bytes));
    }),
    { ...runs, numRuns: 2500 },
  );
});

test("[WIRE6] a message cut at any byte gives a message or a fault", () => {
  fc.assert(
    fc.property(validBytes, (bytes) => {
      for (let length = 0; length < bytes.length; length++) {
        for (const decode of decoders) expect(typeof decode(bytes.subarray(0, length)).ok).toBe("boolean");
      }
    }),
    { ...runs, numRuns: 30 },
  );
});

test("[WIRE6] a Node Buffer decodes to plain arrays that do not share its memory", () => {
  const transaction = fc.sample(
    arbitraryTransaction.filter((each) => each.body.type === "operations"),
    { seed: 20261123, numRuns: 20 },
  );
  for (const each of transaction) {
    const buffer = Buffer.from(encodeTransaction(each));
    const decoded = decodeTransaction(buffer);
    buffer.fill(0xee);
    expect(decoded).toEqual({ ok: true, value: each });
  }
});

/** A batch whose columns say `fields`, which an honest encoder would not. */
function batchWith(fields: readonly (readonly [field: number, value: number | Uint8Array])[]): Uint8Array {
  const writer = new ByteWriter();
  for (const [field, value] of fields) {
    if (typeof value === "number") writeNumberAlways(writer, field, value);
    else writeBytesAlways(writer, field, value);
  }
  return writer.finish();
}

const aReplica = [batchField.replicas, new Uint8Array(16)] as const;
const aKey = [
  [batchField.names, new Uint8Array([0x61])],
  [batchField.keys, new Uint8Array([0, 0, 4])],
] as const;
const aRecord = [batchField.recordData, new Uint8Array(16)] as const;
const first = [batchField.counter, 2] as const;

test("[WIRE7] the smallest batch is read: what follows is refused for its counts alone", () => {
  expect(decodeTransaction(batchWith([aReplica, ...aKey, aRecord, first]))).toMatchObject({ ok: true });
});

const tooMuch: Readonly<Record<string, readonly (readonly [field: number, value: number | Uint8Array])[]>> = {
  "transactions in a batch": [aReplica, ...aKey, aRecord, first, [batchField.more, wireLimits.transactionsPerBatchMax]],
  "operations in a transaction": [aReplica, ...aKey, aRecord, first, [batchField.width, wireLimits.operationsPerTransactionMax]],
  "counters in a void": [aReplica, first, [batchField.body, 2], [batchField.width, wireLimits.operationsPerTransactionMax]],
  "entries of a context": [
    aReplica,
    ...aKey,
    aRecord,
    first,
    [batchField.context, 1],
    [batchField.contextSize, wireLimits.contextEntriesMax],
  ],
  "a kind": [
    aReplica,
    [batchField.names, new Uint8Array([0x61])],
    [batchField.keys, new Uint8Array([0, 0, 0x80, 0x80, 0x08])],
    aRecord,
    first,
  ],
  "a record id": [aReplica, ...aKey, [batchField.recordData, new Uint8Array(129).fill(0x61)], [batchField.recordLength, 129], first],
  "a name": [aReplica, [batchField.names, new Uint8Array(64).fill(0x61)], [batchField.keys, new Uint8Array([0, 0, 4])], aRecord, first],
  "a counter": [aReplica, ...aKey, aRecord, [batchField.counter, Number.MAX_SAFE_INTEGER]],
  "a counter of 0": [aReplica, ...aKey, aRecord],
  "a Lamport time": [aReplica, ...aKey, aRecord, first, [batchField.lamport, Number.MAX_SAFE_INTEGER - 1]],
  "a wall time": [aReplica, ...aKey, aRecord, first, [batchField.wallMs, 1]],
  "a schema version": [aReplica, ...aKey, aRecord, first, [batchField.schemaVersion, wireLimits.schemaVersionMax + 2]],
  "dependencies of a transaction": [
    aReplica,
    ...aKey,
    aRecord,
    first,
    [batchField.dependencySize, wireLimits.dependenciesPerTransactionMax + 1],
  ],
  "an extension": [aReplica, ...aKey, aRecord, first, [batchField.extensions, new Uint8Array(wireLimits.extensionBytesMax + 1)]],
  "a column longer than its rows": [aReplica, ...aKey, aRecord, first, [batchField.wallMs, new Uint8Array([2, 2])]],
  "a delta that nobody takes": [aReplica, first, [batchField.body, 2], [batchField.delta, new Uint8Array(3)]],
  "a record that nobody names": [aReplica, ...aKey, [batchField.recordData, new Uint8Array(32)], first],
  "a replica id that is cut": [[batchField.replicas, new Uint8Array(15)], ...aKey, aRecord, first],
  "text that is not UTF-8": [aReplica, ...aKey, [batchField.recordData, new Uint8Array([0xc0, 0x80])], [batchField.recordLength, 2], first],
  "text with NUL": [aReplica, ...aKey, [batchField.recordData, new Uint8Array([0x61, 0])], [batchField.recordLength, 2], first],
};

for (const [what, fields] of Object.entries(tooMuch)) {
  test(`[WIRE7] beyond the bounds: ${what}`, () => {
    expect(decodeTransaction(batchWith(fields))).toMatchObject({ ok: false });
  });
}

test("[WIRE7] contexts that are small on the wire and large together are refused", () => {
  const contexts = Math.ceil(wireLimits.contextEntriesPerBatchMax / wireLimits.contextEntriesMax) + 1;
  const replicas = new Uint8Array(16 * wireLimits.contextEntriesMax);
  for (let i = 0; i < wireLimits.contextEntriesMax; i++) replicas.set([i & 255, i >> 8], 16 * i);
  const packed = (values: readonly number[]): Uint8Array => {
    const writer = new ByteWriter();
    for (const value of values) writer.varint(value);
    return writer.finish();
  };
  const bytesOf = (count: number): Uint8Array =>
    batchWith([
      [batchField.replicas, replicas],
      ...aKey,
      aRecord,
      first,
      [batchField.width, count - 1],
      [batchField.context, packed([1, ...Array.from({ length: count - 1 }, () => 2)])],
      [batchField.contextSize, wireLimits.contextEntriesMax - 1],
      [
        batchField.contextReplica,
        packed(Array.from({ length: count * wireLimits.contextEntriesMax }, (_, i) => i % wireLimits.contextEntriesMax)),
      ],
      [batchField.contextCounter, packed([...Array.from({ length: wireLimits.contextEntriesMax }, () => 2), 0])],
    ]);
  expect(decodeTransaction(bytesOf(2))).toMatchObject({ ok: true });
  expect(decodeTransaction(bytesOf(contexts))).toMatchObject({ ok: false });
});

test("[WIRE7] a message above its bound is refused before it is read", () => {
  for (const decode of [decodeClientMessage, decodeServerMessage, decodeTransaction]) {
    expect(decode(new Uint8Array(wireLimits.inflatedBytesMax + 1))).toMatchObject({
      ok: false,
      fault: expect.stringContaining("too many") as string,
    });
  }
});

test("[WIRE8] what a newer version adds to a transaction is kept and passed on byte for byte", () => {
  fc.assert(
    fc.property(arbitraryTransaction, fc.integer({ min: 1, max: 9999 }), fc.uint8Array({ maxLength: 50 }), (transaction, number, value) => {
      const extended = { ...transaction, extensions: [{ number, bytes: new Uint8Array(value) }] };
      const push = decodeClientMessage(
        encodeClientMessage({
          type: "push",
          request: 1,
          space: "s",
          chain: new Uint8Array(8),
          settledThrough: 0,
          transactions: [transaction, extended],
        }),
      );
      expect(push).toMatchObject({ ok: true, value: { transactions: [transaction, extended] } });
    }),
    runs,
  );
});

test("[WIRE9] fields that a newer version adds to a message are passed over", () => {
  fc.assert(
    fc.property(
      arbitraryClientMessage,
      arbitraryServerMessage,
      fc.integer({ min: 40, max: 9999 }),
      fc.uint8Array({ maxLength: 20 }),
      (up, down, number, value) => {
        const extended = (bytes: Uint8Array): Uint8Array => {
          const writer = new ByteWriter();
          writeNumberAlways(writer, number, 77);
          writer.raw(bytes);
          writeBytesAlways(writer, number, value);
          writer.raw(
            new Uint8Array([
              ((number * 8 + 1) % 128) | 128,
              (Math.floor((number * 8 + 1) / 128) % 128) | 128,
              Math.floor((number * 8 + 1) / 16384),
              1,
              2,
              3,
              4,
              5,
              6,
              7,
              8,
            ]),
          );
          writer.raw(new Uint8Array([0xc0, 0x3e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])); // field 1000: 2^64 - 1
          return writer.finish();
        };
        expect(decodeClientMessage(extended(encodeClientMessage(up)))).toEqual({ ok: true, value: up });
        expect(decodeServerMessage(extended(encodeServerMessage(down)))).toEqual({ ok: true, value: down });
      },
    ),
    runs,
  );
});

test("[WIRE11] a body of frames is read as a whole or not at all, within its bounds", () => {
  const frames = [new Uint8Array([1, 2]), new Uint8Array(0), new Uint8Array(300).fill(5)];
  expect(decodeFrames(encodeFrames(frames))).toEqual({ ok: true, value: frames });
  const body = encodeFrames(frames);
  expect(decodeFrames(body.subarray(0, body.length - 1))).toMatchObject({ ok: false });
  expect(decodeFrames(new Uint8Array(wireLimits.framesMax + 1))).toMatchObject({ ok: false });
  expect(decodeFrames(new Uint8Array([0xff, 0xff, 0xff, 0x7f]))).toMatchObject({ ok: false });
});

test("[WIRE7] an encoder never writes what a decoder would refuse: a wall time before 1970 is our defect", () => {
  const [transaction] = fc.sample(arbitraryTransaction, { seed: 20261123, numRuns: 1 });
  if (transaction === undefined) throw new Error("no sample");
  expect(() => encodeBatch([{ ...transaction, wallMs: -1 }], undefined, noDefaults)).toThrow(/out of range/);
});
