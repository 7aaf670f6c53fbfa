import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReplicaId } from "../causality/replica-id.ts";
import type { Transaction } from "../operation/operation.ts";
import { decodeClientMessage, decodeServerMessage, encodeClientMessage, encodeServerMessage } from "./codec.ts";
import { encodeBatch } from "./encode-batch.ts";
import * as wireLimits from "./wire-limits.ts";
import type { ClientMessage, ServerMessage } from "./messages.ts";
import { arbitraryClientMessage, arbitraryServerMessage, arbitraryTransaction } from "./reference/arbitraries.ts";
import { decodeTransaction, encodeTransaction } from "./transaction-codec.ts";
import { createWireSession } from "./wire-session.ts";

const runs = { seed: 20261123, numRuns: 400 };

test("[WIRE1] every message of the client comes back as it was", () => {
  fc.assert(
    fc.property(arbitraryClientMessage, (message) => {
      expect(decodeClientMessage(encodeClientMessage(message))).toEqual({ ok: true, value: message });
    }),
    runs,
  );
});

test("[WIRE1] every message of r0 comes back as it was", () => {
  fc.assert(
    fc.property(arbitraryServerMessage, (message) => {
      expect(decodeServerMessage(encodeServerMessage(message))).toEqual({ ok: true, value: message });
    }),
    runs,
  );
});

test("[WIRE2] a transaction comes back as it was, and its bytes as they were", () => {
  fc.assert(
    fc.property(arbitraryTransaction, (transaction) => {
      const bytes = encodeTransaction(transaction);
      const decoded = decodeTransaction(bytes);
      expect(decoded).toEqual({ ok: true, value: transaction });
      if (decoded.ok) expect(encodeTransaction(decoded.value)).toEqual(bytes);
    }),
    runs,
  );
});

test("[WIRE2] the order in which maps were filled does not show in the bytes", () => {
  fc.assert(
    fc.property(arbitraryTransaction, (transaction) => {
      expect(encodeTransaction(withMapsReversed(transaction))).toEqual(encodeTransaction(transaction));
    }),
    runs,
  );
});

test("[WIRE2] a transaction's bytes are the same alone and after a journey in any batch", () => {
  fc.assert(
    fc.property(fc.array(arbitraryTransaction, { minLength: 1, maxLength: 5 }), (transactions) => {
      const push: ClientMessage = { type: "push", request: 1, space: "s", chain: new Uint8Array(8), settledThrough: 0, transactions };
      const decoded = decodeClientMessage(encodeClientMessage(push));
      if (!decoded.ok || decoded.value.type !== "push") throw new Error("no push");
      expect(decoded.value.transactions.map(encodeTransaction)).toEqual(transactions.map(encodeTransaction));
    }),
    runs,
  );
});

test("[WIRE3] within a session whole conversations come back as they were", () => {
  const conversation = fc.array(
    fc.oneof(fc.tuple(fc.constant("up" as const), arbitraryClientMessage), fc.tuple(fc.constant("down" as const), arbitraryServerMessage)),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(conversation, (messages) => {
      const [client, server] = [createWireSession(), createWireSession()];
      for (const [direction, message] of messages) {
        const decoded =
          direction === "up"
            ? decodeClientMessage(encodeClientMessage(message, client), server)
            : decodeServerMessage(encodeServerMessage(message, server), client);
        expect(decoded).toEqual({ ok: true, value: message });
      }
      expect(client).toEqual(server);
    }),
    { ...runs, numRuns: 250 },
  );
});

const device = "0123456789abcdef0123456789abcdef" as ReplicaId;

test("[WIRE3] a push that was encoded before the welcome is read without the welcome's keys", () => {
  const [client, server] = [createWireSession(), createWireSession()];
  const hello = encodeClientMessage(helloOf(["user:42"]), client);
  const push = pushOf([liveEdit(1)]);
  const bytes = encodeClientMessage(push, client);
  expect(decodeClientMessage(hello, server).ok).toBe(true);
  decodeServerMessage(encodeServerMessage(welcome, server), client);
  expect(decodeClientMessage(bytes, server)).toEqual({ ok: true, value: push });
  expect(decodeClientMessage(encodeClientMessage(push, client), server)).toEqual({ ok: true, value: push });
});

test("[WIRE4] a lost or doubled follow ends the conversation: no number ever stands for another space", () => {
  const follow = (space: string): ClientMessage => ({ type: "follow", spaces: [{ space, cursor: new Uint8Array(0), counter: 0 }] });
  const [client, server] = [createWireSession(), createWireSession()];
  decodeClientMessage(encodeClientMessage(helloOf(["a"]), client), server);
  encodeClientMessage(follow("lost"), client);
  const second = encodeClientMessage(follow("b"), client);
  expect(decodeClientMessage(second, server)).toMatchObject({ ok: false });
  const push = encodeClientMessage({ ...pushOf([liveEdit(1)]), space: "b" }, client);
  expect(decodeClientMessage(push, server)).toMatchObject({ ok: false });
});

test("[WIRE5] an unknown code of a fault counts as server-error", () => {
  const bytes = encodeServerMessage({ type: "fault", request: 4, code: "quota" as "overloaded", message: "m", retryAfterMs: 5 });
  expect(decodeServerMessage(bytes)).toEqual({
    ok: true,
    value: { type: "fault", request: 4, code: "server-error", message: "m", retryAfterMs: 5 },
  });
});

