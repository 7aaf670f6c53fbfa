/** How a suite is run: vitest's `describe` and `it`, node:test's, or any that look the same. Suites assert with node:assert. */
export interface SuiteRunner {
  readonly describe: (title: string, body: () => void) => void;
  readonly it: (title: string, body: () => Promise<void>) => void;
}
