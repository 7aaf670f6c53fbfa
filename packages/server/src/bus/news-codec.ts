/**
 * News between instances, as bytes: a version, the publisher, and what it says. The changes are the wire's own (a poke), so that what every
 * instance has to read anyhow is the only reader there is. Instances of two versions live beside each other during an upgrade: what one does
 * not know it passes over, and its anti-entropy finds what it missed.
 */
import {
  ByteReader,
  ByteWriter,
  type Decoded,
  decodeSafely,
  decodeServerMessage,
  encodeServerMessage,
  type Notice,
  type SpaceId,
  wireLimits,
} from "@holdfast/core/engine";

const version = 1;
const kinds = { notice: 1, whisper: 2 } as const;
export const publisherBytes = 8;

export interface News {
  readonly publisher: Uint8Array;
  /** Neither: of a version that this one does not know. */
  readonly notice?: Notice;
  readonly whisper?: { readonly space: SpaceId; readonly bytes: Uint8Array };
}

export function encodeNews(publisher: Uint8Array, { space, head, after, author, changes }: Notice): Uint8Array {
  const writer = new ByteWriter(256);
  writer.byte(version);
  writer.raw(publisher);
  writer.byte(kinds.notice);
  writer.varint(after);
  writer.text(author);
  writer.raw(encodeServerMessage({ type: "poke", space, head, changes, cursor: new Uint8Array(0) }));
  return writer.finish();
}

export function encodeWhisper(publisher: Uint8Array, space: SpaceId, bytes: Uint8Array): Uint8Array {
  const writer = new ByteWriter(256);
  writer.byte(version);
  writer.raw(publisher);
  writer.byte(kinds.whisper);
  writer.text(space);
  writer.raw(bytes);
  return writer.finish();
}

/** Total: whoever can publish on a Redis can publish anything. */
export function decodeNews(bytes: Uint8Array): Decoded<News> {
  return decodeSafely(() => {
    const reader = new ByteReader(bytes);
    const said = reader.byte();
    const publisher = reader.raw(publisherBytes).slice();
    const kind = said === version ? reader.byte() : undefined;
    if (kind === kinds.whisper) return { publisher, whisper: { space: reader.text(), bytes: reader.raw(reader.remaining).slice() } };
    if (kind !== kinds.notice) return { publisher };
    const after = reader.bounded(wireLimits.integerMax);
    const author = reader.text();
    const poke = decodeServerMessage(reader.raw(reader.remaining));
    if (!poke.ok || poke.value.type !== "poke") return reader.fail("news without a poke");
    const { space, head, changes } = poke.value;
    return { publisher, notice: { space, head, after, author, changes } };
  });
}
