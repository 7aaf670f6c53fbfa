import { applyOperation, encodeRecordState, latticesOf, originOf, type RecordState } from "@holdfast/core/engine";
import { schema, space } from "./bed.ts";
import { cursorAt, type ScriptedR0 } from "./scripted-r0.ts";

const lattices = latticesOf(schema.spec);

/** A note as r0's stream makes it: the one page of a snapshot, as the real one answers who has nothing. */
export function snapshotPageOf(r0: ScriptedR0, note: string) {
  const { stream } = r0.space(space);
  let state: RecordState | undefined;
  for (const { sequence, transaction } of stream)
    if (transaction.body.type === "operations")
      for (const [index, operation] of transaction.body.operations.entries())
        state = applyOperation(lattices, state, operation, originOf(transaction, index, sequence)).record;
  const records = state === undefined ? [] : [{ collection: "notes", record: note, state: encodeRecordState(lattices, state) }];
  const head = stream.length;
  return { content: { type: "snapshot", first: true, lamport: 50, records }, cursor: cursorAt(head), head, more: false } as const;
}
