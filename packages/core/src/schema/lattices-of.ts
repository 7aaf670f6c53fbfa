/** The lattices that a schema brings: the base ones, and `text` where it is declared. */
import { baseLattices, type LatticeTable } from "../lattice/record.ts";
import { kindCodes } from "../lattice/lattice.ts";
import type { SchemaSpec } from "./schema.ts";

export function latticesOf(schema: SchemaSpec): LatticeTable {
  const table = new Map(baseLattices);
  for (const { fields } of schema.collections.values())
    for (const { kind, lattice } of fields.values()) table.set(kindCodes[kind], lattice);
  return table;
}
