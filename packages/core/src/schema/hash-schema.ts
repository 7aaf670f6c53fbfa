/** A schema's hash: of names, kinds and version. Validators, initial values and indexes are the program's own and not in it. */
import { sha256 } from "../base/sha256.ts";
import { ByteWriter, bytesToHex } from "../base/bytes.ts";
import { kindCodes } from "../lattice/lattice.ts";
import { ascending } from "../lattice/replica-table.ts";
import type { CollectionSpec, IntentSpec } from "./schema.ts";

/** Hexadecimal SHA-256; the order of declaration does not matter. */
export function hashSchema(
  version: number,
  collections: ReadonlyMap<string, CollectionSpec>,
  intents: ReadonlyMap<string, IntentSpec>,
): string {
  const writer = new ByteWriter();
  writer.text("holdfast-schema-1");
  writer.varint(version);
  writer.varint(collections.size);
  for (const [name, { fields }] of ascending(collections)) {
    writer.text(name);
    writer.varint(fields.size);
    for (const [field, { kind }] of ascending(fields)) {
      writer.text(field);
      writer.varint(kindCodes[kind]);
    }
  }
  writer.varint(intents.size);
  for (const [name] of ascending(intents)) writer.text(name);
  return bytesToHex(sha256(writer.finish()));
}
