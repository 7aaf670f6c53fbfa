/**
 * W8: a long editing history, character by character. The automerge-paper trace cannot be had offline: this one is made from a seed
 * with its size (259,778 edits) and its manner, runs of typing with corrections, and now and then a jump elsewhere.
 */
import { bytesToReplicaId, emptyVector, type PlanOrigin, textLattice } from "@holdfast/core/engine";
import * as Y from "yjs";
import { bytes, type Line, ms } from "../table.ts";

type Edit = { readonly type: "insert"; readonly at: number; readonly text: string } | { readonly type: "delete"; readonly at: number };

export function makeTrace(count: number): readonly Edit[] {
  const edits: Edit[] = [];
  let state = 20_261_123;
  const draw = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let length = 0;
  let caret = 0;
  while (edits.length < count) {
    const kind = draw(1_000);
    if (kind < 4) caret = draw(length + 1);
    else if (kind < 260 && caret > 0) {
      edits.push({ type: "delete", at: --caret });
      length--;
    } else {
      edits.push({ type: "insert", at: caret++, text: String.fromCharCode(97 + draw(26)) });
      length++;
    }
  }
  return edits;
}

const groupSize = 20;

export function benchText(count: number): readonly Line[] {
  const trace = makeTrace(count);
  const bare = runYjs(trace);
  const single = runLattice(trace, 1);
  const grouped = runLattice(trace, groupSize);
  if (single.text !== bare.text || grouped.text !== bare.text) throw new Error("the three texts differ");
  const line = (work: string, run: { readonly tookMs: number; readonly size: number }, aim: string, met: boolean | undefined): Line => ({
    work,
    ours: `${ms(run.tookMs)}, ${bytes(run.size)}`,
    floor: `${ms(bare.tookMs)}, ${bytes(bare.size)}`,
    ratio: (run.tookMs / bare.tookMs).toFixed(2),
    aim,
    met,
  });
  return [
    line(`${count.toLocaleString("en")} edits, an operation each`, single, "≤ 1 × bare Yjs", single.tookMs <= bare.tookMs),
    line(`… an operation for ${groupSize} keystrokes`, grouped, "≤ 1 × bare Yjs", grouped.tookMs <= bare.tookMs),
    {
      work: "… loading the result",
      ours: ms(grouped.loadMs),
      floor: ms(bare.loadMs),
      ratio: (grouped.loadMs / bare.loadMs).toFixed(2),
      aim: "≤ 200 ms",
      met: grouped.loadMs <= 200,
    },
  ];
}

/** One document, one encoded update an edit: what an app on bare Yjs stores or sends. */
function runYjs(trace: readonly Edit[]) {
  const doc = new Y.Doc();
  const text = doc.getText("t");
  let updates = 0;
  doc.on("update", (update: Uint8Array) => {
    updates += update.length;
  });
  const start = performance.now();
  for (const edit of trace) {
    if (edit.type === "insert") text.insert(edit.at, edit.text);
    else text.delete(edit.at, 1);
  }
  const tookMs = performance.now() - start;
  const state = Y.encodeStateAsUpdateV2(doc);
  const loading = performance.now();
  const loaded = new Y.Doc();
  Y.applyUpdateV2(loaded, state);
  const shown = loaded.getText("t").toString();
  return { tookMs, size: state.length, loadMs: performance.now() - loading, text: shown, updates };
}

/** Plan, encode, apply: what a write does to a text, without its disk. */
function runLattice(trace: readonly Edit[], group: number) {
  const replica = bytesToReplicaId(new Uint8Array(16).fill(7));
  let state: ReturnType<typeof textLattice.lift> | undefined;
  let counter = 0;
  const start = performance.now();
  for (let i = 0; i < trace.length; i += group) {
    const origin: PlanOrigin = {
      dot: { replica, counter: ++counter },
      lamport: counter,
      context: counter === 1 ? emptyVector : new Map([[replica, counter - 1]]),
      sequence: undefined,
      textSession: 7,
    };
    const change =
      group === 1 ? changeOf(trace[i] as Edit) : { type: "text-update" as const, update: groupOf(state, trace.slice(i, i + group)) };
    const planned = textLattice.plan(state, change, origin);
    if (!planned.ok) throw new Error(planned.reason);
    if (planned.delta !== undefined)
      state = textLattice.apply(state, textLattice.decodeDelta(textLattice.encodeDelta(planned.delta)), origin).state;
  }
  const tookMs = performance.now() - start;
  return { tookMs, ...stored(state) };
}

function changeOf(edit: Edit) {
  return edit.type === "insert"
    ? ({ type: "text-insert", at: edit.at, text: edit.text } as const)
    : ({ type: "text-delete", at: edit.at, length: 1 } as const);
}

/** An editor's document beside the replica, as `openText` keeps one; its keystrokes are written together. */
const editor = new Y.Doc();
editor.clientID = 7;

function groupOf(state: unknown, edits: readonly Edit[]): Uint8Array {
  const doc = state === undefined ? resetEditor() : editor;
  const parts: Uint8Array[] = [];
  const keep = (update: Uint8Array) => parts.push(update);
  const text = doc.getText("t");
  doc.on("update", keep);
  Y.transact(doc, () => {
    for (const edit of edits) {
      if (edit.type === "insert") text.insert(edit.at, edit.text);
      else text.delete(edit.at, 1);
    }
  });
  doc.off("update", keep);
  return parts[0] ?? new Uint8Array([0, 0]);
}

function resetEditor(): Y.Doc {
  if (editor.getText("t").length > 0) throw new Error("the editor's document is used once");
  return editor;
}

function stored(state: ReturnType<typeof textLattice.lift> | undefined) {
  if (state === undefined) throw new Error("an empty trace");
  const size =
    state.compacted.reduce((sum, part) => sum + part.update.length, 0) + state.tail.reduce((sum, entry) => sum + entry.update.length, 0);
  const cold = { compacted: state.compacted, tail: state.tail };
  const start = performance.now();
  const text = String(textLattice.view(cold, undefined));
  return { size, text, loadMs: performance.now() - start };
}
