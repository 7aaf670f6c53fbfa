/** The lattices that a schema brings: the base ones, and `text` where it is declared. */
import { baseLattices, type LatticeTable } from "../lattice/record.ts";
import { kindCodes } from "../lattice/lattice.ts";
import type { SchemaSpec } from "./schema.ts";

export function latticesOf(schema: SchemaSpec): LatticeTable {
  const known = tables.get(schema);
  if (known !== undefined) return known;
  const table = new Map(baseLattices);
  for (const { fields } of schema.collections.values())
    for (const { kind, lattice } of fields.values()) table.set(kindCodes[kind], lattice);
  tables.set(schema, table);
  return table;
}

/** A schema does not change, and every write asks. */
const tables = new WeakMap<SchemaSpec, LatticeTable>();
