/** Bytes that grow: one image of a file's contents. */
export class ByteImage {
  #bytes: Uint8Array;
  #size: number;

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#bytes = bytes.slice();
    this.#size = bytes.length;
  }

  get size(): number {
    return this.#size;
  }

  /** How many bytes there were; the rest of `into` becomes zero. */
  read(into: Uint8Array, offset: number): number {
    const count = Math.max(0, Math.min(into.length, this.#size - offset));
    if (count > 0) into.set(this.#bytes.subarray(offset, offset + count));
    into.fill(0, count);
    return count;
  }

  write(bytes: Uint8Array, offset: number): void {
    const end = offset + bytes.length;
    this.#reserve(end);
    if (offset > this.#size) this.#bytes.fill(0, this.#size, offset);
    this.#bytes.set(bytes, offset);
    this.#size = Math.max(this.#size, end);
  }

  resize(size: number): void {
    this.#reserve(size);
    if (size > this.#size) this.#bytes.fill(0, this.#size, size);
    this.#size = size;
  }

  copy(): ByteImage {
    return new ByteImage(this.#bytes.subarray(0, this.#size));
  }

  #reserve(size: number): void {
    if (this.#bytes.length >= size) return;
    const grown = new Uint8Array(Math.max(size, this.#bytes.length * 2, 4096));
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
  }
}
