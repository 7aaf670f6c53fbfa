import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesToHex } from "../base/bytes.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { decodeClientMessage, decodeServerMessage } from "./codec.ts";
import {
  type ClientPresence,
  decodeClientPresence,
  decodeServerPresence,
  encodeClientPresence,
  encodeServerPresence,
  isClientPresence,
  isServerPresence,
  type ServerPresence,
} from "./presence-codec.ts";
import { ClientMessageSchema, ServerMessageSchema } from "./reference/wire_pb.js";

const runs = { seed: 20261123, numRuns: 300 };
const space = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((text) => !text.includes("\u0000") && new TextEncoder().encode(text).length <= 128);
const value = fc.option(fc.uint8Array({ maxLength: 64 }), { nil: undefined });
const replica = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => bytesToHex(bytes) as ReplicaId);
const up: fc.Arbitrary<ClientPresence> = fc.record({ space, value });
const down: fc.Arbitrary<ServerPresence> = fc.record({
  space,
  whole: fc.boolean(),
  present: fc.array(fc.record({ replica, principal: space, value }), { maxLength: 5 }),
});

test("[WIRE1][WIRE12] presence comes back as it was, and the generated code reads what ours writes and writes what ours reads", () => {
  fc.assert(
    fc.property(up, down, (client, server) => {
      const [sent, told] = [encodeClientPresence(client), encodeServerPresence(server)];
      expect([isClientPresence(sent), isServerPresence(told), isServerPresence(sent), isClientPresence(told)]).toEqual([
        true,
        true,
        false,
        false,
      ]);
      expect(decodeClientPresence(sent)).toEqual({ ok: true, value: client });
      expect(decodeServerPresence(told)).toEqual({ ok: true, value: server });
      const [readUp, readDown] = [fromBinary(ClientMessageSchema, sent), fromBinary(ServerMessageSchema, told)];
      expect([readUp.message.case, readDown.message.case]).toEqual(["presence", "presence"]);
      expect(decodeClientPresence(toBinary(ClientMessageSchema, readUp))).toEqual({ ok: true, value: client });
      expect(decodeServerPresence(toBinary(ServerMessageSchema, readDown))).toEqual({ ok: true, value: server });
    }),
    runs,
  );
});

test("[WIRE6][WIRE7] any bytes give a presence or a fault, within their bounds", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const read of [decodeClientPresence(bytes), decodeServerPresence(bytes)]) expect(typeof read.ok).toBe("boolean");
    }),
    runs,
  );
  const large = encodeClientPresence({ space: "s", value: new Uint8Array(1_025) });
  expect(decodeClientPresence(large).ok).toBe(false);
  const present = { replica: "00".repeat(16) as ReplicaId, principal: "", value: undefined };
  expect(
    decodeServerPresence(encodeServerPresence({ space: "s", whole: true, present: Array.from({ length: 513 }, () => present) })).ok,
  ).toBe(false);
});

test("[WIRE16] who does not know it reads no message in it: it is sent to nobody who has not said the capability", () => {
  expect(decodeClientMessage(encodeClientPresence({ space: "s", value: undefined })).ok).toBe(false);
  expect(decodeServerMessage(encodeServerPresence({ space: "s", whole: false, present: [] })).ok).toBe(false);
});
