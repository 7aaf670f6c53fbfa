/** What happened, folded into a hash as it happens: two runs of a plan are the same when their hashes are. */
export class Trace {
  #low = 0x811c9dc5;
  #high = 0x2545f491;
  readonly #print: ((line: string) => void) | undefined;
  lines = 0;

  constructor(print?: (line: string) => void) {
    this.#print = print;
  }

  add(nowMs: number, line: string): void {
    this.lines++;
    const text = `${nowMs} ${line}`;
    for (let index = 0; index < text.length; index++) this.#mix(text.charCodeAt(index));
    this.#print?.(`${(nowMs / 1000).toFixed(3).padStart(12)} ${line}`);
  }

  addBytes(nowMs: number, line: string, bytes: Uint8Array): void {
    for (const byte of bytes) this.#mix(byte);
    this.add(nowMs, `${line} (${bytes.length} bytes)`);
  }

  get hash(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #mix(code: number): void {
    this.#low = Math.imul(this.#low ^ code, 0x01000193);
    this.#high = Math.imul(this.#high ^ code ^ (this.#low >>> 15), 0x85ebca6b);
  }
}
