import fc from "fast-check";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { ByteReader, decodeSafely } from "../base/bytes.ts";
import { isWellFormedText } from "../base/utf8.ts";
import type { FieldChange } from "./change.ts";
import {
  createReplica,
  historyReplicaId,
  historySeed,
  type HistoryReplica,
  latticeModel,
  latticeToBytes,
  type Model,
  receive,
  writeAt,
  type Written,
} from "./reference/history.ts";
import { checkConvergence, checkJoin, checkTwin } from "./reference/laws.ts";
import { textTwin } from "./reference/text-twin.ts";
import { readWithTable } from "./replica-table.ts";
import { textLattice } from "./text.ts";
import { clocksOf, textHasGap } from "./text-clocks.ts";
import { compactText, textCanonical } from "./text-compaction.ts";
import { openTextDoc, textOf, textString } from "./text-doc.ts";
import { compactionLimits, type TextState } from "./text-state.ts";
import { mergeTextUpdates, readTextUpdate, textLimits, writeTextUpdate } from "./text-update.ts";

type Replica = HistoryReplica<TextState, Uint8Array>;

const words = ["a", "bc", "é", "👩‍👩‍👧", "🇫🇷", "👍🏽", "नमस्ते", "\n"];

function pickChange(state: TextState | undefined, pick: number): FieldChange {
  const { length } = textString(state);
  const at = (pick >> 5) % (length + 1);
  if (pick % 3 > 0 || at === length) return { type: "text-insert", at, text: words[(pick >> 2) % words.length] as string };
  return { type: "text-delete", at, length: 1 + ((pick >> 9) % (length - at)) };
}

/** Compacts early and at different moments, so that states differ in how they are stored; only `canonical` is compared. */
const plain = latticeModel(textLattice, pickChange);
const model: Model<TextState, Uint8Array> = {
  ...plain,
  apply: (state, op, origin) => {
    const next = plain.apply(state, op, origin);
    return next.tail.length > 2 + (origin.dot.counter % 3) ? compactText(next) : next;
  },
  toBytes: textCanonical,
};

function change(replica: Replica, asked: FieldChange): Written<Uint8Array> {
  const written = writeAt(
    latticeModel(textLattice, () => asked),
    replica,
    0,
    1,
  );
  if (written === undefined) throw new Error("nothing to change");
  return written;
}

function insert(replica: Replica, at: number, text: string): Written<Uint8Array> {
  return change(replica, { type: "text-insert", at, text });
}

function replicas(count: number): Replica[] {
  return Array.from({ length: count }, (_, i) => createReplica<TextState, Uint8Array>(historyReplicaId(i)));
}

function meet(all: readonly Replica[]): string {
  for (const to of all) for (const from of all) for (const written of [...from.applied]) receive(plain, to, written);
  const [first, ...others] = all.map(({ state }) => textString(state));
  for (const other of others) expect(other).toBe(first);
  return first as string;
}

function reload(state: TextState): TextState {
  const { reader, table } = readWithTable(latticeToBytes(textLattice, state));
  const read = textLattice.decodeState(reader, table);
  reader.end();
  return read;
}

const origin = { dot: { replica: historyReplicaId(0), counter: 1 }, lamport: 1, context: new Map(), sequence: undefined, textSession: 77 };

test("[TXT1] any order with duplicates gives one text, however each replica compacted", () => checkConvergence(model, { numRuns: 200 }));

test("[TXT1] join is commutative, associative and idempotent, and agrees with applying", () => checkJoin(model, { numRuns: 200 }));

test("[TXT2] the text is the one that bare Yjs makes of the same updates", () => {
  checkTwin(model, (operations) => textTwin(operations.map(({ op, origin }) => ({ op: { update: op }, origin }))), { numRuns: 200 });
});

test("[TXT2] one writer's edits are those of a plain string", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1000), fc.nat(4), fc.constantFrom("", "x", "yz", "longer")), { maxLength: 40 }), (edits) => {
      const [a] = replicas(1) as [Replica];
      let expected = "";
      for (const [where, cut, text] of edits) {
        const at = where % (expected.length + 1);
        const length = Math.min(cut, expected.length - at);
        if (length > 0) change(a, { type: "text-delete", at, length });
        if (text !== "") insert(a, at, text);
        expected = expected.slice(0, at) + text + expected.slice(at + length);
        expect(textString(a.state)).toBe(expected);
      }
    }),
    { seed: historySeed, numRuns: 100 },
  );
});

