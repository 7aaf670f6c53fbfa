/**
 * A column: one unsigned integer a row, packed. It is cut where its last value repeats to the end, and absent when all are 0;
 * so what is the same for all rows costs one byte, and what is as expected costs none. A column of one value is written unpacked
 * (protobuf readers take both), which saves its length.
 */
import { ByteReader, type ByteWriter, DecodeFault } from "../base/bytes.ts";
import { type Field, wireTypeBytes, wireTypeVarint } from "./protobuf.ts";

export function writeColumn(writer: ByteWriter, field: number, values: readonly number[]): void {
  let length = values.length;
  while (length > 1 && values[length - 1] === values[length - 2]) length--;
  if (length === 0 || (length === 1 && values[0] === 0)) return;
  if (length === 1) {
    writer.varint(field * 8 + wireTypeVarint);
    writer.varint(values[0] as number);
    return;
  }
  writer.varint(field * 8 + wireTypeBytes);
  writer.varint(packedBytes(values, length));
  for (let i = 0; i < length; i++) writer.varint(values[i] as number);
}

/** What the first `length` values take as varints. */
export function packedBytes(values: readonly number[], length: number): number {
  let bytes = length;
  for (let i = 0; i < length; i++) {
    for (let rest = values[i] as number; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  }
  return bytes;
}

/** Appends a field's values to a column that may come in several pieces, packed or not. */
export function readColumn(column: number[], field: Field, rowsMax: number): void {
  if (field.isVarint) {
    if (column.length >= rowsMax || field.value > Number.MAX_SAFE_INTEGER) throw new DecodeFault("out of range");
    column.push(field.value);
    return;
  }
  const reader = new ByteReader(field.bytes);
  while (reader.remaining > 0) {
    if (column.length >= rowsMax) reader.fail("out of range");
    column.push(reader.varint());
  }
}

/** The value of a row: beyond the column's end its last value, and 0 when there is none. */
export function rowOf(column: readonly number[], row: number): number {
  const length = column.length;
  return length === 0 ? 0 : (column[row < length ? row : length - 1] as number);
}

/** A column that holds more rows than there are is not ours to interpret. */
export function checkRows(column: readonly number[], rows: number): void {
  if (column.length > rows) throw new DecodeFault("too many");
}

/** Bytes of many that stand one after another: a column says how long each is, and the last is what is left. */
export class PieceReader {
  readonly #reader: ByteReader;
  readonly #lengths: readonly number[];
  readonly #count: number;
  #row = 0;

  constructor(data: Uint8Array, lengths: readonly number[], count: number) {
    checkRows(lengths, Math.max(0, count - 1));
    this.#reader = new ByteReader(data);
    this.#lengths = lengths;
    this.#count = count;
  }

  /** A view. */
  next(): Uint8Array {
    const row = this.#row++;
    return this.#reader.raw(row === this.#count - 1 ? this.#reader.remaining : rowOf(this.#lengths, row));
  }

  end(): void {
    this.#reader.end();
  }
}
