/** One record's state, kept in step with the owner's: what an open text stands on. */
import { isVisible, type RecordState } from "@holdfast/core/engine";
import type { LiveCall } from "../protocol/messages.ts";
import type { Tab } from "./tab.ts";

export class LiveRecord {
  /** Resolves with the first state. */
  readonly loaded: Promise<void>;
  readonly #listeners = new Set<() => void>();
  readonly stop: () => void;
  #state: RecordState | undefined;

  constructor(tab: Tab, query: LiveCall, decode: (bytes: Uint8Array) => RecordState | undefined) {
    let load = (): void => undefined;
    this.loaded = new Promise((resolve) => {
      load = resolve;
    });
    this.stop = tab.subscribe({
      query,
      restarted: () => undefined,
      received: (message) => {
        if (message.type !== "record") return;
        this.#state = decode(message.bytes);
        load();
        for (const listener of this.#listeners) listener();
      },
    });
  }

  /** Undefined for no such record. */
  get state(): RecordState | undefined {
    return this.#state !== undefined && isVisible(this.#state) ? this.#state : undefined;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
