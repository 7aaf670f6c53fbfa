/** One message of each type, every field set: recorded as bytes under `recorded/` at each released version and replayed for ever. Samples are added, never changed. */
import type { ReplicaId } from "../../causality/replica-id.ts";
import type { Transaction } from "../../operation/operation.ts";
import type { ClientMessage, Cursor, ServerMessage } from "../messages.ts";

export type Sample =
  | { readonly name: string; readonly direction: "up"; readonly message: ClientMessage }
  | { readonly name: string; readonly direction: "down"; readonly message: ServerMessage };

const phone = "000102030405060708090a0b0c0d0e0f" as ReplicaId;
const tablet = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff" as ReplicaId;
const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const cursorAt = (sequence: number): Cursor => bytes(1, 10, 20, 30, 40, 50, 60, sequence);
const chain = bytes(1, 2, 3, 4, 5, 6, 7, 8);
const minted = "AAECAwQFBgcICQoLDA0ODw";

const edit: Transaction = {
  replica: phone,
  counter: 7,
  lamport: 21,
  schemaVersion: 2,
  wallMs: 1_795_000_000_123,
  dependencies: new Map([["team:7", 12]]),
  body: {
    type: "operations",
    operations: [
      {
        collection: "notes",
        record: minted,
        field: "title",
        kind: 2,
        delta: bytes(9, 8, 7),
        context: new Map([[tablet, 3]]),
        creates: true,
      },
      { collection: "notes", record: minted, field: "tags", kind: 4, delta: bytes(), context: new Map([[tablet, 3]]), creates: true },
      { collection: "notes", record: "Käse 🧀", field: "", kind: 1, delta: bytes(0), context: new Map(), creates: false },
      {
        collection: "notes",
        record: minted,
        field: "later",
        kind: 4711,
        delta: bytes(255),
        context: new Map([[tablet, 4]]),
        creates: false,
      },
    ],
  },
  extensions: [{ number: 40, bytes: bytes(1, 0, 255) }],
};

const asked: Transaction = {
  replica: phone,
  counter: 11,
  lamport: 30,
  schemaVersion: 2,
  wallMs: 1_794_999_999_000,
  dependencies: new Map(),
  body: {
    type: "intent",
    intent: { id: bytes(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), name: "buyPlan", input: bytes(5, 5) },
  },
  extensions: [],
};

const withdrawn: Transaction = {
  replica: phone,
  counter: 12,
  lamport: 31,
  schemaVersion: 3,
  wallMs: 1_795_000_000_999,
  dependencies: new Map(),
  body: { type: "void", counters: 3 },
  extensions: [],
};

const elsewhere: Transaction = { ...asked, replica: tablet, counter: 4, body: { type: "void", counters: 1 } };

export const transactionSamples: readonly (readonly [name: string, transaction: Transaction])[] = [
  ["edit", edit],
  ["intent", asked],
  ["void", withdrawn],
];

