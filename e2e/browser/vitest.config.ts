import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["holdfast-source"], externalConditions: ["holdfast-source"] } },
  resolve: { conditions: ["holdfast-source"] },
  test: {
    include: ["e2e/browser/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    globalSetup: ["e2e/browser/harness/global-setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
