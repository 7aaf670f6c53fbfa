import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["holdfast-source"], externalConditions: ["holdfast-source"] } },
  resolve: {
    conditions: ["holdfast-source"],
    // What only an app on React Native has.
    alias: Object.fromEntries(
      ["expo-sqlite", "@op-engineering/op-sqlite", "react-native"].map((name) => [
        name,
        new URL(`packages/client/src/testing/native-host/${name.replace("@op-engineering/", "")}.ts`, import.meta.url).pathname,
      ]),
    ),
  },
  test: {
    include: ["packages/*/src/**/*.test.ts", "docs/guide/examples/**/*.test.ts", "tools/**/*.test.ts", "e2e/**/*.test.ts"],
    // With a browser: `npm run e2e`.
    exclude: ["e2e/browser/**", "**/node_modules/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
