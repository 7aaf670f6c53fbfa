/** Fields that messages of both directions have: the space, by text or by its number in the session, and the cursor. */
import { type ByteWriter, DecodeFault } from "../base/bytes.ts";
import type { SpaceId } from "../operation/operation.ts";
import * as wireLimits from "./wire-limits.ts";
import type { Cursor } from "./messages.ts";
import { asNumber, asText, type Field, writeBytes, writeNumber, writeTextAlways } from "./protobuf.ts";
import { spaceOfNumber, type WireSession } from "./wire-session.ts";

/** The same numbers in each message that has them. */
export const spaceTextField = 2;
export const spaceNumberField = 3;
export const cursorField = 14;
export const cursorSharedField = 15;

export interface SpaceName {
  space: SpaceId | undefined;
}

export interface SharedCursor {
  bytes: Cursor | undefined;
  shared: number;
}

export function writeSpace(writer: ByteWriter, space: SpaceId, session: WireSession | undefined): void {
  const number = session?.spaceNumbers.get(space);
  if (number === undefined) writeTextAlways(writer, spaceTextField, space);
  else writeNumber(writer, spaceNumberField, number);
}

export function readSpace(name: SpaceName, field: Field, session: WireSession | undefined): void {
  name.space =
    field.number === spaceTextField
      ? asText(field, wireLimits.spaceIdBytesMax)
      : spaceOfNumber(session, asNumber(field, wireLimits.requestMax));
}

export function requiredSpace(name: SpaceName): SpaceId {
  if (name.space === undefined) throw new DecodeFault("nothing");
  return name.space;
}

/** Without the prefix that it shares with the base which the welcome gave. */
export function writeCursor(writer: ByteWriter, cursor: Cursor, space: SpaceId, session: WireSession | undefined): void {
  const base = session?.cursorBases.get(space);
  let shared = 0;
  if (base !== undefined) while (shared < base.length && shared < cursor.length && base[shared] === cursor[shared]) shared++;
  if (shared <= 2) shared = 0; // saying so costs two bytes
  writeBytes(writer, cursorField, shared === 0 ? cursor : cursor.subarray(shared));
  writeNumber(writer, cursorSharedField, shared);
}

export function readCursor(cursor: SharedCursor, space: SpaceId, session: WireSession | undefined): Cursor {
  const own = cursor.bytes ?? new Uint8Array(0);
  if (cursor.shared === 0) return own;
  const base = session?.cursorBases.get(space);
  if (base === undefined || cursor.shared > base.length) throw new DecodeFault("out of range");
  const whole = new Uint8Array(cursor.shared + own.length);
  whole.set(base.subarray(0, cursor.shared));
  whole.set(own, cursor.shared);
  return whole;
}