/** In the order of a conversation, so that they can also be replayed in one session. */
export const messageSamples: readonly Sample[] = [
  {
    name: "hello",
    direction: "up",
    message: {
      type: "hello",
      protocol: 1,
      protocolMin: 1,
      capabilities: ["deflate"],
      token: "token",
      replica: phone,
      principal: "ada",
      schemaVersion: 2,
      spaces: [{ space: "user:42", cursor: cursorAt(3), counter: 14 }],
    },
  },
  {
    name: "welcome",
    direction: "down",
    message: {
      type: "welcome",
      protocol: 1,
      capabilities: ["deflate"],
      epoch: "0f".repeat(16),
      principal: "ada",
      schemaVersion: 2,
      pushBytesMax: 1_048_576,
      heartbeatMs: 30_000,
      spaces: [{ space: "user:42", access: "write", head: 900, mark: 6, chain, lamport: 400, cursorBase: cursorAt(90) }],
      keys: [
        { collection: "notes", field: "title", kind: 2 },
        { collection: "notes", field: "", kind: 1 },
      ],
    },
  },
  { name: "follow", direction: "up", message: { type: "follow", spaces: [{ space: "team:7", cursor: bytes(), counter: 0 }] } },
  {
    name: "push",
    direction: "up",
    message: { type: "push", request: 5, space: "user:42", chain, settledThrough: 2, transactions: [edit, asked, withdrawn] },
  },
  {
    name: "pushed",
    direction: "down",
    message: {
      type: "pushed",
      request: 5,
      space: "user:42",
      mark: 14,
      chain,
      head: 902,
      after: 901,
      outcomes: [
        { type: "refused", counter: 7, code: "no-access", reason: "not yours" },
        { type: "accepted", counter: 11, result: bytes(3, 2), sequence: 902 },
        { type: "outcome-expired", counter: 12 },
      ],
      cursor: cursorAt(100),
      stopped: { type: "failed", counter: 15, detail: "out of memory", retryAfterMs: 0 },
    },
  },
  {
    name: "pull",
    direction: "up",
    message: { type: "pull", request: 6, space: "team:7", cursor: cursorAt(91), ownThrough: 14, bytesMax: 262_144 },
  },
  {
    name: "page",
    direction: "down",
    message: {
      type: "page",
      request: 6,
      space: "user:42",
      content: {
        type: "changes",
        changes: [
          { sequence: 880, transaction: edit },
          { sequence: 890, transaction: elsewhere },
        ],
      },
      cursor: cursorAt(92),
      head: 902,
      more: true,
    },
  },
  {
    name: "snapshot",
    direction: "down",
    message: {
      type: "page",
      request: 7,
      space: "team:7",
      content: {
        type: "snapshot",
        first: true,
        lamport: 77,
        records: [
          { collection: "notes", record: minted, state: bytes(1, 2, 3) },
          { collection: "tags", record: "red", state: bytes() },
          { collection: "notes", record: "two", state: bytes(4) },
        ],
      },
      cursor: cursorAt(93),
      head: 5,
      more: false,
    },
  },
  {
    name: "poke",
    direction: "down",
    message: { type: "poke", space: "user:42", head: 903, changes: [{ sequence: 903, transaction: elsewhere }], cursor: cursorAt(103) },
  },
  { name: "ping", direction: "up", message: { type: "ping", nonce: 99 } },
  { name: "pong", direction: "down", message: { type: "pong", nonce: 99 } },
  { name: "authenticate", direction: "up", message: { type: "authenticate", token: "fresh" } },
  { name: "unfollow", direction: "up", message: { type: "unfollow", spaces: ["team:7"] } },
  { name: "fault", direction: "down", message: { type: "fault", request: 8, code: "overloaded", message: "later", retryAfterMs: 1500 } },
  // Behind what was recorded first: a sample's place in the session is part of its bytes.
  {
    name: "hello-opening",
    direction: "up",
    message: {
      type: "hello",
      protocol: 1,
      protocolMin: 1,
      capabilities: [],
      token: "token",
      replica: phone,
      principal: "ada",
      schemaVersion: 2,
      spaces: [{ space: "user:42", cursor: cursorAt(3), counter: 14 }],
      opening: bytes(8, 7, 6, 5, 4, 3, 2, 1),
    },
  },
  {
    name: "welcome-copied",
    direction: "down",
    message: {
      type: "welcome",
      protocol: 1,
      capabilities: [],
      epoch: "0f".repeat(16),
      principal: "ada",
      schemaVersion: 2,
      pushBytesMax: 1_048_576,
      heartbeatMs: 30_000,
      spaces: [{ space: "user:42", access: "write", head: 900, mark: 6, chain, lamport: 400 }],
      copied: true,
    },
  },
  {
    name: "pushed-forked",
    direction: "down",
    message: {
      type: "pushed",
      request: 9,
      space: "user:42",
      mark: 20,
      chain,
      head: 903,
      after: 903,
      outcomes: [],
      cursor: bytes(),
      stopped: { type: "forked", through: 12 },
    },
  },
  {
    name: "welcome-spread",
    direction: "down",
    message: {
      type: "welcome",
      protocol: 1,
      capabilities: [],
      epoch: "0f".repeat(16),
      principal: "ada",
      schemaVersion: 2,
      pushBytesMax: 1_048_576,
      heartbeatMs: 30_000,
      spaces: [],
      reconnectWithinMs: 10_000,
    },
  },
  {
    name: "poke-spread",
    direction: "down",
    message: { type: "poke", space: "user:42", head: 904, withinMs: 2_500, changes: [], cursor: bytes() },
  },
];
