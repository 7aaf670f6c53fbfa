/** What an adapter gives the suites of stores. */
import type { ServerStore } from "@holdfast/core/engine";

export interface StoreFixture {
  readonly store: ServerStore;
  /** Closes the store and opens the same data again. */
  reopen(): Promise<ServerStore>;
  dispose(): Promise<void>;
}
