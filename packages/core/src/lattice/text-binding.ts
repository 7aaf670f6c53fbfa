/** A Yjs text kept in step with a replica's. The lattice brings it along, so that only a schema with `text()` has it, and Yjs, in its bundle; what waits (the write, the timer) is the shell's. */
import * as Y from "yjs";
import type { TextBinding } from "./lattice.ts";
import { openTextDoc, readDoc, textOf } from "./text-doc.ts";
import type { TextState } from "./text-state.ts";

/** An update that holds no struct and no deletion. */
const emptyUpdateBytes = 2;

export const textBinding: TextBinding = {
  open(state, textSession, typed) {
    const doc = openTextDoc(state() as TextState | undefined, textSession);
    const fromReplica = Symbol("replica");
    let waiting: Uint8Array[] = [];
    const keep = (update: Uint8Array, origin: unknown): void => {
      if (origin === fromReplica) return;
      waiting.push(update);
      typed();
    };
    doc.on("update", keep);
    return {
      doc,
      text: textOf(doc),
      take() {
        const updates = waiting;
        waiting = [];
        return updates.length > 1 ? Y.mergeUpdates(updates) : updates[0];
      },
      receive() {
        const known = state() as TextState | undefined;
        if (known === undefined) return;
        const update = readDoc(known, (stored) => Y.encodeStateAsUpdate(stored, Y.encodeStateVector(doc)));
        if (update.length > emptyUpdateBytes) Y.applyUpdate(doc, update, fromReplica);
      },
      end: () => doc.off("update", keep),
    };
  },
};
