/** `replica.conflicts` and `replica.deadLetters`: what was not kept, and what an app can do about it. */
import { type WriteTransaction, type AnySchema } from "@holdfast/core";
import { noSuch, wrongKind, kindCodes, listLattice, presenceLattice, setLattice } from "@holdfast/core/engine";
import type { ReplicaContext } from "./context.ts";
import { type Conflict, countConflicts, deleteConflict, listConflicts, readConflict } from "./store/conflict-log.ts";
import {
  countDeadLetters,
  type DeadLetter,
  deleteDeadLetter,
  disposeDeadLetter,
  readDeadLetter,
  readDeadLetters,
  type StoredLetter,
} from "./store/dead-letters.ts";
import type { Once } from "./write/once.ts";
import type { Requested, Writer, Written } from "./write/write.ts";
import { checkOpen } from "./write/write.ts";
import type { WorkQueue } from "./write/work-queue.ts";

export interface Conflicts {
  /** Oldest first. */
  list(): readonly Conflict[];
  /** Writes the value that lost again, as a new write, and removes the entry. */
  restore(id: number): Promise<Written<void>>;
  dismiss(id: number): Promise<void>;
}

export interface DeadLetters {
  /** Oldest first. */
  list(): readonly DeadLetter[];
  /**
   * Asks again, as a new write or request, and removes the entry. A record that is not there any more is created again; of a
   * list, what was inserted comes last, and moves and removals are left out.
   */
  retry(id: number): Promise<Written<void> | Requested>;
  discard(id: number): Promise<void>;
}

/** A collection's writer without its types: names come from rows here, and the writer checks them again. */
interface UntypedWriter {
  get(id: string): Promise<unknown>;
  create(fields: object, options: { readonly id: string }): string;
  update(id: string, patch: object): void;
  delete(id: string): void;
  text(id: string, field: string): { apply(update: Uint8Array): void };
  set(id: string, field: string): { add(...values: unknown[]): void; delete(...values: unknown[]): void };
  list(id: string, field: string): { push(...items: unknown[]): void; set(at: string, item: unknown): void };
  counter(id: string, field: string): { add(by: number): void };
}

/** Throws `unknown-collection` where the schema does not declare it any more. */
function untypedWriter(tx: WriteTransaction<AnySchema>, collection: string): UntypedWriter {
  return (tx as unknown as Readonly<Record<string, UntypedWriter>>)[collection] as UntypedWriter;
}

/** For the owner of a store with many tabs: what is asked again under a key is done once. */
export interface KeyedConflicts extends Conflicts {
  restore(id: number, once?: Once): Promise<Written<void>>;
}

export interface KeyedDeadLetters extends DeadLetters {
  retry(id: number, once?: Once): Promise<Written<void> | Requested>;
}

/** `changed`: what the status says of them is another. */
export function createConflicts(context: ReplicaContext, writer: Writer, queue: WorkQueue, changed: () => void): KeyedConflicts {
  const remove = (id: number): Promise<void> =>
    queue.job(() => {
      context.port.transaction(() => deleteConflict(context.port, id));
      context.conflictCount = countConflicts(context.port);
      changed();
    });
  const find = (id: number): Conflict => {
    checkOpen(context);
    const conflict = readConflict(context.port, id);
    if (conflict === undefined) throw noSuch(`conflict ${id}`);
    return conflict;
  };
  return {
    list: () => listConflicts(context.port),
    async restore(id, once) {
      const conflict = find(id);
      const written = await writer.write(conflict.space, (tx) => restoreLoser(tx, conflict), once);
      await remove(id);
      return written;
    },
    async dismiss(id) {
      find(id);
      await remove(id);
    },
  };
}

function restoreLoser(tx: WriteTransaction<AnySchema>, { collection, record, field, item, value }: Conflict): void {
  const writerOf = untypedWriter(tx, collection);
  if (field === "") writerOf.delete(record);
  else if (item !== "") writerOf.list(record, field).set(item, value);
  else writerOf.update(record, { [field]: value });
}

