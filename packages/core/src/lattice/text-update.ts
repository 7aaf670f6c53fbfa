/**
 * A Yjs update (version 1), read strictly and written again. Yjs itself reads leniently: it throws half-way, or keeps what makes it throw
 * later. So a peer's bytes pass here first: plain text in the one root type, whole code points, bounded counts, no reference forward.
 *
 * Version 1, because it can be read strictly in a hundred lines and, for one keystroke, is as long as version 2: 31.9 bytes against 31.3
 * over 30,000 edits with a 53-bit client id. Compacted text is kept in version 2, there a third to a fourth of the length.
 */
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { isWellFormedText } from "../base/utf8.ts";

/** The name of the one root type of every text's document. */
export const textRoot = "t";

export const textLimits = {
  /** UTF-8 bytes that a text shows. */
  textBytesMax: 1_048_576,
  /** Of one operation. */
  updateBytesMax: 1_114_112,
  /** Writing sessions that one update speaks of. */
  updateClientsMax: 4_096,
} as const;

const clockMax = 2 ** 40;

export interface TextId {
  readonly client: number;
  readonly clock: number;
}

/** An insertion, or (`text: undefined`) the place of characters that are deleted already. */
export interface TextStruct extends TextId {
  readonly length: number;
  readonly text: string | undefined;
  readonly origin: TextId | undefined;
  readonly rightOrigin: TextId | undefined;
}

export interface TextRange extends TextId {
  readonly length: number;
}

export interface TextUpdate {
  /** By client in the order of the bytes, each client's without gaps. */
  readonly structs: readonly TextStruct[];
  readonly deletions: readonly TextRange[];
}

const originBit = 0x80;
const rightOriginBit = 0x40;
const deletedContent = 1;
const stringContent = 4;

/** Throws a decode fault for anything but edits of the one plain text. */
export function readTextUpdate(bytes: Uint8Array): TextUpdate {
  const reader = new ByteReader(bytes);
  if (bytes.length > textLimits.updateBytesMax) reader.fail("a text update that is too long");
  const structs: TextStruct[] = [];
  const clients = reader.bounded(textLimits.updateClientsMax);
  const seen = new Set<number>();
  for (let i = 0; i < clients; i++) {
    // A struct takes three bytes or more: the bytes themselves bound the loop.
    const count = reader.bounded(reader.remaining);
    const client = reader.varint();
    if (seen.has(client) || count === 0) reader.fail("a client twice, or with nothing");
    seen.add(client);
    let clock = reader.bounded(clockMax);
    for (let j = 0; j < count; j++) {
      const struct = readStruct(reader, client, clock);
      structs.push(struct);
      clock += struct.length;
    }
  }
  const deletions = readDeletions(reader);
  reader.end();
  return { structs, deletions };
}

function readStruct(reader: ByteReader, client: number, clock: number): TextStruct {
  const info = reader.byte();
  const content = info & 31;
  if ((info & 32) !== 0 || (content !== stringContent && content !== deletedContent))
    reader.fail("a text update that holds more than plain text");
  const origin = (info & originBit) === 0 ? undefined : readId(reader);
  const rightOrigin = (info & rightOriginBit) === 0 ? undefined : readId(reader);
  for (const id of [origin, rightOrigin])
    if (id?.client === client && id.clock >= clock) reader.fail("a text update that refers to what comes later");
  if (origin === undefined && rightOrigin === undefined && (reader.varint() !== 1 || reader.text() !== textRoot))
    reader.fail("an update of another type than the text");
  if (content === deletedContent) {
    const length = reader.bounded(textLimits.textBytesMax);
    if (length === 0) reader.fail("a deletion of nothing");
    return { client, clock, length, text: undefined, origin, rightOrigin };
  }
  const text = reader.text();
  if (text === "" || !isWellFormedText(text)) reader.fail("inserted text that is empty, or holds NUL");
  return { client, clock, length: text.length, text, origin, rightOrigin };
}

function readId(reader: ByteReader): TextId {
  return { client: reader.varint(), clock: reader.bounded(clockMax) };
}

function readDeletions(reader: ByteReader): readonly TextRange[] {
  const ranges: TextRange[] = [];
  const clients = reader.bounded(textLimits.updateClientsMax);
  for (let i = 0; i < clients; i++) {
    const client = reader.varint();
    const count = reader.bounded(reader.remaining);
    for (let j = 0; j < count; j++) {
      const clock = reader.bounded(clockMax);
      const length = reader.bounded(clockMax);
      if (length === 0) reader.fail("a deletion of nothing");
      ranges.push({ client, clock, length });
    }
  }
  return ranges;
}

