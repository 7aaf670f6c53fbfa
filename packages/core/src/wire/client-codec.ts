/** The client's messages and their bytes. See `wire.proto`; field numbers stand there too. */
import { unreachable } from "../base/assert.ts";
import { ByteWriter, type Decoded, DecodeFault } from "../base/bytes.ts";
import { bytesToReplicaId, type ReplicaId, replicaIdToBytes } from "../causality/replica-id.ts";
import type { Transaction } from "../operation/operation.ts";
import { type BatchDefaults, replicaBytes } from "./batch.ts";
import { decodeBatch } from "./decode-batch.ts";
import { encodeBatch } from "./encode-batch.ts";
import * as wireLimits from "./wire-limits.ts";
import type { ClientMessage, HelloSpace } from "./messages.ts";
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
  writeNumber,
  writeText,
  writeTextAlways,
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
import { learnFromClient, type WireSession } from "./wire-session.ts";

const typeField = { hello: 1, push: 2, pull: 3, follow: 4, unfollow: 5, ping: 6, authenticate: 7 } as const;

export function encodeClientMessage(message: ClientMessage, session?: WireSession): Uint8Array {
  const body = new ByteWriter(256);
  // `follow` says the first of its numbers: taken before the session learns them.
  writeClientBody(body, message, session);
  if (session !== undefined) learnFromClient(session, message);
  const writer = new ByteWriter(body.length + 8);
  writeBytesAlways(writer, typeField[message.type], body.finish());
  return writer.finish();
}

/** Total: any bytes give a message or a fault. After a fault the conversation is over. */
export function decodeClientMessage(bytes: Uint8Array, session?: WireSession): Decoded<ClientMessage> {
  return decodeMessage(bytes, (plain) => {
    let message: ClientMessage | undefined;
    readFields(plain, (field) => {
      if (field.isVarint || field.number > typeField.authenticate) return;
      if (message !== undefined) field.fail("two messages in one");
      message = readClientBody(field.number, field.bytes, session);
    });
    if (message === undefined) throw new DecodeFault("nothing");
    if (session !== undefined) learnFromClient(session, message);
    return message;
  });
}

function writeClientBody(writer: ByteWriter, message: ClientMessage, session: WireSession | undefined): void {
  switch (message.type) {
    case "hello":
      writeNumber(writer, 1, message.protocol);
      writeNumber(writer, 2, message.protocolMin);
      for (const capability of message.capabilities) writeTextAlways(writer, 3, capability);
      writeText(writer, 4, message.token);
      writeBytes(writer, 5, replicaIdToBytes(message.replica));
      writeText(writer, 6, message.principal);
      writeNumber(writer, 7, message.schemaVersion);
      for (const space of message.spaces) writeHelloSpace(writer, 8, space);
      if (message.opening !== undefined) writeBytes(writer, 9, message.opening);
      writeNumber(writer, 10, message.request ?? 0);
      return;
    case "push": {
      const usesKeys = session !== undefined && session.keys.length > 0;
      writeNumber(writer, 1, message.request);
      writeSpace(writer, message.space, session);
      writeBytes(writer, 4, message.chain);
      writeNumber(writer, 5, zigzag(message.settledThrough - counterBefore(message.transactions)));
      if (message.transactions.length > 0)
        writeBytesAlways(writer, 6, encodeBatch(message.transactions, undefined, pushDefaults(session, usesKeys)));
      // A push that goes out with its hello knows no keys yet: it has to say which it means.
      if (usesKeys) writeNumber(writer, 7, 1);
      writeNumber(writer, 8, message.epochTag ?? 0);
      return;
    }
    case "pull":
      writeNumber(writer, 1, message.request);
      writeSpace(writer, message.space, session);
      writeCursor(writer, message.cursor, message.space, session);
      writeNumber(writer, 5, message.ownThrough);
      writeNumber(writer, 6, message.bytesMax);
      return;
    case "follow":
      if (session !== undefined) writeNumber(writer, 1, session.spaces.length + 1);
      for (const space of message.spaces) writeHelloSpace(writer, 2, space);
      return;
    case "unfollow":
      for (const space of message.spaces) writeTextAlways(writer, 1, space);
      return;
    case "ping":
      writeNumber(writer, 1, message.nonce);
      return;
    case "authenticate":
      writeText(writer, 1, message.token);
      return;
    default:
      unreachable(message);
  }
}

function readClientBody(type: number, bytes: Uint8Array, session: WireSession | undefined): ClientMessage {
  switch (type) {
    case typeField.hello:
      return readHello(bytes);
    case typeField.push:
      return readPush(bytes, session);
    case typeField.pull:
      return readPull(bytes, session);
    case typeField.follow:
      return readFollow(bytes, session);
    case typeField.unfollow: {
      const spaces: string[] = [];
      readFields(bytes, (field) => {
        if (field.number !== 1) return;
        if (spaces.length >= wireLimits.spacesMax) field.fail("too many");
        spaces.push(asText(field, wireLimits.spaceIdBytesMax));
      });
      return { type: "unfollow", spaces };
    }
    case typeField.ping: {
      let nonce = 0;
      readFields(bytes, (field) => {
        if (field.number === 1) nonce = asInteger(field);
      });
      return { type: "ping", nonce };
    }
    default: {
      let token = "";
      readFields(bytes, (field) => {
        if (field.number === 1) token = asText(field, wireLimits.tokenBytesMax);
      });
      return { type: "authenticate", token };
    }
  }
}