test("[WIRE17] text that people read is made to fit: a reason cannot block the outcome that it explains", () => {
  const reason = `\ud83d${"😀\0".repeat(1000)}`;
  const pushed: ServerMessage = {
    type: "pushed",
    request: 1,
    space: "s",
    mark: 1,
    chain: new Uint8Array(8),
    head: 0,
    after: 0,
    outcomes: [{ type: "refused", counter: 1, code: "no", reason }],
    cursor: new Uint8Array(0),
    stopped: { type: "failed", counter: 2, detail: reason, retryAfterMs: undefined },
  };
  const first = decodeServerMessage(encodeServerMessage(pushed));
  expect(first).toMatchObject({ ok: true, value: { outcomes: [{ reason: expect.stringMatching(/^\ufffd😀\ufffd😀/u) as string }] } });
  expect(first.ok && decodeServerMessage(encodeServerMessage(first.value))).toEqual(first);
  const fault = decodeServerMessage(
    encodeServerMessage({ type: "fault", request: 0, code: "malformed", message: reason, retryAfterMs: undefined }),
  );
  expect(fault.ok).toBe(true);
});

test("[WIRE10] 1,000 transactions of one register each take at most 60 bytes an operation, 45 beyond neither id nor value", () => {
  const transactions = Array.from({ length: 1000 }, (_, index) => liveEdit(index + 1));
  const bytes = encodeClientMessage(pushOf(transactions));
  expect(bytes.length / 1000).toBeLessThanOrEqual(45);
});

test("[WIRE10] a live edit with a value of 20 characters takes at most 200 bytes on both links", () => {
  expect(liveEditBytes().reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(200);
});

/** Push, pushed and poke of one edit well into a session. */
function liveEditBytes(): number[] {
  const [client, server, follower, followerServer] = [createWireSession(), createWireSession(), createWireSession(), createWireSession()];
  decodeClientMessage(encodeClientMessage(helloOf(["user:42"]), client), server);
  decodeServerMessage(encodeServerMessage(welcome, server), client);
  decodeClientMessage(encodeClientMessage(helloOf(["user:42"]), follower), followerServer);
  decodeServerMessage(encodeServerMessage(welcome, followerServer), follower);
  const edit = liveEdit(100);
  const cursor = new Uint8Array([...cursorBase.subarray(0, 7), 0xe8, 8]);
  const push = encodeClientMessage({ ...pushOf([edit]), settledThrough: 99, request: 100 }, client);
  const pushed = encodeServerMessage(
    {
      type: "pushed",
      request: 100,
      space: "user:42",
      mark: 100,
      chain: new Uint8Array(8).fill(3),
      head: 1000,
      after: 999,
      outcomes: [],
      cursor,
      stopped: undefined,
    },
    server,
  );
  const poke = encodeServerMessage(
    { type: "poke", space: "user:42", head: 1000, changes: [{ sequence: 1000, transaction: edit }], cursor },
    followerServer,
  );
  return [push.length, pushed.length, poke.length];
}

const cursorBase = new Uint8Array([1, 9, 9, 9, 9, 8, 8, 1]);
const welcome: ServerMessage = {
  type: "welcome",
  protocol: 1,
  capabilities: ["deflate"],
  epoch: "e",
  principal: "p",
  schemaVersion: 1,
  pushBytesMax: wireLimits.messageBytesMax,
  heartbeatMs: 30_000,
  spaces: [{ space: "user:42", access: "write", head: 1, mark: 0, chain: new Uint8Array(8), lamport: 1, cursorBase }],
  keys: [
    { collection: "notes", field: "other", kind: 2 },
    { collection: "notes", field: "title", kind: 2 },
  ],
};

function helloOf(spaces: readonly string[]): ClientMessage {
  return {
    type: "hello",
    protocol: 1,
    protocolMin: 1,
    capabilities: ["deflate"],
    token: "t",
    replica: device,
    principal: "p",
    schemaVersion: 1,
    spaces: spaces.map((space) => ({ space, cursor: new Uint8Array(0), counter: 0 })),
  };
}

function pushOf(transactions: readonly Transaction[]): Extract<ClientMessage, { type: "push" }> {
  return { type: "push", request: 1, space: "user:42", chain: new Uint8Array(8).fill(7), settledThrough: 0, transactions };
}

/** One register of a record of its own: 22 bytes of delta, of which 20 are the value's text. */
function liveEdit(index: number): Transaction {
  const record = `AAAA${String(index).padStart(17, "A")}A`;
  const operation = {
    collection: "notes",
    record,
    field: "title",
    kind: 2,
    delta: new Uint8Array(22).fill(index),
    context: new Map(),
    creates: false,
  };
  return {
    replica: device,
    counter: index,
    lamport: index + 3,
    schemaVersion: 1,
    wallMs: 1_795_000_000_000 + 777 * index,
    dependencies: new Map(),
    body: { type: "operations", operations: [operation] },
    extensions: [],
  };
}

function withMapsReversed(transaction: Transaction): Transaction {
  const { body } = transaction;
  const dependencies = new Map([...transaction.dependencies].reverse());
  if (body.type !== "operations") return { ...transaction, dependencies };
  const operations = body.operations.map((each) => ({ ...each, context: new Map([...each.context].reverse()) }));
  return { ...transaction, dependencies, body: { ...body, operations } };
}

test("[WIRE2] a batch never depends on the array it came in: two encodings of one batch are equal", () => {
  const transactions = [liveEdit(1), liveEdit(2)];
  const defaults = { replica: device, schemaVersion: 1, keys: [] };
  expect(encodeBatch([...transactions], undefined, defaults)).toEqual(encodeBatch(transactions, undefined, defaults));
});
