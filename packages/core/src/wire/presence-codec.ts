/**
 * Presence: what replicas show of themselves to who else follows a space, while they are there (a caret, a name), and what nobody keeps. Its
 * messages are none of the sync cycle's, and stand apart from its codec: only who has said the capability is sent them, and an app that does
 * not use them does not carry them.
 */
import { ByteWriter, type Decoded, DecodeFault } from "../base/bytes.ts";
import { bytesToReplicaId, type ReplicaId, replicaIdToBytes } from "../causality/replica-id.ts";
import type { SpaceId } from "../operation/operation.ts";
import { replicaBytes } from "./batch.ts";
import {
  asBytes,
  asNumber,
  asText,
  asView,
  decodeMessage,
  readFields,
  writeBytes,
  writeBytesAlways,
  writeNumber,
  writeText,
  writeTextAlways,
} from "./protobuf.ts";
import * as wireLimits from "./wire-limits.ts";

export const presenceCapability = "presence";

export interface ClientPresence {
  readonly space: SpaceId;
  /** An encoded `Value`; undefined: nothing any more. */
  readonly value: Uint8Array | undefined;
}

export interface Present {
  readonly replica: ReplicaId;
  readonly principal: string;
  readonly value: Uint8Array | undefined;
}

export interface ServerPresence {
  readonly space: SpaceId;
  /** Whoever is not named is not there; else only those named have changed. */
  readonly whole: boolean;
  readonly present: readonly Present[];
}

/** As the `oneof`s of `ClientMessage` and `ServerMessage` have it. */
const clientField = 8;
const serverField = 7;

export function isClientPresence(message: Uint8Array): boolean {
  return message[0] === clientField * 8 + 2;
}

export function isServerPresence(message: Uint8Array): boolean {
  return message[0] === serverField * 8 + 2;
}

export function encodeClientPresence({ space, value }: ClientPresence): Uint8Array {
  const body = new ByteWriter(256);
  writeTextAlways(body, 2, space);
  if (value !== undefined) writeBytesAlways(body, 4, value);
  return wrap(clientField, body);
}

export function encodeServerPresence({ space, whole, present }: ServerPresence): Uint8Array {
  const body = new ByteWriter(256);
  writeTextAlways(body, 2, space);
  writeNumber(body, 4, whole ? 1 : 0);
  for (const { replica, principal, value } of present) {
    const entry = new ByteWriter(256);
    writeBytes(entry, 1, replicaIdToBytes(replica));
    writeText(entry, 2, principal);
    if (value !== undefined) writeBytesAlways(entry, 3, value);
    writeBytesAlways(body, 5, entry.finish());
  }
  return wrap(serverField, body);
}

/** Total. */
export function decodeClientPresence(bytes: Uint8Array): Decoded<ClientPresence> {
  return decodeBody(bytes, clientField, (body) => {
    let space: SpaceId | undefined;
    let value: Uint8Array | undefined;
    readFields(body, (field) => {
      if (field.number === 2) space = asText(field, wireLimits.spaceIdBytesMax);
      else if (field.number === 4) value = asBytes(field, wireLimits.presenceBytesMax);
    });
    if (space === undefined) throw new DecodeFault("no space");
    return { space, value };
  });
}

/** Total. */
export function decodeServerPresence(bytes: Uint8Array): Decoded<ServerPresence> {
  return decodeBody(bytes, serverField, (body) => {
    let space: SpaceId | undefined;
    let whole = false;
    const present: Present[] = [];
    readFields(body, (field) => {
      if (field.number === 2) space = asText(field, wireLimits.spaceIdBytesMax);
      else if (field.number === 4) whole = asNumber(field, 1) === 1;
      else if (field.number === 5) {
        if (present.length >= wireLimits.presentMax) field.fail("too many");
        present.push(readPresent(asView(field, wireLimits.messageBytesMax)));
      }
    });
    if (space === undefined) throw new DecodeFault("no space");
    return { space, whole, present };
  });
}

function readPresent(bytes: Uint8Array): Present {
  let replica: ReplicaId | undefined;
  let principal = "";
  let value: Uint8Array | undefined;
  readFields(bytes, (field) => {
    if (field.number === 1) {
      const id = asView(field, replicaBytes);
      if (id.length !== replicaBytes) field.fail("a replica id");
      replica = bytesToReplicaId(id);
    } else if (field.number === 2) principal = asText(field, wireLimits.principalBytesMax);
    else if (field.number === 3) value = asBytes(field, wireLimits.presenceBytesMax);
  });
  if (replica === undefined) throw new DecodeFault("no replica");
  return { replica, principal, value };
}

function wrap(field: number, body: ByteWriter): Uint8Array {
  const writer = new ByteWriter(body.length + 8);
  writeBytesAlways(writer, field, body.finish());
  return writer.finish();
}

function decodeBody<T>(bytes: Uint8Array, number: number, read: (body: Uint8Array) => T): Decoded<T> {
  return decodeMessage(bytes, (plain) => {
    let value: T | undefined;
    readFields(plain, (field) => {
      if (field.number === number && !field.isVarint) value = read(field.bytes);
    });
    if (value === undefined) throw new DecodeFault("no presence");
    return value;
  });
}
