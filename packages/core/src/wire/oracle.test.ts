import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesToHex } from "../base/bytes.ts";
import { decodeClientMessage, decodeServerMessage, encodeClientMessage, encodeServerMessage } from "./codec.ts";
import { arbitraryClientMessage, arbitraryServerMessage, arbitraryTransaction } from "./reference/arbitraries.ts";
import { ClientMessageSchema, ServerMessageSchema, TransactionBatchSchema } from "./reference/wire_pb.js";
import { decodeTransaction, encodeTransaction } from "./transaction-codec.ts";

const runs = { seed: 20261123, numRuns: 400 };

test("[WIRE12] the generated protobuf code reads what we write, and we read what it writes: the client's messages", () => {
  fc.assert(
    fc.property(arbitraryClientMessage, (message) => {
      const read = fromBinary(ClientMessageSchema, encodeClientMessage(message));
      expect(read.$unknown ?? []).toEqual([]);
      expect(read.message.case).toBe(message.type);
      expect(decodeClientMessage(toBinary(ClientMessageSchema, read))).toEqual({ ok: true, value: message });
      switch (read.message.case) {
        case "hello":
          if (message.type !== "hello") break;
          expect(read.message.value).toMatchObject({
            protocol: message.protocol,
            token: message.token,
            principal: message.principal,
            capabilities: message.capabilities,
          });
          expect(bytesToHex(read.message.value.replica)).toBe(message.replica);
          expect(read.message.value.spaces.map(({ space, cursor, counter }) => ({ space, cursor, counter: Number(counter) }))).toEqual(
            message.spaces,
          );
          break;
        case "push":
          if (message.type !== "push") break;
          expect(read.message.value).toMatchObject({ request: message.request, space: message.space, chain: message.chain });
          expect(read.message.value.transactions?.more).toBe(
            message.transactions.length === 0 ? undefined : message.transactions.length - 1,
          );
          break;
        case "pull":
          if (message.type !== "pull") break;
          expect(read.message.value).toMatchObject({ request: message.request, space: message.space, cursor: message.cursor });
          expect([Number(read.message.value.ownThrough), Number(read.message.value.bytesMax)]).toEqual([
            message.ownThrough,
            message.bytesMax,
          ]);
          break;
        default:
          break;
      }
    }),
    runs,
  );
});

test("[WIRE12] the generated protobuf code reads what we write, and we read what it writes: r0's messages", () => {
  fc.assert(
    fc.property(arbitraryServerMessage, (message) => {
      const read = fromBinary(ServerMessageSchema, encodeServerMessage(message));
      expect(read.$unknown ?? []).toEqual([]);
      expect(read.message.case).toBe(message.type);
      expect(decodeServerMessage(toBinary(ServerMessageSchema, read))).toEqual({ ok: true, value: message });
      if (read.message.case === "pushed" && message.type === "pushed") {
        const { mark, head, behind, outcomes } = read.message.value;
        expect([Number(mark), Number(head), Number(head - behind)]).toEqual([message.mark, message.head, message.after]);
        expect(outcomes.map((each) => Number(each.counter))).toEqual(message.outcomes.map((each) => each.counter));
      }
      if (read.message.case === "fault" && message.type === "fault") {
        expect([read.message.value.code, read.message.value.message]).toEqual([message.code, message.message]);
        expect(read.message.value.retryAfterMs === undefined).toBe(message.retryAfterMs === undefined);
      }
    }),
    runs,
  );
});

test("[WIRE12] the generated code and ours agree on every column of a transaction", () => {
  fc.assert(
    fc.property(arbitraryTransaction, (transaction) => {
      const read = fromBinary(TransactionBatchSchema, encodeTransaction(transaction));
      expect(read.$unknown ?? []).toEqual([]);
      expect(decodeTransaction(toBinary(TransactionBatchSchema, read))).toEqual({ ok: true, value: transaction });
      expect(bytesToHex(read.replicas.subarray(0, 16))).toBe(transaction.replica);
      expect(Number(read.counter[0])).toBe(2 * transaction.counter);
      expect(read.extensions).toEqual(transaction.extensions.map((each) => each.bytes));
      if (transaction.body.type !== "operations") return;
      const deltas = transaction.body.operations.map((each) => bytesToHex(each.delta)).join("");
      expect(bytesToHex(read.delta)).toBe(deltas);
    }),
    runs,
  );
});

test("[WIRE12] a deviating spelling is read, and re-encoded as ours", () => {
  fc.assert(
    fc.property(arbitraryTransaction, (transaction) => {
      // The generated writer packs columns of one value, which ours does not.
      const bytes = encodeTransaction(transaction);
      const spelled = toBinary(TransactionBatchSchema, fromBinary(TransactionBatchSchema, bytes));
      const decoded = decodeTransaction(spelled);
      expect(decoded.ok && encodeTransaction(decoded.value)).toEqual(bytes);
      expect(spelled).not.toEqual(bytes);
    }),
    { ...runs, numRuns: 100 },
  );
});
