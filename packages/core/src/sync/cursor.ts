/**
 * Cursors, as r0 writes and reads them; to a client they are opaque bytes (paper 5.2).
 * One version byte, four bytes of the epoch, two of the space, then the position: a cursor of another epoch or another space
 * is recognised and answered with a snapshot, never taken for a position in this history (trap 6, F09).
 */
import { bytesToHex, ByteReader, ByteWriter, compareBytes, type Decoded, decodeSafely, hexToBytes } from "../base/bytes.ts";
import { sha256 } from "../base/sha256.ts";
import { utf8Length, writeUtf8 } from "../base/utf8.ts";
import type { SpaceId } from "../operation/operation.ts";
import type { Cursor } from "../wire/messages.ts";

export type CursorPosition =
  | { readonly type: "stream"; readonly sequence: number }
  /** In a snapshot that began at head `sequence`: records up to this key have been sent. */
  | { readonly type: "snapshot"; readonly sequence: number; readonly collection: string; readonly record: string };

const streamVersion = 1;
const snapshotVersion = 2;
const epochTagBytes = 4;
const spaceTagBytes = 2;

/** Enough of an epoch to tell it from another; 0 for none. */
export function epochTagOf(epoch: string): number {
  return epoch === "" ? 0 : Number.parseInt(epoch.slice(0, epochTagBytes * 2), 16);
}

function tags(epoch: string, space: SpaceId): Uint8Array {
  const name = new Uint8Array(utf8Length(space));
  writeUtf8(name, 0, space);
  const tag = new Uint8Array(epochTagBytes + spaceTagBytes);
  tag.set(hexToBytes(epoch).subarray(0, epochTagBytes));
  tag.set(sha256(name).subarray(0, spaceTagBytes), epochTagBytes);
  return tag;
}

export interface CursorCodec {
  encode(position: CursorPosition): Cursor;
  /** A fault for bytes that are no cursor, or one of another epoch or space. */
  decode(cursor: Cursor): Decoded<CursorPosition>;
}

/** `epoch`: 32 hexadecimal digits. One codec a space and epoch, so that the tags are hashed once. */
export function createCursorCodec(epoch: string, space: SpaceId): CursorCodec {
  const tag = tags(epoch, space);
  return {
    encode(position) {
      const writer = new ByteWriter(24);
      writer.byte(position.type === "stream" ? streamVersion : snapshotVersion);
      writer.raw(tag);
      writer.varint(position.sequence);
      if (position.type === "snapshot") {
        writer.text(position.collection);
        writer.text(position.record);
      }
      return writer.finish();
    },
    decode(cursor) {
      return decodeSafely(() => {
        const reader = new ByteReader(cursor);
        const version = reader.byte();
        if (version !== streamVersion && version !== snapshotVersion) reader.fail("a cursor of another version");
        const found = reader.raw(tag.length);
        if (compareBytes(found, tag) !== 0) reader.fail(`a cursor of another history (${bytesToHex(found)})`);
        const sequence = reader.varint();
        if (version === streamVersion) {
          reader.end();
          return { type: "stream", sequence };
        }
        const collection = reader.text();
        const record = reader.text();
        reader.end();
        return { type: "snapshot", sequence, collection, record };
      });
    },
  };
}
