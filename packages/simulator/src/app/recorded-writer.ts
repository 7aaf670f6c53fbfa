/** A transaction's `tx` that passes every call on and tells what was called. */
import type { CollectionWriter } from "@holdfast/core";
import type { CollectionSpec, SchemaSpec } from "@holdfast/core/engine";
import type { Effect } from "./told-transaction.ts";

/** A writer of any collection: an app's types are its own affair here. */
export type AnyWriter = CollectionWriter<unknown>;
export type AnyTransaction = Readonly<Record<string, AnyWriter>>;

type AnyChange = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
type Tell = (effect: Effect) => void;

/** A call that throws is not told: it has changed nothing. Values are told as they are kept, after the validator. */
export function recordTransaction(schema: SchemaSpec, tx: unknown, tell: Tell): AnyTransaction {
  return new Proxy(tx as AnyTransaction, {
    get: (writers, name) => {
      const writer = Reflect.get(writers, name) as AnyWriter | undefined;
      const spec = typeof name === "string" ? schema.collections.get(name) : undefined;
      return writer === undefined || spec === undefined ? writer : recordWriter(name as string, spec, writer, tell);
    },
  });
}

function recordWriter(collection: string, spec: CollectionSpec, writer: AnyWriter, tell: Tell): unknown {
  const keep = (field: string, value: unknown): unknown => {
    const validation = spec.fields.get(field)?.validate(value);
    return validation?.ok === true ? validation.value : value;
  };
  const keepAll = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
    Object.fromEntries(
      Object.entries(fields)
        .filter(([, value]) => value !== undefined)
        .map(([field, value]) => [
          field,
          Array.isArray(value) && isMany(spec, field) ? value.map((each) => keep(field, each)) : keep(field, value),
        ]),
    );
  const at = (record: string): { readonly collection: string; readonly record: string } => ({ collection, record });
  return {
    ...writer,
    create(fields: Readonly<Record<string, unknown>> = {}, options?: { readonly id?: string }) {
      const record = writer.create(fields, options);
      tell({ ...at(record), type: "create", fields: keepAll(fields) });
      return record;
    },
    update(record: string, patch: Readonly<Record<string, unknown>>) {
      writer.update(record, patch as never);
      tell({ ...at(record), type: "update", fields: keepAll(patch) });
    },
    delete(record: string) {
      writer.delete(record);
      tell({ ...at(record), type: "delete" });
    },
    counter(record: string, field: string) {
      const change = writer.counter(record, field);
      return {
        add(by: number) {
          change.add(by);
          tell({ ...at(record), type: "count", field, by });
        },
      };
    },
    set: (record: string, field: string) =>
      recordChange(writer.set(record, field as never), {
        add: (elements) => tell({ ...at(record), type: "add", field, elements: elements.map((each) => keep(field, each)) }),
        delete: (elements) => tell({ ...at(record), type: "remove", field, elements: elements.map((each) => keep(field, each)) }),
      }),
    list: (record: string, field: string) =>
      recordChange(writer.list(record, field as never), {
        push: (items) => tell({ ...at(record), type: "insert", field, elements: items.map((each) => keep(field, each)) }),
        insert: ([, ...items]) => tell({ ...at(record), type: "insert", field, elements: items.map((each) => keep(field, each)) }),
        set: () => tell({ ...at(record), type: "rework", field }),
        move: () => {},
        delete: () => tell({ ...at(record), type: "rework", field }),
      }),
    text: (record: string, field: string) =>
      recordChange(writer.text(record, field), {
        insert: ([, text]) => tell({ ...at(record), type: "type", field, text: String(text) }),
        delete: () => tell({ ...at(record), type: "rework", field }),
        apply: () => tell({ ...at(record), type: "rework", field }),
      }),
  };
}

function recordChange(change: object, told: Readonly<Record<string, (args: readonly unknown[]) => void>>): unknown {
  const passed = Object.entries(told).map(([name, tell]) => [
    name,
    (...args: readonly unknown[]) => {
      const result = (change as AnyChange)[name]?.(...args);
      tell(args);
      return result;
    },
  ]);
  return Object.fromEntries(passed) as unknown;
}

function isMany(spec: CollectionSpec, field: string): boolean {
  const kind = spec.fields.get(field)?.kind;
  return kind === "set" || kind === "list";
}
