/**
 * The `tx` of a write, of a provisional effect and of an arbiter: checks each call at once, buffers mutations, and reads through
 * them. It mints no dots and changes nothing; `planOperations` does the rest when the callback has settled.
 */
import { callerError, unknownCollection, unknownField, wrongKind } from "../base/error.ts";
import { isTextWithin } from "../base/utf8.ts";
import type { Value } from "../base/value.ts";
import type { FieldChange } from "../lattice/change.ts";
import { isShown, type LatticeTable } from "../lattice/record.ts";
import type { RecordState } from "../lattice/record-state.ts";
import type { AnySchema } from "../schema/declaration.ts";
import type { FieldKind } from "../schema/kinds.ts";
import { viewRow } from "../schema/view-row.ts";
import { latticesOf } from "../schema/lattices-of.ts";
import type { CollectionSpec, FieldSpec, SchemaSpec } from "../schema/schema.ts";
import { afterLast } from "./coalesce.ts";
import { bytesOf, checkAssign, checkCreate, checkElements, checkIncrement, checkPlace, textPlace } from "./check-change.ts";
import { checkRoom, operationLimits } from "./limits.ts";
import type { Mutation } from "./mutation.ts";
import type { RecordId } from "./operation.ts";
import { previewItems, previewRecord } from "./preview-record.ts";
import type { CollectionWriter, WriteTransaction } from "./typed-transaction.ts";

export interface TransactionSource {
  readonly schema: SchemaSpec;
  /** A new record's id: 128 random bits as 22 characters. */
  readonly mintRecordId: () => RecordId;
  /** The record before this transaction. */
  readonly read: (collection: string, record: RecordId) => RecordState | undefined | Promise<RecordState | undefined>;
  /** Whether `arbitrated` fields may be written: at r0 and in a provisional effect. */
  readonly arbitrated: "allowed" | "refused";
}

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- the runtime form serves every schema */
type AnyWriter = CollectionWriter<any>;

export class TransactionBuilder<S extends AnySchema = AnySchema> {
  readonly tx: WriteTransaction<S>;
  readonly #source: TransactionSource;
  readonly #lattices: LatticeTable;
  readonly #mutations: Mutation[] = [];
  #changes = 0;
  #bytes = 0;
  #closed = false;

  constructor(source: TransactionSource) {
    this.#source = source;
    this.#lattices = latticesOf(source.schema);
    this.tx = this.#openCollections() as WriteTransaction<S>;
  }

  /** What was asked so far, in order. */
  get mutations(): readonly Mutation[] {
    return this.#mutations;
  }

  /** Ends the transaction: every later call on `tx` throws `transaction-closed`. */
  close(): readonly Mutation[] {
    this.#closed = true;
    return this.#mutations;
  }

