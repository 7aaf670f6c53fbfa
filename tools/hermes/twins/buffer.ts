/** Node's `Buffer`, as far as tests hold our forms against it: written from their definitions, and from nothing of ours. */
import { TextEncoder } from "./text-codec.ts";

const hexDigits = "0123456789abcdef";
const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

interface NodeBuffer extends Uint8Array<ArrayBuffer> {
  toString(form?: "hex" | "base64url"): string;
}

/** No subclass: Hermes has none of typed arrays. */
const prototype = Object.create(Uint8Array.prototype, {
  toString: {
    value(this: Uint8Array, form: "hex" | "base64url") {
      const bits = [...this].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      const [size, digits] = form === "hex" ? [4, hexDigits] : [6, base64url];
      const groups = bits.match(new RegExp(`.{1,${size}}`, "g")) ?? [];
      return groups.map((group) => digits[Number.parseInt(group.padEnd(size, "0"), 2)]).join("");
    },
  },
  // What sets a Buffer apart, and what a decoder must not fall for: it does not copy.
  slice: {
    value(this: Uint8Array, start?: number, end?: number) {
      return Buffer.view(this.subarray(start, end));
    },
  },
}) as object;

export const Buffer = {
  view: (bytes: Uint8Array): NodeBuffer => Object.setPrototypeOf(bytes, prototype) as NodeBuffer,
  from: (source: string | ArrayLike<number>): NodeBuffer =>
    Buffer.view(typeof source === "string" ? new TextEncoder().encode(source) : Uint8Array.from(source)),
  concat: (parts: readonly Uint8Array[]): NodeBuffer => Buffer.from(parts.flatMap((part) => [...part])),
  compare(a: Uint8Array, b: Uint8Array): number {
    const at = [...a].findIndex((byte, index) => byte !== b[index]);
    return Math.sign(at < 0 ? a.length - b.length : at >= b.length ? 1 : (a[at] as number) - (b[at] as number));
  },
};