/** The bytes that Yjs would write for it: clients from the highest, as its integration likes them. */
export function writeTextUpdate(update: TextUpdate): Uint8Array {
  const writer = new ByteWriter();
  const byClient = groupByClient(update.structs);
  writer.varint(byClient.size);
  for (const [client, structs] of [...byClient].sort((a, b) => b[0] - a[0])) {
    writer.varint(structs.length);
    writer.varint(client);
    writer.varint((structs[0] as TextStruct).clock);
    for (const struct of structs) writeStruct(writer, struct);
  }
  const deletions = groupByClient(update.deletions);
  writer.varint(deletions.size);
  for (const [client, ranges] of [...deletions].sort((a, b) => b[0] - a[0])) {
    writer.varint(client);
    writer.varint(ranges.length);
    for (const range of ranges) {
      writer.varint(range.clock);
      writer.varint(range.length);
    }
  }
  return writer.finish();
}

function groupByClient<T extends TextId>(parts: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const part of parts) {
    const group = groups.get(part.client);
    if (group === undefined) groups.set(part.client, [part]);
    else group.push(part);
  }
  return groups;
}

function writeStruct(writer: ByteWriter, struct: TextStruct): void {
  const { origin, rightOrigin, text } = struct;
  writer.byte(
    (text === undefined ? deletedContent : stringContent) |
      (origin === undefined ? 0 : originBit) |
      (rightOrigin === undefined ? 0 : rightOriginBit),
  );
  for (const id of [origin, rightOrigin]) {
    if (id === undefined) continue;
    writer.varint(id.client);
    writer.varint(id.clock);
  }
  if (origin === undefined && rightOrigin === undefined) {
    writer.varint(1);
    writer.text(textRoot);
  }
  if (text === undefined) writer.varint(struct.length);
  else writer.text(text);
}

/**
 * Updates that one session made one after the other, as one: keystrokes next to each other become one insertion. Undefined where they do not
 * follow on each other without a gap (then they stay separate operations).
 */
export function mergeTextUpdates(updates: readonly Uint8Array[]): Uint8Array | undefined {
  const structs: TextStruct[] = [];
  const deletions: TextRange[] = [];
  for (const bytes of updates) {
    const update = readTextUpdate(bytes);
    for (const struct of update.structs) {
      const last = structs.at(-1);
      if (last !== undefined && (last.client !== struct.client || last.clock + last.length !== struct.clock)) return undefined;
      if (last !== undefined && isContinued(last, struct)) {
        structs[structs.length - 1] = {
          ...last,
          length: last.length + struct.length,
          text: (last.text as string) + (struct.text as string),
        };
      } else structs.push(struct);
    }
    for (const range of update.deletions) pushRange(deletions, range);
  }
  return writeTextUpdate({ structs, deletions });
}

/** What Yjs itself would keep as one item: typed right behind, towards the same right neighbour. */
function isContinued(last: TextStruct, next: TextStruct): boolean {
  if (last.text === undefined || next.text === undefined) return false;
  return (
    next.origin?.client === last.client &&
    next.origin.clock === last.clock + last.length - 1 &&
    isSameId(last.rightOrigin, next.rightOrigin)
  );
}

function isSameId(a: TextId | undefined, b: TextId | undefined): boolean {
  return a?.client === b?.client && a?.clock === b?.clock;
}

/** Deleting forwards or backwards, key by key, is one range. */
function pushRange(ranges: TextRange[], range: TextRange): void {
  const last = ranges.at(-1);
  if (last?.client === range.client && last.clock + last.length === range.clock)
    ranges[ranges.length - 1] = { ...last, length: last.length + range.length };
  else if (last?.client === range.client && range.clock + range.length === last.clock)
    ranges[ranges.length - 1] = { ...range, length: last.length + range.length };
  else ranges.push(range);
}

/** How far each session's insertions reach, without gaps: a Yjs state vector. */
export type TextClocks = ReadonlyMap<number, number>;

/**
 * The clocks after the update, or undefined if it refers to something that neither they nor the update itself holds: Yjs would keep
 * it waiting, and r0 refuses it. Structs are tried until none fits any more, as Yjs does, so a circle is a gap too.
 */
export function advanceClocks(clocks: TextClocks, update: TextUpdate): TextClocks | undefined {
  const after = new Map(clocks);
  const holds = (id: TextId | undefined): boolean => id === undefined || id.clock < (after.get(id.client) ?? 0);
  let waiting = [...groupByClient(update.structs).values()];
  while (waiting.length > 0) {
    const stuck: TextStruct[][] = [];
    for (const structs of waiting) {
      let at = 0;
      for (; at < structs.length; at++) {
        const struct = structs[at] as TextStruct;
        const reached = after.get(struct.client) ?? 0;
        if (struct.clock > reached || !holds(struct.origin) || !holds(struct.rightOrigin)) break;
        after.set(struct.client, Math.max(reached, struct.clock + struct.length));
      }
      if (at < structs.length) stuck.push(structs.slice(at));
    }
    if (stuck.length === waiting.length && stuck.every((structs, i) => structs.length === waiting[i]?.length)) return undefined;
    waiting = stuck;
  }
  return update.deletions.every((range) => range.clock + range.length <= (after.get(range.client) ?? 0)) ? after : undefined;
}
