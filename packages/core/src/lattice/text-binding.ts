/**
 * A Yjs text kept in step with a replica: an editor binds to it. What others wrote comes in as updates; what the editor writes goes
 * out, grouped into one write after a moment, and is durable from then on. The lattice brings it along, so that only a schema with
 * `text()` has it, and Yjs, in its bundle.
 */
import * as Y from "yjs";
import type { TextBinding, TextHost } from "./lattice.ts";
import { openTextDoc, readDoc, textOf } from "./text-doc.ts";
import type { TextState } from "./text-state.ts";

/** An update that holds no struct and no deletion. */
const emptyUpdateBytes = 2;

export const textBinding: TextBinding = {
  open(host) {
    const doc = openTextDoc(host.state() as TextState | undefined, host.textSession);
    const fromReplica = Symbol("replica");
    let waiting: Uint8Array[] = [];
    let cancelTimer: (() => void) | undefined;
    let writing: Promise<void> = Promise.resolve();
    let failure: Error | undefined;
    let closed = false;

    const send = (): void => {
      cancelTimer?.();
      cancelTimer = undefined;
      if (waiting.length === 0) return;
      const updates = waiting;
      waiting = [];
      writing = writing
        .then(async () => {
          await host.write(merge(updates));
        })
        .catch((error: unknown) => {
          failure = error instanceof Error ? error : new Error(String(error));
          host.report(error);
        });
    };
    const take = (update: Uint8Array, origin: unknown): void => {
      if (origin === fromReplica) return;
      waiting.push(update);
      cancelTimer ??= host.setTimer(send);
    };
    doc.on("update", take);
    const remove = host.onChange(() => receive(host, doc, fromReplica));
    const flush = async (): Promise<void> => {
      send();
      await writing;
      if (failure !== undefined) throw failure;
    };
    return {
      doc,
      text: textOf(doc),
      flush,
      async close() {
        if (closed) return;
        closed = true;
        remove();
        doc.off("update", take);
        try {
          await flush();
        } finally {
          doc.destroy();
        }
      },
    };
  },
};

/** What the state has and the document has not. */
function receive(host: TextHost, doc: Y.Doc, origin: unknown): void {
  const state = host.state() as TextState | undefined;
  if (state === undefined) return;
  const update = readDoc(state, (stored) => Y.encodeStateAsUpdate(stored, Y.encodeStateVector(doc)));
  if (update.length > emptyUpdateBytes) Y.applyUpdate(doc, update, origin);
}

function merge(updates: readonly Uint8Array[]): Uint8Array {
  return updates.length === 1 ? (updates[0] as Uint8Array) : Y.mergeUpdates(updates as Uint8Array[]);
}