test("[TXT3] every state answers for itself, whoever holds the document", () => {
  const [a] = replicas(1) as [Replica];
  const states: [TextState, string][] = [];
  for (const text of ["one", "two", "three"]) {
    insert(a, 0, text);
    states.push([a.state as TextState, textString(a.state)]);
  }
  const [, second] = states as [unknown, [TextState, string]];
  // Planned and not kept: the next plan and the next answer know nothing of it.
  textLattice.plan(a.state, { type: "text-insert", at: 0, text: "lost" }, origin);
  expect(textString(a.state)).toBe("threetwoone");
  textLattice.plan(a.state, { type: "text-insert", at: 0, text: "lost" }, origin);
  insert(a, 0, "four");
  expect(textString(a.state)).toBe("fourthreetwoone");
  // Two futures of one state.
  const branch = textLattice.plan(second[0], { type: "text-insert", at: 0, text: "other " }, { ...origin, textSession: 78 });
  if (!branch.ok || branch.delta === undefined) throw new Error("planned");
  textLattice.plan(second[0], { type: "text-insert", at: 0, text: "lost" }, origin);
  const branched = textLattice.apply(second[0], branch.delta, { ...origin, dot: { ...origin.dot, counter: 9 } });
  expect(textString(branched.state)).toBe("other twoone");
  for (const [state, text] of states) expect(textString(state)).toBe(text);
  expect(textString(a.state)).toBe("fourthreetwoone");
});

test("[TXT4] somebody's unseen edit makes an edit concurrent, and nothing is lost", () => {
  const [a, b] = replicas(2) as [Replica, Replica];
  insert(a, 0, "shared");
  meet([a, b]);
  const mine = insert(a, 6, " mine");
  const yours = insert(b, 6, " yours");
  expect(textLattice.apply(a.state, textLattice.decodeDelta(yours.op), yours.origin)).toMatchObject({ concurrent: true, losers: [] });
  expect(textLattice.apply(b.state, textLattice.decodeDelta(mine.op), mine.origin)).toMatchObject({ concurrent: true, losers: [] });
  expect(["shared mine yours", "shared yours mine"]).toContain(meet([a, b]));
  const later = insert(a, 0, "x");
  expect(textLattice.apply(b.state, textLattice.decodeDelta(later.op), later.origin).concurrent).toBe(false);
});

test("[TXT5][F63] an edit at any UTF-16 offset keeps code points whole, concurrently too", () => {
  const samples = ["👩‍👩‍👧‍👦x", "🇫🇷🇩🇪🇯🇵", "👍🏽👍🏿", "नमस्ते", "a👍b"];
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      fc.array(fc.tuple(fc.nat(2), fc.nat(40), fc.nat(6), fc.constantFrom("👩‍👧", "🏽", "z", "")), { minLength: 2, maxLength: 14 }),
      (sample, edits) => {
        const all = replicas(3);
        insert(all[0] as Replica, 0, sample);
        meet(all);
        edits.forEach(([who, where, cut, text], i) => {
          const replica = all[who] as Replica;
          const { length } = textString(replica.state);
          const at = where % (length + 1);
          if (text !== "") insert(replica, at, text);
          else if (Math.min(cut, length - at) > 0) change(replica, { type: "text-delete", at, length: Math.min(cut, length - at) });
          if (i % 4 === 3) meet(all);
        });
        const text = meet(all);
        expect(isWellFormedText(text)).toBe(true);
        expect(text).not.toContain("\ufffd");
      },
    ),
    { seed: historySeed, numRuns: 300 },
  );
});

test("[TXT5][F63] at every offset of a pair: an insertion goes behind it, a deletion takes all of it", () => {
  const sample = "👩‍👧";
  for (let at = 0; at <= sample.length; at++) {
    const [a] = replicas(1) as [Replica];
    insert(a, 0, sample);
    insert(a, at, "|");
    const inside = at === 1 || at === 4;
    const place = inside ? at + 1 : at;
    expect(textString(a.state)).toBe(`${sample.slice(0, place)}|${sample.slice(place)}`);
  }
  const [a] = replicas(1) as [Replica];
  insert(a, 0, "a👍b");
  change(a, { type: "text-delete", at: 2, length: 1 });
  expect(textString(a.state)).toBe("ab");
});

