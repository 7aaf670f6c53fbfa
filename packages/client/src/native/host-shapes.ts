/**
 * What a replica hears of its host, in the shapes of the packages that tell it: each package's own object fits, and none is needed.
 *
 * - `AppState` of react-native 0.88.1, `Libraries/AppState/AppState.js`: `currentState`, `addEventListener("change", …)`.
 * - `NetInfo` of @react-native-community/netinfo 12.0.1, `lib/typescript/src/index.d.ts` and `internal/types.d.ts`.
 * - `addExpirationListener` of expo-background-task 57.0.21, `build/BackgroundTask.d.ts`.
 */

export interface AppStateHost {
  /** `active`, `background`, and on iOS `inactive`, `extension` and `unknown`; null before it is known. */
  readonly currentState: string | null | undefined;
  addEventListener(type: "change", handler: (state: string) => void): { remove(): void };
}

export interface NetInfoHost {
  /** Calls at once with the present state, then with every change. */
  addEventListener(listener: (state: NetworkState) => void): () => void;
}

export interface NetworkState {
  /** `wifi`, `cellular`, `none`, `unknown` and others. */
  readonly type: string;
  /** Null: not known. */
  readonly isConnected: boolean | null;
}

/** The system's word that the time of a background task is over. */
export interface ExpiryHost {
  addExpirationListener(listener: () => void): { remove(): void };
}
