/** `AppState` as `Libraries/AppState/AppState.js` of react-native 0.88.1 has it: the value follows the event, and listeners hear it in order. */
import type { AppStateHost } from "../../native/host-shapes.ts";

export class TestAppState implements AppStateHost {
  currentState: string;
  readonly #handlers = new Set<(state: string) => void>();

  constructor(state = "active") {
    this.currentState = state;
  }

  addEventListener(_type: "change", handler: (state: string) => void): { remove(): void } {
    this.#handlers.add(handler);
    return { remove: () => void this.#handlers.delete(handler) };
  }

  /** When it returns, the event has been handled: from then on the system may suspend the process. */
  change(state: string): void {
    this.currentState = state;
    for (const handler of [...this.#handlers]) handler(state);
  }

  get listeners(): number {
    return this.#handlers.size;
  }
}
