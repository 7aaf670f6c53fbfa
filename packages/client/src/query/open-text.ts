/** Where an editor's text meets its replica. What keeps the two in step comes with the lattice (`text-binding.ts` of the core): only a schema with `text()` has it in its bundle. */
import type { AnySchema, WriteTransaction } from "@holdfast/core";
import {
  callerError,
  type FieldSpec,
  fieldKey,
  type OpenedText,
  type RecordState,
  type SpaceId,
  type TextBinding,
  type TextDoc,
  unknownField,
} from "@holdfast/core/engine";
import type { ReplicaContext } from "../context.ts";
import type { CollectionStatements } from "../store/store.ts";
import type { LiveQueries } from "./live.ts";

export type { TextDoc };
export type OpenText<Doc = TextDoc, Text = unknown> = OpenedText<Doc, Text>;

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
  const binding = found.lattice.textBinding;
  if (binding === undefined)
    throw callerError("wrong-kind", `"${name}.${field}" is of kind ${found.kind}, not text.`, "Open a text field.");
  return { spec: found, binding };
}

export function openText({ context, live, space, collection, id, field, read, write }: OpenTextParts): OpenText {
  const { name } = collection;
  const { spec, binding } = textField(collection, field);
  if (read() === undefined) throw callerError("no-such-record", `"${name}" has no record "${id}".`, "Create it first.");
  return binding.open({
    state: () => read()?.fields.get(fieldKey(field, spec.kind))?.state,
    textSession: 1 + Math.floor(context.runtime.random() * (2 ** 32 - 2)),
    write: (update) => write((tx) => writerOf(tx, name).text(id, field).apply(update)),
    setTimer: (run) => context.runtime.setTimer(context.limits.textGroupMs, run),
    onChange: (rerun) => live.add({ space, reads: (changed) => changed === name, rerun }),
    report: context.report,
  });
}

interface TextWriter {
  text(id: string, field: string): { apply(update: Uint8Array): void };
}

function writerOf(tx: WriteTransaction<AnySchema>, collection: string): TextWriter {
  return (tx as unknown as Readonly<Record<string, TextWriter>>)[collection] as TextWriter;
}
