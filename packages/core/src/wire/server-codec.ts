/** r0's messages and their bytes. See `wire.proto`; field numbers stand there too. */
import { unreachable } from "../base/assert.ts";
import { ByteWriter, type Decoded, DecodeFault } from "../base/bytes.ts";
import { decodeBatch } from "./decode-batch.ts";
import { encodeBatch } from "./encode-batch.ts";
import type { BatchDefaults } from "./batch.ts";
import type { Sequenced } from "../operation/operation.ts";
import * as wireLimits from "./wire-limits.ts";
import type { PageContent, ServerMessage } from "./messages.ts";
import { readOutcome, readStop, writeOutcome, writeStop } from "./outcome-codec.ts";
import {
  asBytes,
  asInteger,
  asNumber,
  asSigned,
  asText,
  asView,
  decodeMessage,
  readFields,
  writeBytes,
  writeBytesAlways,
  writeClipped,
  writeNumber,
  writeNumberAlways,
  writeText,
  zigzag,
} from "./protobuf.ts";
import {
  readCursor,
  readSpace,
  requiredSpace,
  type SharedCursor,
  type SpaceName,
  spaceTextField,
  spaceNumberField,
  cursorField,
  cursorSharedField,
  writeCursor,
  writeSpace,
} from "./shared-fields.ts";
import { readSnapshot, writeSnapshot } from "./snapshot-codec.ts";
import { readWelcome, writeWelcome } from "./welcome-codec.ts";
import { learnFromServer, type WireSession } from "./wire-session.ts";

const typeField = { welcome: 1, pushed: 2, page: 3, poke: 4, pong: 5, fault: 6 } as const;

const faultCodes: ReadonlySet<string> = new Set([
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
]);

type Faulted = Extract<ServerMessage, { type: "fault" }>;

export function encodeServerMessage(message: ServerMessage, session?: WireSession): Uint8Array {
  const body = new ByteWriter(256);
  writeServerBody(body, message, session);
  if (session !== undefined) learnFromServer(session, message);
  const writer = new ByteWriter(body.length + 8);
  writeBytesAlways(writer, typeField[message.type], body.finish());
  return writer.finish();
}

/** Total: any bytes give a message or a fault. After a fault the conversation is over. */
export function decodeServerMessage(bytes: Uint8Array, session?: WireSession): Decoded<ServerMessage> {
  return decodeMessage(bytes, (plain) => {
    let message: ServerMessage | undefined;
    readFields(plain, (field) => {
      if (field.isVarint || field.number > typeField.fault) return;
      if (message !== undefined) field.fail("out of range");
      message = readServerBody(field.number, field.bytes, session);
    });
    if (message === undefined) throw new DecodeFault("nothing");
    if (session !== undefined) learnFromServer(session, message);
    return message;
  });
}

function writeServerBody(writer: ByteWriter, message: ServerMessage, session: WireSession | undefined): void {
  switch (message.type) {
    case "welcome":
      writeWelcome(writer, message);
      return;
    case "pushed":
      writeNumber(writer, 1, message.request);
      writeSpace(writer, message.space, session);
      writeNumber(writer, 4, message.mark);
      writeBytes(writer, 5, message.chain);
      writeNumber(writer, 6, message.head);
      writeNumber(writer, 7, zigzag(message.head - message.after));
      for (const outcome of message.outcomes) writeOutcome(writer, 8, outcome);
      if (message.stopped !== undefined) writeStop(writer, 9, message.stopped);
      writeCursor(writer, message.cursor, message.space, session);
      return;
    case "page":
      writeNumber(writer, 1, message.request);
      writeSpace(writer, message.space, session);
      if (message.content.type === "snapshot") writeSnapshot(writer, 5, message.content);
      else writeChanges(writer, 4, message.content.changes, session);
      writeNumber(writer, 6, zigzag(message.head - (message.content.type === "changes" ? lastSequence(message.content.changes) : 0)));
      writeNumber(writer, 7, message.more ? 1 : 0);
      writeCursor(writer, message.cursor, message.space, session);
      return;
    case "poke":
      writeSpace(writer, message.space, session);
      writeChanges(writer, 4, message.changes, session);
      writeNumber(writer, 6, zigzag(message.head - lastSequence(message.changes)));
      writeNumber(writer, 8, message.withinMs ?? 0);
      writeCursor(writer, message.cursor, message.space, session);
      return;
    case "pong":
      writeNumber(writer, 1, message.nonce);
      return;
    case "fault":
      writeNumber(writer, 1, message.request);
      writeText(writer, 2, message.code);
      writeClipped(writer, 3, message.message, wireLimits.faultMessageBytesMax);
      if (message.retryAfterMs !== undefined) writeNumberAlways(writer, 4, message.retryAfterMs);
      return;
    default:
      unreachable(message);
  }
}

function readServerBody(type: number, bytes: Uint8Array, session: WireSession | undefined): ServerMessage {
  switch (type) {
    case typeField.welcome:
      return readWelcome(bytes);
    case typeField.pushed:
      return readPushed(bytes, session);
    case typeField.page:
      return readPage(bytes, session);
    case typeField.poke:
      return readPoke(bytes, session);
    case typeField.pong: {
      let nonce = 0;
      readFields(bytes, (field) => {
        if (field.number === 1) nonce = asInteger(field);
      });
      return { type: "pong", nonce };
    }
    default:
      return readFault(bytes);
  }
}

