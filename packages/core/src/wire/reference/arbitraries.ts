/** Arbitrary transactions and messages within the limits, for property tests of the wire. */
import fc from "fast-check";
import { bytesToBase64url, bytesToHex } from "../../base/bytes.ts";
import { isWellFormedText, utf8Length } from "../../base/utf8.ts";
import type { ReplicaId } from "../../causality/replica-id.ts";
import type { Extension, Operation, Sequenced, Transaction, TransactionBody } from "../../operation/operation.ts";
import * as wireLimits from "../wire-limits.ts";
import type { ClientMessage, FaultCode, HelloSpace, Outcome, PageContent, PushStop, ServerMessage, WelcomeSpace } from "../messages.ts";

const blob = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength }).map((bytes) => new Uint8Array(bytes));
const exactly = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => new Uint8Array(bytes));
const text = (bytesMax: number): fc.Arbitrary<string> =>
  fc.string({ unit: "grapheme", maxLength: 24 }).filter((each) => isWellFormedText(each) && utf8Length(each) <= bytesMax);
const id = text(128).filter((each) => each !== "");
const integer = (max: number): fc.Arbitrary<number> => fc.oneof(fc.nat({ max: Math.min(max, 300) }), fc.integer({ min: 0, max }));
const sequence = integer(wireLimits.integerMax);
const request = integer(wireLimits.requestMax);

/** Few, so that dictionaries are used. */
const replica = fc.constantFrom(...[1, 2, 3, 0xfe].map((byte) => bytesToHex(new Uint8Array(16).fill(byte)) as ReplicaId));
const name = fc.constantFrom("notes", "title", "body", "a", "Z9_", `n${"x".repeat(62)}`);
const mintedId = exactly(16).map(bytesToBase64url);
const recordId = fc.oneof(
  fc.constantFrom("one", "two", "__proto__", bytesToBase64url(new Uint8Array(16).fill(9)), "AAAAAAAAAAAAAAAAAAAAAB", "😀"),
  mintedId,
  id,
);
const spaceId = fc.oneof(fc.constantFrom("user:42", "team:7", "__proto__"), id);
const vector = fc
  .uniqueArray(fc.tuple(replica, integer(wireLimits.integerMax - 1)), { selector: ([each]) => each, maxLength: 4 })
  .map((entries) => new Map(entries.map(([each, counter]) => [each, counter + 1] as const).sort(([a], [b]) => (a < b ? -1 : 1))));

const operation: fc.Arbitrary<Operation> = fc.record({
  collection: name,
  record: recordId,
  field: fc.oneof(name, fc.constant("")),
  kind: fc.oneof(fc.integer({ min: 1, max: 7 }), integer(wireLimits.kindMax)),
  delta: blob(40),
  context: vector,
  creates: fc.boolean(),
});

const body: fc.Arbitrary<TransactionBody> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant("operations" as const), operations: fc.array(operation, { minLength: 1, maxLength: 6 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("intent" as const), intent: fc.record({ id: exactly(16), name, input: blob(30) }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("void" as const), counters: fc.integer({ min: 1, max: 50 }) }) },
);

const extension: fc.Arbitrary<Extension> = fc.record({ number: integer(1000), bytes: blob(20) });

export const arbitraryTransaction: fc.Arbitrary<Transaction> = fc.record({
  replica,
  counter: integer(wireLimits.integerMax - 100).map((each) => each + 1),
  lamport: integer(wireLimits.integerMax - 100),
  schemaVersion: integer(wireLimits.schemaVersionMax),
  wallMs: sequence,
  dependencies: fc
    .uniqueArray(fc.tuple(spaceId, sequence), { selector: ([each]) => each, maxLength: 3 })
    .map((entries) => new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)))),
  body,
  extensions: fc.array(extension, { maxLength: 2 }),
});

const changes: fc.Arbitrary<Sequenced[]> = fc
  .tuple(fc.integer({ min: 1, max: 2 ** 40 }), fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), arbitraryTransaction), { maxLength: 6 }))
  .map(([first, steps]) => {
    let last = first;
    return steps.map(([step, transaction]) => ({ sequence: (last += step), transaction }));
  });

const cursor = blob(24);
const chain = fc.oneof(exactly(8), fc.constant(new Uint8Array(0)));
const helloSpace: fc.Arbitrary<HelloSpace> = fc.record({ space: spaceId, cursor, counter: sequence });
const offer = { protocol: request, protocolMin: request, capabilities: fc.array(text(64), { maxLength: 3 }) };
const delay = fc.option(sequence, { nil: undefined });