  /**
   * A collection's writer is made when it is first asked for: most writes touch one of many collections. A misspelt one throws a typed
   * error, not "undefined is not a function". `then` stays absent: a `tx` is no promise.
   */
  #openCollections(): unknown {
    const { collections } = this.#source.schema;
    const writers = new Map<string, AnyWriter>();
    return new Proxy(Object.create(null) as object, {
      get: (_, name) => {
        if (typeof name !== "string") return undefined;
        const made = writers.get(name);
        if (made !== undefined) return made;
        const spec = collections.get(name);
        if (spec !== undefined) {
          const writer = this.#createWriter(name, spec);
          writers.set(name, writer);
          return writer;
        }
        if (name === "then" || name === "toJSON") return undefined;
        throw unknownCollection(name);
      },
      has: (_, name) => typeof name === "string" && collections.has(name),
      set: () => false,
      defineProperty: () => false,
    });
  }

  #createWriter(collection: string, spec: CollectionSpec): AnyWriter {
    const buffer = (mutation: Mutation, changes: number, bytes: number): void => this.#buffer(mutation, changes, bytes);
    const open = (): void => this.#assertOpen();
    /** Each call of a handle checks again: a handle outlives the check of its making. */
    const changer = (
      record: unknown,
      field: unknown,
      kind: FieldKind,
    ): { spec: FieldSpec; place: string; change: (change: FieldChange, bytes: number) => void } => {
      open();
      checkRecordId(record);
      const fieldSpec = fieldOfKind(collection, spec, field, kind);
      return {
        spec: fieldSpec,
        place: `${collection}.${String(field)}`,
        change: (change, bytes) => {
          open();
          buffer({ type: "change", collection, record, field: field as string, change }, 1, bytes);
        },
      };
    };
    return Object.freeze({
      create: (fields?: unknown, options?: { readonly id?: unknown }) => {
        open();
        const id = options?.id === undefined ? this.#source.mintRecordId() : options.id;
        checkRecordId(id);
        const changes = checkCreate(collection, spec, fields ?? {}, this.#source.arbitrated);
        buffer({ type: "create", collection, record: id, fields: changes }, 1 + changes.length, bytesOf(changes));
        return id;
      },
      update: (id: unknown, patch: unknown) => {
        open();
        checkRecordId(id);
        const changes = checkAssign(collection, spec, patch, this.#source.arbitrated);
        this.#assertRoom(changes.length, bytesOf(changes));
        for (const entry of changes)
          buffer({ type: "change", collection, record: id, field: entry[0], change: entry[1] }, 1, bytesOf([entry]));
      },
      delete: (id: unknown) => {
        open();
        checkRecordId(id);
        buffer({ type: "delete", collection, record: id }, 1, 0);
      },
      text: (id: unknown, field: unknown) => {
        const { spec: fieldSpec, place, change } = changer(id, field, "text");
        return fieldSpec.lattice.textCalls?.open(textPlace(place), { assertOpen: open, change });
      },
      set: (id: unknown, field: unknown) => {
        const { spec: fieldSpec, place, change } = changer(id, field, "set");
        const values = (elements: readonly unknown[]): readonly Value[] => {
          open();
          return checkElements(place, fieldSpec, elements);
        };
        return Object.freeze({
          add: (...elements: unknown[]) => {
            const added = values(elements);
            if (added.length > 0) change({ type: "set-add", values: added }, bytesOf(added));
          },
          delete: (...elements: unknown[]) => {
            const deleted = values(elements);
            if (deleted.length > 0) change({ type: "set-delete", values: deleted }, bytesOf(deleted));
          },
        });
      },
      list: (id: unknown, field: unknown) => {
        const { spec: fieldSpec, place, change } = changer(id, field, "list");
        const values = (items: readonly unknown[]): readonly Value[] => checkElements(place, fieldSpec, items);
        const insert = (at: number | string, items: readonly unknown[]): void => {
          const inserted = values(items);
          if (inserted.length > 0) change({ type: "list-insert", at, values: inserted }, bytesOf(inserted));
        };
        return Object.freeze({
          push: (...items: unknown[]) => {
            open();
            insert(afterLast, items);
          },
          insert: (at: unknown, ...items: unknown[]) => {
            open();
            insert(checkPlace(at), items);
          },
          set: (at: unknown, item: unknown) => {
            open();
            const edited = checkPlace(at);
            const [value] = values([item]) as [Value];
            change({ type: "list-edit", at: edited, value }, bytesOf([value]));
          },
          move: (from: unknown, to: unknown) => {
            open();
            change({ type: "list-move", from: checkPlace(from), to: checkPlace(to) }, 0);
          },
          delete: (at: unknown) => {
            open();
            change({ type: "list-delete", at: checkPlace(at) }, 0);
          },
        });
      },
      counter: (id: unknown, field: unknown) => {
        const { place, change } = changer(id, field, "counter");
        return Object.freeze({
          add: (by: unknown) => {
            open();
            change({ type: "increment", by: checkIncrement(place, by) }, 0);
          },
        });
      },
      get: async (id: unknown) => {
        const state = await this.#preview(collection, id);
        return !isShown(state) ? undefined : viewRow(spec, id as RecordId, state);
      },
      items: async (id: unknown, field: unknown) => {
        fieldOfKind(collection, spec, field, "list");
        const state = await this.#preview(collection, id);
        return !isShown(state) ? [] : previewItems(state, field as string);
      },
    }) as AnyWriter;
  }

  async #preview(collection: string, record: unknown): Promise<RecordState | undefined> {
    this.#assertOpen();
    checkRecordId(record);
    const before = await this.#source.read(collection, record);
    const mutations = this.#mutations.filter((each) => each.collection === collection && each.record === record);
    return mutations.length === 0 ? before : previewRecord(this.#source.schema, this.#lattices, before, mutations);
  }

  #assertOpen(): void {
    if (this.#closed) throw callerError("transaction-closed", "The transaction has ended.", "Await whatever uses `tx`.");
  }

  #assertRoom(changes: number, bytes: number): void {
    checkRoom(this.#changes + changes, operationLimits.changesMax, "changes in a transaction");
    checkRoom(this.#bytes + bytes, operationLimits.bufferedBytesMax, "bytes in a transaction");
  }

  #buffer(mutation: Mutation, changes: number, bytes: number): void {
    this.#assertOpen();
    this.#assertRoom(changes, bytes);
    this.#changes += changes;
    this.#bytes += bytes;
    this.#mutations.push(mutation);
  }
}

function checkRecordId(id: unknown): asserts id is RecordId {
  if (!isTextWithin(id, operationLimits.recordIdBytesMax))
    throw callerError(
      "invalid-value",
      "That is not a record id.",
      `Pass text of 1 to ${operationLimits.recordIdBytesMax} bytes, or omit it.`,
    );
}

/** Throws `unknown-field` or `wrong-kind`. */
export function fieldOfKind(collection: string, spec: CollectionSpec, field: unknown, kind: FieldKind): FieldSpec {
  const found = typeof field === "string" ? spec.fields.get(field) : undefined;
  if (found === undefined) throw unknownField(collection, field);
  if (found.kind !== kind) throw wrongKind(`${collection}.${String(field)}`, found.kind);
  return found;
}
