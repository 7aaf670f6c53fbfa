/**
 * What happened, folded into a hash as it happens: two runs of a plan are the same when their hashes are. Somebody may look on, line by line
 * or event by event; nothing that an observer costs or does is in the hash.
 */
import type { Told, TraceEvent } from "./trace-event.ts";

export interface Watcher {
  /** Told every line. */
  readonly print?: (line: string) => void;
  /** Told every event. */
  readonly observe?: (event: TraceEvent) => void;
}

export class Trace {
  #low = 0x811c9dc5;
  #high = 0x2545f491;
  #watcher: Watcher;
  lines = 0;

  constructor(watcher: Watcher = {}) {
    this.#watcher = watcher;
  }

  /** What is only made for an observer need not be made. */
  get isObserved(): boolean {
    return this.#watcher.observe !== undefined;
  }

  /** `told`: the line for an observer, in parts. */
  add(nowMs: number, line: string, told: Told = { type: "note", text: line }): void {
    this.#fold(nowMs, line);
    this.tell(nowMs, told);
  }

  /** Not told to an observer, who hears of a message when its fate is known. */
  addBytes(nowMs: number, line: string, bytes: Uint8Array): void {
    for (const byte of bytes) this.#mix(byte);
    this.#fold(nowMs, `${line} (${bytes.length} bytes)`);
  }

  /** For the observer alone. */
  tell(nowMs: number, told: Told): void {
    this.#watcher.observe?.({ ...told, atMs: nowMs });
  }

  /** Nobody looks on any more: what follows is no part of the run. */
  close(): void {
    this.#watcher = {};
  }

  get hash(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #fold(nowMs: number, line: string): void {
    this.lines++;
    const text = `${nowMs} ${line}`;
    for (let index = 0; index < text.length; index++) this.#mix(text.charCodeAt(index));
    this.#watcher.print?.(`${(nowMs / 1000).toFixed(3).padStart(12)} ${line}`);
  }

  #mix(code: number): void {
    this.#low = Math.imul(this.#low ^ code, 0x01000193);
    this.#high = Math.imul(this.#high ^ code ^ (this.#low >>> 15), 0x85ebca6b);
  }
}