export const arbitraryClientMessage: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record(
    {
      type: fc.constant("hello" as const),
      ...offer,
      token: text(200),
      replica,
      principal: text(200),
      schemaVersion: integer(wireLimits.schemaVersionMax),
      spaces: fc.array(helloSpace, { maxLength: 4 }),
      opening: exactly(8),
      request: integer(wireLimits.integerMax - 1).map((n) => n + 1),
    },
    {
      requiredKeys: ["type", "protocol", "protocolMin", "capabilities", "token", "replica", "principal", "schemaVersion", "spaces"],
    },
  ),
  fc.record({ type: fc.constant("follow" as const), spaces: fc.array(helloSpace, { maxLength: 4 }) }),
  fc.record({ type: fc.constant("unfollow" as const), spaces: fc.array(spaceId, { maxLength: 4 }) }),
  fc.record({
    type: fc.constant("push" as const),
    request,
    space: spaceId,
    chain,
    settledThrough: sequence,
    transactions: fc.array(arbitraryTransaction, { maxLength: 6 }),
  }),
  fc.record({
    type: fc.constant("push" as const),
    request,
    space: spaceId,
    chain,
    settledThrough: sequence,
    transactions: fc.array(arbitraryTransaction, { maxLength: 2 }),
    epochTag: fc.integer({ min: 1, max: 0xffff_ffff }),
  }),
  fc.record({ type: fc.constant("pull" as const), request, space: spaceId, cursor, ownThrough: sequence, bytesMax: sequence }),
  fc.record({ type: fc.constant("ping" as const), nonce: sequence }),
  fc.record({ type: fc.constant("authenticate" as const), token: text(200) }),
);

const welcomeSpace: fc.Arbitrary<WelcomeSpace> = fc.record(
  {
    space: spaceId,
    access: fc.constantFrom("none" as const, "read" as const, "write" as const),
    head: sequence,
    mark: sequence,
    chain,
    lamport: sequence,
    cursorBase: exactly(9),
    refused: fc.array(fc.integer({ min: 1, max: 2 ** 50 }), { minLength: 1, maxLength: 5 }),
  },
  { requiredKeys: ["space", "access", "head", "mark", "chain", "lamport"] },
);

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ type: fc.constant("refused" as const), counter: fc.integer({ min: 1, max: 2 ** 50 }), code: text(64), reason: text(300) }),
  fc.record({ type: fc.constant("accepted" as const), counter: fc.integer({ min: 1, max: 2 ** 50 }), result: blob(30), sequence }),
  fc.record({ type: fc.constant("outcome-expired" as const), counter: fc.integer({ min: 1, max: 2 ** 50 }) }),
);

const stop: fc.Arbitrary<PushStop> = fc.oneof(
  fc.constant({ type: "gap" as const }),
  fc.record({ type: fc.constant("forked" as const), through: sequence }),
  fc.record({ type: fc.constant("failed" as const), counter: sequence, detail: text(200), retryAfterMs: delay }),
  fc.record({ type: fc.constant("awaits" as const), counter: sequence, retryAfterMs: fc.integer({ min: 0, max: 600_000 }) }),
);

const content: fc.Arbitrary<PageContent> = fc.oneof(
  fc.record({ type: fc.constant("changes" as const), changes }),
  fc.record({
    type: fc.constant("snapshot" as const),
    first: fc.boolean(),
    lamport: sequence,
    records: fc.array(fc.record({ collection: name, record: recordId, state: blob(40) }), { maxLength: 6 }),
  }),
);

export const faultCodes: readonly FaultCode[] = [
  "unauthenticated",
  "wrong-principal",
  "replica-taken",
  "client-too-old",
  "server-too-old",
  "no-access",
  "overloaded",
  "too-large",
  "malformed",
  "server-error",
];

export const arbitraryServerMessage: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.record(
    {
      type: fc.constant("welcome" as const),
      protocol: request,
      capabilities: fc.array(text(64), { maxLength: 3 }),
      epoch: text(64),
      principal: text(200),
      schemaVersion: integer(wireLimits.schemaVersionMax),
      pushBytesMax: sequence,
      heartbeatMs: sequence,
      spaces: fc.array(welcomeSpace, { maxLength: 4 }),
      keys: fc.array(fc.record({ collection: name, field: fc.oneof(name, fc.constant("")), kind: integer(9) }), {
        minLength: 1,
        maxLength: 4,
      }),
      copied: fc.constant(true),
      reconnectWithinMs: integer(3_600_000).map((ms) => ms + 1),
      request: integer(wireLimits.integerMax - 1).map((n) => n + 1),
    },
    { requiredKeys: ["type", "protocol", "capabilities", "epoch", "principal", "schemaVersion", "pushBytesMax", "heartbeatMs", "spaces"] },
  ),
  fc.record({
    type: fc.constant("pushed" as const),
    request,
    space: spaceId,
    mark: sequence,
    chain,
    head: sequence,
    outcomes: fc.array(outcome, { maxLength: 4 }),
    after: sequence,
    cursor,
    stopped: fc.option(stop, { nil: undefined }),
  }),
  fc.record({ type: fc.constant("page" as const), request, space: spaceId, content, cursor, head: sequence, more: fc.boolean() }),
  fc.record(
    {
      type: fc.constant("poke" as const),
      space: spaceId,
      head: sequence,
      withinMs: integer(3_600_000).map((ms) => ms + 1),
      changes,
      cursor,
    },
    { requiredKeys: ["type", "space", "head", "changes", "cursor"] },
  ),
  fc.record({ type: fc.constant("pong" as const), nonce: sequence }),
  fc.record({
    type: fc.constant("fault" as const),
    request,
    code: fc.constantFrom(...faultCodes),
    message: text(300),
    retryAfterMs: delay,
  }),
);