test("[TXT6][T19] NUL and half a surrogate pair are refused, and so is an update that would make one", () => {
  const [a] = replicas(1) as [Replica];
  insert(a, 0, "👍x");
  for (const text of ["a\u0000b", "\ud83d", "\udc4d", "ok\ud83d"]) {
    expect(textLattice.plan(a.state, { type: "text-insert", at: 0, text }, origin)).toMatchObject({ ok: false, code: "invalid-text" });
  }
  for (const edit of [
    (t: Y.Text) => t.insert(1, "mid"),
    (t: Y.Text) => t.delete(0, 1),
    (t: Y.Text) => t.delete(1, 1),
    (t: Y.Text) => t.insert(3, "\u0000"),
  ]) {
    expect(textLattice.plan(a.state, { type: "text-update", update: editElsewhere(a.state, edit) }, origin)).toMatchObject({
      ok: false,
      code: "invalid-text",
    });
  }
});

/** As an editor does: in a document of its own. */
function editElsewhere(state: TextState | undefined, edit: (text: Y.Text, doc: Y.Doc) => void): Uint8Array {
  const doc = openTextDoc(state, 4242);
  let made: Uint8Array | undefined;
  doc.on("update", (update: Uint8Array) => {
    made = update;
  });
  doc.transact(() => edit(textOf(doc), doc));
  return made as Uint8Array;
}

test("[TXT6] an update that touches anything but the one plain text is refused", () => {
  const [a] = replicas(1) as [Replica];
  insert(a, 0, "hello");
  const foreign: readonly ((text: Y.Text, doc: Y.Doc) => void)[] = [
    (_, doc) => doc.getText("other").insert(0, "x"),
    (_, doc) => doc.getMap("m").set("k", 1),
    (text) => text.format(0, 2, { bold: true }),
    (text) => text.insertEmbed(0, { image: "x" }),
    (text) => text.setAttribute("lang", "en"),
  ];
  for (const edit of foreign) {
    expect(textLattice.plan(a.state, { type: "text-update", update: editElsewhere(a.state, edit) }, origin)).toMatchObject({
      ok: false,
      code: "invalid-text",
    });
  }
  const fine = editElsewhere(a.state, (text) => text.insert(5, " world"));
  expect(textLattice.plan(a.state, { type: "text-update", update: fine }, origin)).toMatchObject({ ok: true });
  expect(textLattice.plan(a.state, { type: "text-update", update: new Uint8Array([0, 0]) }, origin)).toEqual({
    ok: true,
    delta: undefined,
  });
});

test("[TXT7] a place outside the text is out of range, another kind's change is of the wrong kind, and too much is too large", () => {
  const [a] = replicas(1) as [Replica];
  insert(a, 0, "abc");
  for (const at of [-1, 4, 0.5, Number.NaN])
    expect(textLattice.plan(a.state, { type: "text-insert", at, text: "x" }, origin)).toMatchObject({ ok: false, code: "out-of-range" });
  for (const [at, length] of [
    [0, 4],
    [2, 2],
    [0, -1],
    [4, 0],
    [0, 0.5],
  ] as const) {
    expect(textLattice.plan(a.state, { type: "text-delete", at, length }, origin)).toMatchObject({ ok: false, code: "out-of-range" });
  }
  expect(textLattice.plan(a.state, { type: "assign", value: "x" }, origin)).toMatchObject({ ok: false, code: "wrong-kind" });
  expect(textLattice.plan(a.state, { type: "text-insert", at: 0, text: "" }, origin)).toEqual({ ok: true, delta: undefined });
  expect(textLattice.plan(a.state, { type: "text-delete", at: 1, length: 0 }, origin)).toEqual({ ok: true, delta: undefined });
  const most = "é".repeat((textLimits.textBytesMax - 3) / 2 - 1);
  insert(a, 0, most);
  expect(textLattice.plan(a.state, { type: "text-insert", at: 0, text: "éé" }, origin)).toMatchObject({ ok: false, code: "too-large" });
  expect(
    textLattice.plan(a.state, { type: "text-update", update: editElsewhere(a.state, (text) => text.insert(0, "éé")) }, origin),
  ).toMatchObject({ ok: false, code: "too-large" });
  insert(a, 0, "é");
});

