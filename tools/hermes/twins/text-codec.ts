/** The web's text codecs, out of what every engine of JavaScript has for addresses: `encodeURIComponent` is UTF-8, and strict. */
export class TextEncoder {
  encode(text: string): Uint8Array {
    // Half of a pair becomes U+FFFD.
    const wellFormed = text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (unit) => (unit.length === 2 ? unit : "\ufffd"));
    const escaped = encodeURIComponent(wellFormed);
    const bytes: number[] = [];
    for (let at = 0; at < escaped.length; at++) {
      const isByte = escaped[at] === "%";
      bytes.push(isByte ? Number.parseInt(escaped.slice(at + 1, at + 3), 16) : escaped.charCodeAt(at));
      if (isByte) at += 2;
    }
    return Uint8Array.from(bytes);
  }
}

/** Fatal, whatever is asked: tests ask for it, or give it what `TextEncoder` has written. */
export class TextDecoder {
  decode(bytes: Uint8Array): string {
    return decodeURIComponent([...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
  }
}
