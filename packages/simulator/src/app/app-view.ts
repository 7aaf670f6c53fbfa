/** One space at one moment, of any app: its rows, on a device or on r0, read in one go. */
import type { DeadLetter } from "@holdfast/client";
import { decodeRecordState, isVisible, latticesOf, type SchemaSpec, type SqlitePort, type SqlRow, viewRow } from "@holdfast/core/engine";
import type { AppReplica, ViewSource } from "./app.ts";
import type { AnyRow } from "./told-transaction.ts";

/** By collection, then by id. */
export type Rows = ReadonlyMap<string, ReadonlyMap<string, AnyRow>>;

export interface AppView {
  readonly rows: Rows;
  /** Of this space. */
  readonly letters: readonly DeadLetter[];
}

export function readAppView(schema: SchemaSpec, { replica, port, space }: ViewSource): AppView {
  const rows = readRows(schema, (collection) => port.all(`SELECT id, _meta AS state FROM "${collection}" WHERE space = ?`, [space]));
  return { rows, letters: lettersOf(replica, space) };
}

export function readServerRows(schema: SchemaSpec, port: SqlitePort, space: string): Rows {
  const sql = "SELECT record AS id, state FROM records WHERE space = ? AND collection = ?";
  return readRows(schema, (collection) => port.all(sql, [space, collection]));
}

function readRows(schema: SchemaSpec, select: (collection: string) => readonly SqlRow[]): Rows {
  const lattices = latticesOf(schema);
  const rows = new Map<string, ReadonlyMap<string, AnyRow>>();
  for (const [collection, spec] of schema.collections) {
    const found = new Map<string, AnyRow>();
    for (const { id, state } of select(collection)) {
      const decoded = decodeRecordState(lattices, state as Uint8Array);
      if (!decoded.ok) throw new Error(`${collection} ${String(id)} does not decode: ${decoded.fault}`);
      if (isVisible(decoded.value)) found.set(String(id), viewRow(spec, String(id), decoded.value) as AnyRow);
    }
    rows.set(collection, found);
  }
  return rows;
}

function lettersOf(replica: AppReplica, space: string): readonly DeadLetter[] {
  return replica.deadLetters.list().filter((letter) => letter.space === space);
}
