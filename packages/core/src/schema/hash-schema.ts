/** A schema's hash: of names, kinds and version. Validators, initial values and indexes are the program's own and not in it. */
import { sha256 } from "../base/sha256.ts";
import { defined } from "../base/assert.ts";
import { ByteWriter, bytesToHex } from "../base/bytes.ts";
import { kindCodes } from "../lattice/lattice.ts";
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
  for (const name of [...collections.keys()].sort()) {
    const { fields } = defined(collections.get(name), "not listed");
    writer.text(name);
    writer.varint(fields.size);
    for (const field of [...fields.keys()].sort()) {
      writer.text(field);
      writer.varint(kindCodes[defined(fields.get(field), "not listed").kind]);
    }
  }
  writer.varint(intents.size);
  for (const name of [...intents.keys()].sort()) writer.text(name);
  return bytesToHex(sha256(writer.finish()));
}