test("[TXT8] an update that refers to what the state lacks is a gap, said from stored bytes as from a document", () => {
  const [a, b] = replicas(2) as [Replica, Replica];
  const first = insert(a, 0, "one");
  const second = insert(a, 3, " two");
  const delta = textLattice.decodeDelta(second.op);
  expect(textHasGap(undefined, delta)).toBe(true);
  expect(textHasGap(undefined, textLattice.decodeDelta(first.op))).toBe(false);
  // Integrated all the same, it waits, and shows when the rest arrives.
  const waiting = textLattice.apply(undefined, delta, second.origin).state;
  expect(textString(waiting)).toBe("");
  expect(textString(textLattice.apply(waiting, textLattice.decodeDelta(first.op), first.origin).state)).toBe("one two");
  receive(plain, b, first);
  expect(textHasGap(b.state, delta)).toBe(false);
  expect(textHasGap(reload(compactText(b.state as TextState)), delta)).toBe(false);
  const removal = change(a, { type: "text-delete", at: 4, length: 2 });
  expect(textHasGap(b.state, textLattice.decodeDelta(removal.op))).toBe(true);
  const document = openTextDoc(a.state, 5);
  const yjs = Y.decodeStateVector(Y.encodeStateVector(document));
  for (const state of [a.state, reload(a.state as TextState), { ...(a.state as TextState) }])
    expect(clocksOf(state as TextState)).toEqual(yjs);
  // Each waits for the other: never integrated, so a gap.
  const circle = writeTextUpdate({
    structs: [
      { client: 5, clock: 0, length: 1, text: "x", origin: { client: 6, clock: 0 }, rightOrigin: undefined },
      { client: 6, clock: 0, length: 1, text: "y", origin: { client: 5, clock: 0 }, rightOrigin: undefined },
    ],
    deletions: [],
  });
  expect(textHasGap(undefined, { update: circle })).toBe(true);
});

test("[TXT9] the tail is folded at its limits, and the text, its gaps and its canonical form stay", () => {
  const [a, b] = replicas(2) as [Replica, Replica];
  for (let i = 0; i < compactionLimits.tailEntriesMax + 40; i++) insert(a, i, String(i % 10));
  const state = a.state as TextState;
  expect(state.compacted).toHaveLength(1);
  expect(state.tail.length).toBeLessThan(40);
  let union: TextState | undefined;
  for (const { op, origin } of a.applied) {
    const lifted = textLattice.lift(textLattice.decodeDelta(op), origin);
    union = union === undefined ? lifted : textLattice.join(union, lifted);
  }
  expect(textCanonical(state)).toEqual(textCanonical(union));
  expect(textLattice.join(state, union as TextState).tail).toEqual(state.tail);
  insert(b, 0, "x".repeat(compactionLimits.tailBytesMax + 1));
  expect((b.state as TextState).tail).toHaveLength(0);
});

test("[TXT10][F62] opening adds nothing, and a compacted text takes at most three times its bytes and a constant", () => {
  const [a] = replicas(1) as [Replica];
  let length = 0;
  // As people type: a phrase, some of it taken back, now and then somewhere else.
  for (let i = 0; i < 4_000; i++) {
    if (i % 30 >= 25) {
      change(a, { type: "text-delete", at: length - 1, length: 1 });
      length--;
    } else {
      insert(a, i % 211 === 0 ? length >> 1 : length, "the quick brown fox "[i % 20] as string);
      length++;
    }
  }
  const bytes = latticeToBytes(textLattice, a.state as TextState);
  let opened = a.state as TextState;
  for (let i = 0; i < 20; i++) {
    opened = reload(opened);
    openTextDoc(opened, 1_000 + i).destroy();
    expect(textString(opened)).toHaveLength(length);
    expect(latticeToBytes(textLattice, opened)).toEqual(bytes);
  }
  const stored = latticeToBytes(textLattice, compactText(opened)).length;
  expect(stored).toBeLessThan(3 * length + 256);
});

