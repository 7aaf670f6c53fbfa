/**
 * A Yjs text kept in step with a replica: an editor binds to it. What others wrote comes in as updates; what the editor writes
 * goes out, grouped into one write after a moment, and is durable from then on.
 */
import type { AnySchema, WriteTransaction } from "@holdfast/core";
import { callerError, type FieldSpec, fieldKey, type RecordState, type SpaceId, unknownField } from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import type { CollectionStatements } from "../store/store.ts";
import type { LiveQueries } from "./live.ts";

/** What `text()` brings with its lattice: Yjs, without this module importing it. */
export interface TextBinding {
  open(state: unknown, textSession: number): TextDoc;
  apply(doc: TextDoc, update: Uint8Array, origin: unknown): void;
  /** Everything in the state that the document does not have. */
  missing(state: unknown, doc: TextDoc): Uint8Array | undefined;
  text(doc: TextDoc): unknown;
  merge(updates: readonly Uint8Array[]): Uint8Array;
}

export interface TextDoc {
  on(event: "update", listener: (update: Uint8Array, origin: unknown) => void): void;
  off(event: "update", listener: (update: Uint8Array, origin: unknown) => void): void;
  destroy(): void;
}

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
  const found = spec.fields.get(field);
  if (found === undefined) throw unknownField(name, field);
  const binding = found.lattice.textBinding as TextBinding | undefined;
  if (binding === undefined)
    throw callerError("wrong-kind", `"${name}.${field}" is of kind ${found.kind}, not text.`, "Open a text field.");
  return { spec: found, binding };
}

export function openText(parts: OpenTextParts): OpenText {
  const { context, id, field } = parts;
  const { name } = parts.collection;
  const { spec, binding } = textField(parts.collection, field);
  const stateOf = (): unknown => parts.read()?.fields.get(fieldKey(field, spec.kind))?.state;
  if (parts.read() === undefined) throw callerError("no-such-record", `"${name}" has no record "${id}".`, "Create it first.");
  // An id of this binding alone: two editors of one text in one process must not share one (F27).
  const session = 1 + Math.floor(context.runtime.random() * (2 ** 32 - 2));
  const doc = binding.open(stateOf(), session);
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
        await parts.write((tx) => writerOf(tx, name).text(id, field).apply(binding.merge(updates)));
      })
      .catch((error: unknown) => {
        failure = error instanceof Error ? error : new Error(String(error));
        context.report(error);
      });
  };
  const take = (update: Uint8Array, origin: unknown): void => {
    if (origin === fromReplica) return;
    waiting.push(update);
    cancelTimer ??= context.runtime.setTimer(context.limits.textGroupMs, send);
  };
  const receive = (): void => {
    const update = binding.missing(stateOf(), doc);
    if (update !== undefined) binding.apply(doc, update, fromReplica);
  };
  doc.on("update", take);
  const remove = parts.live.add({ space: parts.space, reads: (collection) => collection === name, rerun: receive });
  const flush = async (): Promise<void> => {
    send();
    await writing;
    if (failure !== undefined) throw failure;
  };
  return {
    doc,
    text: binding.text(doc),
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
}

interface TextWriter {
  text(id: string, field: string): { apply(update: Uint8Array): void };
}

function writerOf(tx: WriteTransaction<AnySchema>, collection: string): TextWriter {
  return (tx as unknown as Readonly<Record<string, TextWriter>>)[collection] as TextWriter;
}
