import {
  bytesToReplicaId,
  type ClientMessage,
  createWireSession,
  decodeClientMessage,
  encodeServerMessage,
  kindCodes,
  protocolVersion,
  type ServerMessage,
  type Transaction,
  type WireKey,
} from "@holdfast/core/engine";
import { expect, test } from "vitest";
import { Conversation } from "./conversation.ts";

const replica = bytesToReplicaId(new Uint8Array(16).fill(7));
const title: WireKey = { collection: "boards", field: "title", kind: kindCodes.register };
const size: WireKey = { collection: "boards", field: "size", kind: kindCodes.register };
const hello: ClientMessage = {
  type: "hello",
  protocol: protocolVersion,
  protocolMin: protocolVersion,
  capabilities: [],
  token: "t",
  replica,
  principal: "",
  schemaVersion: 1,
  spaces: [{ space: "s", cursor: new Uint8Array(0), counter: 0 }],
};

function welcomeOf(keys: readonly WireKey[], request?: number): ServerMessage {
  return {
    type: "welcome",
    protocol: protocolVersion,
    capabilities: [],
    epoch: "e",
    principal: "p",
    schemaVersion: 1,
    pushBytesMax: 1_000,
    heartbeatMs: 1_000,
    keys,
    ...(request !== undefined && { request }),
    spaces: [{ space: "s", access: "write", head: 0, mark: 0, chain: new Uint8Array(8), lamport: 0, cursorBase: Uint8Array.of(1, 2) }],
  };
}

const written: Transaction = {
  replica,
  counter: 1,
  lamport: 1,
  schemaVersion: 1,
  wallMs: 0,
  dependencies: new Map(),
  body: {
    type: "operations",
    operations: [{ ...title, record: "a", delta: Uint8Array.of(9), context: new Map(), creates: true }],
  },
  extensions: [],
};
const push: ClientMessage = { type: "push", request: 1, space: "s", chain: new Uint8Array(8), settledThrough: 0, transactions: [written] };

test("[WIRE18] what an exchange over HTTP says means the same to an r0 that has been updated since the last", () => {
  const conversation = new Conversation();
  const said = conversation.encode(hello);
  const before = createWireSession();
  decodeClientMessage(said, before);
  const reply = encodeServerMessage(welcomeOf([title, size]), before);
  conversation.beginExchange();
  expect(conversation.decode(reply).ok).toBe(true);

  const next = conversation.encode(push);
  const updated = createWireSession();
  decodeClientMessage(said, updated);
  encodeServerMessage(welcomeOf([size, title]), updated);
  expect(decodeClientMessage(next, updated)).toEqual({ ok: true, value: push });
});

test("[WIRE19][T24] a welcome of another conversation, which something has kept, ends this one; all of its own name its hello", () => {
  for (const [asked, said, ok] of [
    [undefined, undefined, true],
    [7, 7, true],
    [7, 6, false],
    [7, undefined, true],
  ] as const) {
    const conversation = new Conversation();
    const session = createWireSession();
    decodeClientMessage(conversation.encode({ ...hello, ...(asked !== undefined && { request: asked }) }), session);
    expect(conversation.decode(encodeServerMessage(welcomeOf([title], said), session)).ok).toBe(ok);
    expect(conversation.decode(encodeServerMessage(welcomeOf([], said), session)).ok).toBe(ok);
  }
});

test("[WIRE3][WIRE18] over a socket, a push leaves out the keys that the welcome has named", () => {
  const [socket, http] = [new Conversation(), new Conversation()];
  for (const each of [socket, http]) {
    const session = createWireSession();
    decodeClientMessage(each.encode(hello), session);
    const reply = encodeServerMessage(welcomeOf([title]), session);
    if (each === http) each.beginExchange();
    each.decode(reply);
  }
  expect(socket.encode(push).length).toBeLessThan(http.encode(push).length);
});
