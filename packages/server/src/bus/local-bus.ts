/** The bus of an instance that is alone: a set of listeners. */
import type { Bus, Notice } from "@holdfast/core/engine";

export function createLocalBus(failed: (error: unknown) => void = () => {}): Bus {
  const listeners = new Set<(notice: Notice) => void>();
  return {
    publish(notice) {
      for (const listener of [...listeners]) {
        try {
          listener(notice);
        } catch (error) {
          failed(error);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      listeners.clear();
    },
  };
}