export function createDeadLetters(context: ReplicaContext, writer: Writer, queue: WorkQueue, changed: () => void): KeyedDeadLetters {
  const remove = ({ id, space }: StoredLetter): Promise<void> =>
    queue.job(() => {
      // What the user may not read any more leaves at once.
      const isHeld = context.spaces.get(space)?.access !== "none";
      context.port.transaction(() => (isHeld ? disposeDeadLetter : deleteDeadLetter)(context.port, id));
      context.deadLetterCount = countDeadLetters(context.port);
      changed();
    });
  const find = (id: number): StoredLetter => {
    checkOpen(context);
    const letter = readDeadLetter(context.port, context.store.lattices, id);
    if (letter === undefined) throw noSuch(`dead letter ${id}`);
    return letter;
  };
  return {
    list: () => readDeadLetters(context.port, context.store.lattices, "listed").map(toPublic),
    async retry(id, once) {
      const letter = find(id);
      const again =
        letter.payload.type === "request"
          ? await writer.request(letter.space, letter.payload.intent, letter.payload.input, once)
          : await writer.write(letter.space, (tx) => repeat(context, tx, letter), once);
      await remove(letter);
      return again;
    },
    async discard(id) {
      await remove(find(id));
    },
  };
}

export function toPublic({ id, space, code, reason, at, payload }: StoredLetter): DeadLetter {
  return { id, space, code, reason, at, payload };
}

/** The refused operations as calls of a new transaction. */
async function repeat(context: ReplicaContext, tx: WriteTransaction<AnySchema>, letter: StoredLetter): Promise<void> {
  const { body } = letter.transaction;
  if (body.type !== "operations") return;
  const created = new Set<string>();
  for (const [index, operation] of body.operations.entries()) {
    const { collection, record, field, kind, delta } = operation;
    const spec = context.schema.collections.get(collection)?.fields.get(field);
    const known = field === "" ? kind === kindCodes.presence : spec !== undefined && kindCodes[spec.kind] === kind;
    if (!known) throw wrongKind(`${collection}.${field}`, spec?.kind ?? "none");
    const writerOf = untypedWriter(tx, collection);
    if (operation.creates && !created.has(`${collection}/${record}`) && (await writerOf.get(record)) === undefined) {
      created.add(`${collection}/${record}`);
      writerOf.create({}, { id: record });
    }
    repeatOperation(writerOf, record, field, kind, delta, letter.increments.get(index), spec?.lattice);
  }
}

function repeatOperation(
  writerOf: UntypedWriter,
  record: string,
  field: string,
  kind: number,
  delta: Uint8Array,
  increment: number | undefined,
  lattice: { decodeDelta(bytes: Uint8Array): unknown; valuesOf(delta: never): readonly unknown[] } | undefined,
): void {
  switch (kind) {
    case kindCodes.presence:
      if (delta.length > 0 && isDelete(delta)) writerOf.delete(record);
      return;
    case kindCodes.counter:
      writerOf.counter(record, field).add(increment ?? 0);
      return;
    case kindCodes.set: {
      const { added, removed } = setLattice.decodeDelta(delta);
      writerOf.set(record, field).add(...added);
      writerOf.set(record, field).delete(...removed.map(({ value }) => value));
      return;
    }
    case kindCodes.list:
      writerOf.list(record, field).push(...listLattice.valuesOf(listLattice.decodeDelta(delta)));
      return;
    case kindCodes.text:
      writerOf.text(record, field).apply(delta);
      return;
    default:
      for (const value of lattice?.valuesOf(lattice.decodeDelta(delta) as never) ?? []) writerOf.update(record, { [field]: value });
  }
}

function isDelete(delta: Uint8Array): boolean {
  return presenceLattice.decodeDelta(delta).type === "delete";
}