function readPushed(bytes: Uint8Array, session: WireSession | undefined): ServerMessage {
  const parts = { request: 0, mark: 0, head: 0, behind: 0 };
  let chain: Uint8Array = new Uint8Array(0);
  const name: SpaceName = { space: undefined };
  const cursor: SharedCursor = { bytes: undefined, shared: 0 };
  const outcomes: Extract<ServerMessage, { type: "pushed" }>["outcomes"][number][] = [];
  let stopped: Extract<ServerMessage, { type: "pushed" }>["stopped"];
  readFields(bytes, (field) => {
    switch (field.number) {
      case 1:
        parts.request = asNumber(field, wireLimits.requestMax);
        break;
      case spaceTextField:
      case spaceNumberField:
        readSpace(name, field, session);
        break;
      case 4:
        parts.mark = asInteger(field);
        break;
      case 5:
        chain = asBytes(field, 32);
        break;
      case 6:
        parts.head = asInteger(field);
        break;
      case 7:
        parts.behind = asSigned(field);
        break;
      case 8:
        if (outcomes.length >= wireLimits.outcomesMax) field.fail("too many");
        outcomes.push(readOutcome(asView(field, wireLimits.inflatedBytesMax)));
        break;
      case 9:
        stopped = readStop(asView(field, wireLimits.messageBytesMax));
        break;
      case cursorField:
        cursor.bytes = asBytes(field, wireLimits.cursorBytesMax);
        break;
      case cursorSharedField:
        cursor.shared = asNumber(field, wireLimits.cursorBytesMax);
        break;
    }
  });
  const { request, mark, head, behind } = parts;
  const space = requiredSpace(name);
  return {
    type: "pushed",
    request,
    space,
    mark,
    chain,
    head,
    outcomes,
    after: inRange(head - behind),
    cursor: readCursor(cursor, space, session),
    stopped,
  };
}

interface Delivery {
  request: number;
  space: string;
  changes: Sequenced[];
  snapshot: Extract<PageContent, { type: "snapshot" }> | undefined;
  head: number;
  more: boolean;
  withinMs: number;
  cursor: Uint8Array;
}

function readPage(bytes: Uint8Array, session: WireSession | undefined): ServerMessage {
  const { request, space, changes, snapshot, cursor, head, more } = readDelivery(bytes, session);
  return { type: "page", request, space, content: snapshot ?? { type: "changes", changes }, cursor, head, more };
}

function readPoke(bytes: Uint8Array, session: WireSession | undefined): ServerMessage {
  const { space, changes, cursor, head, withinMs } = readDelivery(bytes, session);
  return { type: "poke", space, head, ...(withinMs > 0 ? { withinMs } : {}), changes, cursor };
}

/** Pages and pokes have the same fields, but for `withinMs`. */
function readDelivery(bytes: Uint8Array, session: WireSession | undefined): Delivery {
  let request = 0;
  let ahead = 0;
  let more = false;
  let withinMs = 0;
  let changes: Sequenced[] = [];
  let snapshot: Delivery["snapshot"];
  const name: SpaceName = { space: undefined };
  const cursor: SharedCursor = { bytes: undefined, shared: 0 };
  readFields(bytes, (field) => {
    switch (field.number) {
      case 1:
        request = asNumber(field, wireLimits.requestMax);
        break;
      case spaceTextField:
      case spaceNumberField:
        readSpace(name, field, session);
        break;
      case 4:
        changes = decodeBatch(asView(field, wireLimits.inflatedBytesMax), changesDefaults(session));
        break;
      case 5:
        snapshot = readSnapshot(asView(field, wireLimits.inflatedBytesMax));
        break;
      case 6:
        ahead = asSigned(field);
        break;
      case 7:
        more = asNumber(field, 1) === 1;
        break;
      case 8:
        withinMs = asInteger(field);
        break;
      case cursorField:
        cursor.bytes = asBytes(field, wireLimits.cursorBytesMax);
        break;
      case cursorSharedField:
        cursor.shared = asNumber(field, wireLimits.cursorBytesMax);
        break;
    }
  });
  const space = requiredSpace(name);
  const head = inRange(ahead + (snapshot === undefined ? lastSequence(changes) : 0));
  return { request, space, changes, snapshot, head, more, withinMs, cursor: readCursor(cursor, space, session) };
}

function readFault(bytes: Uint8Array): ServerMessage {
  let request = 0;
  let code = "";
  let message = "";
  let retryAfterMs: number | undefined;
  readFields(bytes, (field) => {
    if (field.number === 1) request = asNumber(field, wireLimits.requestMax);
    else if (field.number === 2) code = asText(field, wireLimits.outcomeCodeBytesMax);
    else if (field.number === 3) message = asText(field, wireLimits.faultMessageBytesMax);
    else if (field.number === 4) retryAfterMs = asInteger(field);
  });
  return { type: "fault", request, code: isFaultCode(code) ? code : "server-error", message, retryAfterMs };
}

function isFaultCode(code: string): code is Faulted["code"] {
  return faultCodes.has(code);
}

function writeChanges(writer: ByteWriter, field: number, changes: readonly Sequenced[], session: WireSession | undefined): void {
  if (changes.length === 0) return;
  const transactions = changes.map((each) => each.transaction);
  const sequences = changes.map((each) => each.sequence);
  writeBytesAlways(writer, field, encodeBatch(transactions, sequences, changesDefaults(session)));
}

/** What r0 sends comes after its welcome: the keys are known at both ends. */
function changesDefaults(session: WireSession | undefined): BatchDefaults {
  return { replica: undefined, schemaVersion: session?.serverVersion ?? 0, keys: session?.keys ?? [] };
}

function lastSequence(changes: readonly Sequenced[]): number {
  return changes.at(-1)?.sequence ?? 0;
}

function inRange(sequence: number): number {
  if (!(sequence >= 0 && sequence <= wireLimits.integerMax)) throw new DecodeFault("out of range");
  return sequence;
}