test("[TXT11] keystrokes grouped into one update mean the same and cost less", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(100), fc.constantFrom("a", "b", "👍")), { minLength: 1, maxLength: 40 }), (keys) => {
      const [a] = replicas(1) as [Replica];
      insert(a, 0, "start");
      const doc = openTextDoc(a.state, 99);
      const text = textOf(doc);
      const updates: Uint8Array[] = [];
      doc.on("update", (update: Uint8Array) => updates.push(update));
      let caret = text.length;
      for (const [what, where, key] of keys) {
        if (what === 0 && key !== "👍") caret = [0, text.length][where % 2] as number;
        else if (what === 1 && caret > 0 && !text.toString().includes("👍")) text.delete(--caret, 1);
        else {
          text.insert(caret, key);
          caret += key.length;
        }
      }
      if (updates.length === 0) return;
      const merged = mergeTextUpdates(updates) as Uint8Array;
      const planned = textLattice.plan(a.state, { type: "text-update", update: merged }, origin);
      if (!planned.ok || planned.delta === undefined) throw new Error("planned");
      const grouped = textLattice.apply(a.state, planned.delta, { ...origin, dot: { ...origin.dot, counter: 2 } }).state;
      expect(textString(grouped)).toBe(text.toString());
      expect(merged.length).toBeLessThanOrEqual(updates.reduce((sum, update) => sum + update.length, 0));
    }),
    { seed: historySeed, numRuns: 200 },
  );
  const doc = openTextDoc(undefined, 99);
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  for (let i = 0; i < 50; i++) textOf(doc).insert(i, "x");
  expect((mergeTextUpdates(updates) as Uint8Array).length).toBeLessThan(80);
  expect(mergeTextUpdates([updates[0] as Uint8Array, updates[2] as Uint8Array])).toBeUndefined();
  // Towards another right neighbour it is another insertion: somebody's came in between.
  const struct = (clock: number, right: number) => ({
    client: 9,
    clock,
    length: 1,
    text: "x",
    origin: { client: clock === 0 ? 8 : 9, clock: 0 },
    rightOrigin: { client: 8, clock: right },
  });
  const between = [struct(0, 1), struct(1, 2)].map((part) => writeTextUpdate({ structs: [part], deletions: [] }));
  expect(readTextUpdate(mergeTextUpdates(between) as Uint8Array).structs).toHaveLength(2);
});

test("[TXT12] hostile bytes are a fault, or an update that r0 can judge and every replica can integrate", () => {
  const [a] = replicas(1) as [Replica];
  for (let i = 0; i < 30; i++) writeAt(plain, a, i * 7919, 1);
  const state = a.state as TextState;
  const samples = [...a.applied.map(({ op }) => op), Y.encodeStateAsUpdate(openTextDoc(state, 5)), latticeToBytes(textLattice, state)];
  const theirs = { dot: { replica: historyReplicaId(1), counter: 1 }, lamport: 99, context: a.vector, sequence: undefined };
  let applied = 0;
  fc.assert(
    fc.property(
      fc.nat(samples.length - 1),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }),
      fc.nat(2),
      (which, flips, cut) => {
        const bytes = (samples[which] as Uint8Array).slice();
        for (const [at, value] of flips) bytes[at % bytes.length] = value;
        const hostile = bytes.slice(0, bytes.length - cut);
        const delta = decodeSafely(() => textLattice.decodeDelta(hostile));
        decodeSafely(() => textLattice.decodeState(new ByteReader(hostile), readWithTable(latticeToBytes(textLattice, state)).table));
        if (!delta.ok) return;
        expect(readTextUpdate(writeTextUpdate(readTextUpdate(hostile)))).toEqual(readTextUpdate(hostile));
        const gap = textHasGap(state, delta.value);
        const after = textLattice.apply(state, delta.value, theirs).state;
        expect(isWellFormedText(textString(after))).toBe(true);
        if (!gap) applied++;
      },
    ),
    { seed: historySeed, numRuns: 3_000 },
  );
  expect(applied).toBeGreaterThan(100);
  // Counts far beyond the bytes, a client twice, a reference to itself.
  for (const bytes of [
    [1, 0xff, 0xff, 0xff, 0x7f, 1, 0],
    [1, 1, 1, 0, 0x84, 1, 5, 1, 0x61, 0],
    [0, 1, 1, 0xff, 0xff, 0x7f],
  ]) {
    expect(decodeSafely(() => readTextUpdate(new Uint8Array(bytes))).ok).toBe(false);
  }
});

test("[TXT13] a document opened for an editor has the session's id and the text; nothing is written under Yjs's own", () => {
  const [a] = replicas(1) as [Replica];
  const written = insert(a, 0, "hello");
  const session = Number.parseInt(a.id.slice(0, 8), 16);
  expect(readTextUpdate(written.op).structs.map(({ client }) => client)).toEqual([session]);
  const doc = openTextDoc(a.state, 2 ** 52 + 1);
  expect(doc.clientID).toBe(2 ** 52 + 1);
  expect(textOf(doc).toString()).toBe("hello");
  expect(doc.gc).toBe(true);
  const update = editElsewhere(a.state, (text) => text.insert(5, "!"));
  expect(readTextUpdate(update).structs.map(({ client }) => client)).toEqual([4242]);
});
