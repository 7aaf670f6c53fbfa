/**
 * Columns of many rows as PostgreSQL arrays, in its binary format: no escaping, no hexadecimal, and the server reads them with a copy. The
 * driver sends whatever is a `Buffer` as binary.
 */

/** Element types by their names in a statement's casts. */
export type ColumnType = "text" | "bytea" | "int8" | "int4" | "uuid" | "bool" | "jsonb";

const oids: Readonly<Record<ColumnType, number>> = { text: 25, bytea: 17, int8: 20, int4: 23, uuid: 2950, bool: 16, jsonb: 3802 };

/** Of text and jsonb: strings; bytea: bytes; int8, int4: whole numbers (int8 also as bigint); uuid: 32 hexadecimal digits. `null` is SQL's. */
export function encodeArray(type: ColumnType, values: readonly unknown[]): Buffer {
  if (values.length === 0) return emptyArrays[type];
  const sizes = sizesOf(type, values);
  const { nulls, bytes } = sizes;
  const buffer = Buffer.allocUnsafe(20 + 4 * values.length + bytes);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(nulls ? 1 : 0, 4);
  buffer.writeInt32BE(oids[type], 8);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = 20;
  for (const value of values) at = value === null ? buffer.writeInt32BE(-1, at) : writeElement(buffer, at, type, value);
  return buffer;
}

const emptyArrays = Object.fromEntries(
  Object.entries(oids).map(([type, oid]) => {
    const buffer = Buffer.alloc(12);
    buffer.writeInt32BE(oid, 8);
    return [type, buffer];
  }),
) as Readonly<Record<ColumnType, Buffer>>;

const fixedSizes: Readonly<Partial<Record<ColumnType, number>>> = { int8: 8, int4: 4, uuid: 16, bool: 1 };

function sizesOf(type: ColumnType, values: readonly unknown[]): { readonly bytes: number; readonly nulls: boolean } {
  const fixed = fixedSizes[type];
  let bytes = 0;
  let nulls = false;
  for (const value of values) {
    if (value === null) nulls = true;
    else if (fixed !== undefined) bytes += fixed;
    else if (type === "bytea") bytes += (value as Uint8Array).length;
    else bytes += Buffer.byteLength(value as string) + (type === "jsonb" ? 1 : 0);
  }
  return { bytes, nulls };
}

/** Returns where the next one begins. */
function writeElement(buffer: Buffer, at: number, type: ColumnType, value: unknown): number {
  switch (type) {
    case "int8": {
      if (typeof value === "bigint") return buffer.writeBigInt64BE(value, buffer.writeInt32BE(8, at));
      const high = Math.floor((value as number) / 2 ** 32);
      buffer.writeInt32BE(8, at);
      buffer.writeInt32BE(high, at + 4);
      return buffer.writeUInt32BE((value as number) - high * 2 ** 32, at + 8);
    }
    case "int4":
      buffer.writeInt32BE(4, at);
      return buffer.writeInt32BE(value as number, at + 4);
    case "bool":
      buffer.writeInt32BE(1, at);
      return buffer.writeUInt8(value === true ? 1 : 0, at + 4);
    case "uuid":
      buffer.writeInt32BE(16, at);
      if (buffer.write(value as string, at + 4, 16, "hex") !== 16) throw new TypeError(`no replica id: ${String(value)}`);
      return at + 20;
    case "bytea":
      buffer.writeInt32BE((value as Uint8Array).length, at);
      buffer.set(value as Uint8Array, at + 4);
      return at + 4 + (value as Uint8Array).length;
    case "jsonb": {
      buffer.writeUInt8(1, at + 4); // the format's version
      const length = buffer.write(value as string, at + 5);
      buffer.writeInt32BE(length + 1, at);
      return at + 5 + length;
    }
    case "text": {
      const length = buffer.write(value as string, at + 4);
      buffer.writeInt32BE(length, at);
      return at + 4 + length;
    }
  }
}

/** What the driver hands over as text. Small ones are copied out of the buffer that they share with others. */
export function decodeBytes(text: string): Uint8Array {
  const buffer = Buffer.from(text.slice(2), "hex");
  return buffer.buffer.byteLength === buffer.length ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer);
}

/** A uuid as PostgreSQL writes it, as a replica id. */
export function decodeReplica(text: string): string {
  return text.replaceAll("-", "");
}
