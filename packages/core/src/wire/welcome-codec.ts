/** The answer to `hello` and `follow`. */
import { assert } from "../base/assert.ts";
import { ByteWriter, DecodeFault } from "../base/bytes.ts";
import { isName } from "../schema/names.ts";
import * as wireLimits from "./wire-limits.ts";
import type { ServerMessage, WelcomeSpace, WireKey } from "./messages.ts";
import {
  asBytes,
  asInteger,
  asNumber,
  asText,
  asView,
  readFields,
  writeBytes,
  writeBytesAlways,
  writeNumber,
  writeText,
  writeTextAlways,
} from "./protobuf.ts";

type Welcome = Extract<ServerMessage, { type: "welcome" }>;

const accessCodes = ["none", "read", "write"] as const;

export function writeWelcome(writer: ByteWriter, message: Welcome): void {
  writeNumber(writer, 1, message.protocol);
  for (const capability of message.capabilities) writeTextAlways(writer, 2, capability);
  writeText(writer, 3, message.epoch);
  writeText(writer, 4, message.principal);
  writeNumber(writer, 5, message.schemaVersion);
  writeNumber(writer, 6, message.pushBytesMax);
  writeNumber(writer, 7, message.heartbeatMs);
  for (const space of message.spaces) {
    const body = new ByteWriter(64);
    writeText(body, 1, space.space);
    writeNumber(body, 2, accessCodes.indexOf(space.access));
    writeNumber(body, 3, space.head);
    writeNumber(body, 4, space.mark);
    writeBytes(body, 5, space.chain);
    writeNumber(body, 6, space.lamport);
    if (space.cursorBase !== undefined) writeBytes(body, 7, space.cursorBase);
    for (const counter of space.refused ?? []) writeNumber(body, 8, counter);
    writeBytesAlways(writer, 8, body.finish());
  }
  const keys = message.keys ?? [];
  assert(keys.length <= wireLimits.keysPerWelcomeMax, `a welcome of ${keys.length} keys`);
  for (const { collection, field, kind } of keys) {
    const body = new ByteWriter(64);
    writeText(body, 1, collection);
    writeText(body, 2, field);
    writeNumber(body, 3, kind);
    writeBytesAlways(writer, 9, body.finish());
  }
  if (message.copied === true) writeNumber(writer, 10, 1);
  writeNumber(writer, 11, message.reconnectWithinMs ?? 0);
  writeNumber(writer, 12, message.request ?? 0);
}

export function readWelcome(bytes: Uint8Array): Welcome {
  const parts = { protocol: 0, epoch: "", principal: "", schemaVersion: 0, pushBytesMax: 0, heartbeatMs: 0 };
  const capabilities: string[] = [];
  const spaces: WelcomeSpace[] = [];
  const keys: WireKey[] = [];
  let copied = false;
  let reconnectWithinMs = 0;
  let request = 0;
  readFields(bytes, (field) => {
    switch (field.number) {
      case 1:
        parts.protocol = asNumber(field, wireLimits.requestMax);
        break;
      case 2:
        if (capabilities.length >= wireLimits.capabilitiesMax) field.fail("too many");
        capabilities.push(asText(field, wireLimits.capabilityBytesMax));
        break;
      case 3:
        parts.epoch = asText(field, wireLimits.epochBytesMax);
        break;
      case 4:
        parts.principal = asText(field, wireLimits.principalBytesMax);
        break;
      case 5:
        parts.schemaVersion = asNumber(field, wireLimits.schemaVersionMax);
        break;
      case 6:
        parts.pushBytesMax = asInteger(field);
        break;
      case 7:
        parts.heartbeatMs = asInteger(field);
        break;
      case 8:
        if (spaces.length >= wireLimits.spacesMax) field.fail("too many");
        spaces.push(readWelcomeSpace(asView(field, wireLimits.messageBytesMax)));
        break;
      case 9:
        if (keys.length >= wireLimits.keysPerWelcomeMax) field.fail("too many");
        keys.push(readKey(asView(field, wireLimits.messageBytesMax)));
        break;
      case 10:
        copied = asInteger(field) !== 0;
        break;
      case 11:
        reconnectWithinMs = asInteger(field);
        break;
      case 12:
        request = asInteger(field);
        break;
    }
  });
  return {
    type: "welcome",
    ...parts,
    capabilities,
    spaces,
    ...(keys.length > 0 ? { keys } : {}),
    ...(copied ? { copied } : {}),
    ...(reconnectWithinMs > 0 ? { reconnectWithinMs } : {}),
    ...(request > 0 ? { request } : {}),
  };
}

function readWelcomeSpace(bytes: Uint8Array): WelcomeSpace {
  const parts = { access: 0, head: 0, mark: 0, chain: new Uint8Array(0) as Uint8Array, lamport: 0 };
  let space: string | undefined;
  let cursorBase: Uint8Array | undefined;
  const refused: number[] = [];
  readFields(bytes, (field) => {
    switch (field.number) {
      case 1:
        space = asText(field, wireLimits.spaceIdBytesMax);
        break;
      case 2:
        parts.access = asNumber(field, wireLimits.requestMax);
        break;
      case 3:
        parts.head = asInteger(field);
        break;
      case 4:
        parts.mark = asInteger(field);
        break;
      case 5:
        parts.chain = asBytes(field, 32);
        break;
      case 6:
        parts.lamport = asInteger(field);
        break;
      case 7:
        cursorBase = asBytes(field, wireLimits.cursorBytesMax);
        break;
      case 8:
        if (refused.length >= wireLimits.recalledCountersMax) field.fail("too many");
        refused.push(asInteger(field));
        break;
    }
  });
  if (space === undefined) throw new DecodeFault("nothing");
  const access = accessCodes[parts.access];
  if (access === undefined) throw new DecodeFault("unknown type");
  return { ...parts, space, access, ...(cursorBase !== undefined ? { cursorBase } : {}), ...(refused.length > 0 ? { refused } : {}) };
}

function readKey(bytes: Uint8Array): WireKey {
  const key = { collection: "", field: "", kind: 0 };
  readFields(bytes, (field) => {
    if (field.number === 1) key.collection = asText(field, 63);
    else if (field.number === 2) key.field = asText(field, 63);
    else if (field.number === 3) key.kind = asNumber(field, wireLimits.kindMax);
  });
  if (!isName(key.collection) || (key.field !== "" && !isName(key.field))) throw new DecodeFault("unknown name");
  return key;
}