function readHello(bytes: Uint8Array): ClientMessage {
  let protocol = 0;
  let protocolMin = 0;
  let token = "";
  let principal = "";
  let schemaVersion = 0;
  let replica: ReplicaId | undefined;
  const capabilities: string[] = [];
  const spaces: HelloSpace[] = [];
  let opening: Uint8Array | undefined;
  let request = 0;
  readFields(bytes, (field) => {
    switch (field.number) {
      case 1:
        protocol = asNumber(field, wireLimits.requestMax);
        break;
      case 2:
        protocolMin = asNumber(field, wireLimits.requestMax);
        break;
      case 3:
        if (capabilities.length >= wireLimits.capabilitiesMax) field.fail("too many");
        capabilities.push(asText(field, wireLimits.capabilityBytesMax));
        break;
      case 4:
        token = asText(field, wireLimits.tokenBytesMax);
        break;
      case 5: {
        const id = asView(field, replicaBytes);
        if (id.length !== replicaBytes) field.fail("a replica id has 16 bytes");
        replica = bytesToReplicaId(id);
        break;
      }
      case 6:
        principal = asText(field, wireLimits.principalBytesMax);
        break;
      case 7:
        schemaVersion = asNumber(field, wireLimits.schemaVersionMax);
        break;
      case 8:
        if (spaces.length >= wireLimits.spacesMax) field.fail("too many");
        spaces.push(readHelloSpace(asView(field, wireLimits.messageBytesMax)));
        break;
      case 9:
        opening = asBytes(field, wireLimits.openingBytesMax);
        break;
      case 10:
        request = asInteger(field);
        break;
    }
  });
  if (replica === undefined) throw new DecodeFault("a hello without a replica");
  const said = { protocol, protocolMin, capabilities, token, replica, principal, schemaVersion, spaces };
  return {
    type: "hello",
    ...said,
    ...(opening === undefined || opening.length === 0 ? {} : { opening }),
    ...(request > 0 ? { request } : {}),
  };
}

function readPush(bytes: Uint8Array, session: WireSession | undefined): ClientMessage {
  let request = 0;
  let chain: Uint8Array = new Uint8Array(0);
  let settledOffset = 0;
  const name: SpaceName = { space: undefined };
  let batch: Uint8Array | undefined;
  let usesKeys = false;
  let epochTag = 0;
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
        chain = asBytes(field, 32);
        break;
      case 5:
        settledOffset = asSigned(field);
        break;
      case 6:
        batch = asView(field, wireLimits.inflatedBytesMax);
        break;
      case 7:
        usesKeys = asNumber(field, 1) === 1;
        break;
      case 8:
        epochTag = asNumber(field, 0xffff_ffff);
        break;
    }
  });
  const transactions = batch === undefined ? [] : decodeBatch(batch, pushDefaults(session, usesKeys)).map((each) => each.transaction);
  const settledThrough = settledOffset + counterBefore(transactions);
  if (!(settledThrough >= 0 && settledThrough <= wireLimits.integerMax)) throw new DecodeFault("out of range");
  const said = { request, space: requiredSpace(name), chain, settledThrough, transactions };
  return { type: "push", ...said, ...(epochTag === 0 ? {} : { epochTag }) };
}

function readPull(bytes: Uint8Array, session: WireSession | undefined): ClientMessage {
  let request = 0;
  let ownThrough = 0;
  let bytesMax = 0;
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
      case 5:
        ownThrough = asInteger(field);
        break;
      case 6:
        bytesMax = asInteger(field);
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
  return { type: "pull", request, space, cursor: readCursor(cursor, space, session), ownThrough, bytesMax };
}

function readFollow(bytes: Uint8Array, session: WireSession | undefined): ClientMessage {
  const spaces: HelloSpace[] = [];
  readFields(bytes, (field) => {
    if (field.number === 1) {
      const first = asNumber(field, wireLimits.requestMax);
      if (session !== undefined && first !== session.spaces.length + 1)
        field.fail("spaces numbered from another place: a message was lost or doubled");
    }
    if (field.number !== 2) return;
    if (spaces.length >= wireLimits.spacesMax) field.fail("too many");
    spaces.push(readHelloSpace(asView(field, wireLimits.messageBytesMax)));
  });
  return { type: "follow", spaces };
}

function writeHelloSpace(writer: ByteWriter, field: number, { space, cursor, counter }: HelloSpace): void {
  const body = new ByteWriter(64);
  writeText(body, 1, space);
  writeBytes(body, 2, cursor);
  writeNumber(body, 3, counter);
  writeBytesAlways(writer, field, body.finish());
}

function readHelloSpace(bytes: Uint8Array): HelloSpace {
  let space: string | undefined;
  let cursor: Uint8Array = new Uint8Array(0);
  let counter = 0;
  readFields(bytes, (field) => {
    if (field.number === 1) space = asText(field, wireLimits.spaceIdBytesMax);
    else if (field.number === 2) cursor = asBytes(field, wireLimits.cursorBytesMax);
    else if (field.number === 3) counter = asInteger(field);
  });
  return { space: requiredSpace({ space }), cursor, counter };
}

/** What is pushed is most often all that is not settled. */
function counterBefore(transactions: readonly Transaction[]): number {
  const first = transactions[0];
  return first === undefined ? 0 : first.counter - 1;
}

function pushDefaults(session: WireSession | undefined, usesKeys: boolean): BatchDefaults {
  return { replica: session?.replica, schemaVersion: session?.clientVersion ?? 0, keys: usesKeys ? (session?.keys ?? []) : [] };
}
