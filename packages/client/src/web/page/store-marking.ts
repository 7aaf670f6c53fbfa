/** Keeps the marker of a store (`store-marker.ts`) in step with what the owner says. */
import type { Runtime } from "@holdfast/core/engine";
import type { Mirror } from "./mirror.ts";
import { encodeMarker, findLoss, readMarker, removeMarker, writeMarker } from "./store-marker.ts";

/** Writing a cookie makes the page wait: not more often than this. */
const markMs = 1_000;

export class StoreMarking {
  readonly #store: string;
  readonly #mirror: Mirror;
  readonly #runtime: Runtime;
  #cancel: (() => void) | undefined;
  #written = "";

  constructor(store: string, mirror: Mirror, runtime: Runtime) {
    this.#store = store;
    this.#mirror = mirror;
    this.#runtime = runtime;
  }

  heard(isFirst: boolean): void {
    const mirror = this.#mirror;
    if (mirror.closed || mirror.status().durability.kind !== "disk") return;
    if (isFirst) {
      mirror.lost = findLoss(readMarker(this.#store), mirror.replica);
      this.#write();
    } else this.#cancel ??= this.#runtime.setTimer(markMs, () => this.#write());
  }

  #write(): void {
    this.#cancel = undefined;
    if (this.#mirror.closed) return;
    const marker = { replica: this.#mirror.replica, pending: this.#mirror.status().pending };
    if (this.#written === encodeMarker(marker)) return;
    this.#written = encodeMarker(marker);
    writeMarker(this.#store, marker);
  }

  /** The user has signed out: what is gone then is not lost. */
  remove(): void {
    this.#cancel?.();
    removeMarker(this.#store);
  }
}
