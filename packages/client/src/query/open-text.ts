/**
 * A Yjs text kept in step with a replica: an editor binds to it. What others wrote comes in as updates; what the editor writes
 * goes out, grouped into one write after a moment, and is durable from then on. The document's side of it comes with the lattice
 * (`text-binding.ts` of the core): only a schema with `text()` has that in its bundle.
 */
import type { AnySchema, WriteTransaction } from "@holdfast/core";
import {
  type FieldSpec,
  fieldKey,
  noSuch,
  fieldOfKind,
  type RecordState,
  type SpaceId,
  type TextBinding,
  type TextDoc,
} from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import type { CollectionStatements } from "../store/store.ts";
import type { LiveQueries } from "./live.ts";

export type { TextDoc };

export interface OpenText<Doc = TextDoc, Text = unknown> {
  readonly doc: Doc;
  readonly text: Text;
  /** Resolves when everything typed so far is on disk; rejects when it could not be. */
  flush(): Promise<void>;
  /** Writes what is left, and ends the binding. */
  close(): Promise<void>;
}

export interface OpenTextParts {
  readonly context: Pick<ReplicaContext, "runtime" | "report"> & { readonly limits: { readonly textGroupMs: number } };
  readonly live: Pick<LiveQueries, "add">;
  readonly space: SpaceId;
  readonly collection: CollectionStatements;
  readonly id: string;
  readonly field: string;
  readonly read: () => RecordState | undefined;
  readonly write: (run: (tx: WriteTransaction<AnySchema>) => void) => Promise<unknown>;
}

/** Throws `unknown-field` or `wrong-kind`. */
export function textField(
  { name, spec }: CollectionStatements,
  field: string,
): { readonly spec: FieldSpec; readonly binding: TextBinding } {
  const found = fieldOfKind(name, spec, field, "text");
  return { spec: found, binding: found.lattice.textBinding as TextBinding };
}

export function openText({ context, live, space, collection, id, field, read, write }: OpenTextParts): OpenText {
  const { name } = collection;
  const { spec, binding } = textField(collection, field);
  if (read() === undefined) throw noSuch(`record "${name}" ${JSON.stringify(id)}`);
  const { runtime, limits, report } = context;
  let cancelTimer: (() => void) | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  let failure: Error | undefined;
  let closed = false;
  const bound = binding.open(
    () => read()?.fields.get(fieldKey(field, spec.kind))?.state,
    // An id of this binding alone: two editors of one text in one process must not share one (F27).
    1 + Math.floor(runtime.random() * (2 ** 32 - 2)),
    () => {
      cancelTimer ??= runtime.setTimer(limits.textGroupMs, send);
    },
  );
  const { doc, text } = bound;
  const stop = live.add({ space, reads: (changed) => changed === name, rerun: bound.receive });

  function send(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    const update = bound.take();
    if (update === undefined) return;
    writing = writing
      .then(() => write((tx) => writerOf(tx, name).text(id, field).apply(update)))
      .catch((error: unknown) => {
        failure = error instanceof Error ? error : new Error(String(error));
        report(error);
      });
  }
  async function flush(): Promise<void> {
    send();
    await writing;
    if (failure !== undefined) throw failure;
  }
  return {
    doc,
    text,
    flush,
    async close() {
      if (closed) return;
      closed = true;
      stop();
      bound.end();
      try {
        await flush();
      } finally {
        doc.destroy();
      }
    },
  };
}

interface TextWriter {
  text(id: string, field: string): { apply(update: Uint8Array): void };
}

function writerOf(tx: WriteTransaction<AnySchema>, collection: string): TextWriter {
  return (tx as unknown as Readonly<Record<string, TextWriter>>)[collection] as TextWriter;
}
