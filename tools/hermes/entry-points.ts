/** What an app on React Native bundles of ours. */
export const entryPoints = {
  "@holdfast/core": "packages/core/src/index.ts",
  "@holdfast/core/engine": "packages/core/src/engine.ts",
  "@holdfast/client": "packages/client/src/index.ts",
  "@holdfast/client/expo": "packages/client/src/expo/index.ts",
  "@holdfast/client/op-sqlite": "packages/client/src/op-sqlite/index.ts",
  "@holdfast/react": "packages/react/src/index.ts",
  "@holdfast/tanstack-db": "packages/tanstack-db/src/index.ts",
} as const;

/** What its app brings. */
export const brought = ["expo-sqlite", "@op-engineering/op-sqlite", "react-native", "react", "@tanstack/db"];

/** What F74 takes away, beside what the VM of this machine has not in any case. */
export const takenAway = [
  ...["crypto", "TextEncoder", "TextDecoder", "structuredClone", "atob", "btoa", "FinalizationRegistry", "WeakRef", "Intl"],
  ...["AbortController", "AbortSignal", "WebAssembly", "BroadcastChannel", "SharedWorker", "Worker", "navigator", "performance", "URL"],
  ...["Blob", "document", "window", "indexedDB", "localStorage", "process", "Buffer", "WebSocket", "XMLHttpRequest", "fetch"],
];
