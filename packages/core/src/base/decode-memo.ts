/**
 * What some bytes were decoded to, or encoded from, a moment ago: a record's state is read, changed, shown and pushed within one second
 * and is the same bytes each time. Found by the bytes and nothing else, so that there is nothing to invalidate: a value that comes out
 * is what decoding would give. Bounded in two generations: what was not asked for while one filled up is let go with it.
 */
import { compareBytes } from "./bytes.ts";

interface Remembered<V> {
  readonly bytes: Uint8Array;
  readonly value: V;
}

export interface DecodeMemoLimits {
  /** Of one generation, as is `bytesMax`. */
  readonly entriesMax: number;
  readonly bytesMax: number;
}

export const decodeMemoLimits: DecodeMemoLimits = { entriesMax: 2_048, bytesMax: 1024 * 1024 };

export class DecodeMemo<V extends object> {
  readonly #limits: DecodeMemoLimits;
  #young = new Map<number, Remembered<V>>();
  #old: ReadonlyMap<number, Remembered<V>> = new Map();
  #youngBytes = 0;

  constructor(limits: DecodeMemoLimits = decodeMemoLimits) {
    this.#limits = limits;
  }

  get(bytes: Uint8Array): V | undefined {
    const hash = sampleHash(bytes);
    const young = this.#young.get(hash);
    if (young !== undefined && compareBytes(young.bytes, bytes) === 0) return young.value;
    const old = this.#old.get(hash);
    if (old === undefined || compareBytes(old.bytes, bytes) !== 0) return undefined;
    this.#remember(hash, old);
    return old.value;
  }

  /** `bytes` and `value` are never changed afterwards. Bytes that would take a generation for themselves are not kept. */
  set(bytes: Uint8Array, value: V): void {
    if (bytes.length <= this.#limits.bytesMax) this.#remember(sampleHash(bytes), { bytes, value });
  }

  #remember(hash: number, entry: Remembered<V>): void {
    if (this.#young.size >= this.#limits.entriesMax || this.#youngBytes + entry.bytes.length > this.#limits.bytesMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#youngBytes += entry.bytes.length - (this.#young.get(hash)?.bytes.length ?? 0);
    this.#young.set(hash, entry);
  }
}

const sampledBytes = 32;

/** FNV-1a over both ends: our formats begin with counters and end with what was last added. Two that collide only miss. */
function sampleHash(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 ^ bytes.length;
  const head = Math.min(sampledBytes, bytes.length);
  for (let i = 0; i < head; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  for (let i = Math.max(head, bytes.length - sampledBytes); i < bytes.length; i++)
    hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash;
}
