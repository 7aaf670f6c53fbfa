/** The bus of an instance that is alone: a set of listeners. Nothing is ever lost on it, and so it never gives reason to doubt. */
import type { Bus, Notice } from "@holdfast/core/engine";
import { LocalListeners } from "./local-listeners.ts";

export function createLocalBus(failed: (error: unknown) => void = () => {}): Bus {
  const listeners = new LocalListeners(failed);
  return {
    publish: (notice: Notice) => listeners.hear(notice),
    whisper: (space, bytes) => listeners.whisper(space, bytes),
    subscribe: (listener) => listeners.add(listener),
    close: async () => listeners.clear(),
  };
}
