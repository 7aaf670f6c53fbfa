/** Suites that every adapter must pass. */
export { type BusFixture, describeBus } from "./bus-suite.ts";
export { describeServerStore, type StoreFixture } from "./store-suite.ts";
export type { SuiteRunner } from "./suite-runner.ts";
