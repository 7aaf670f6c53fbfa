/** Suites that every adapter must pass. */
export { type BusFixture, describeBus } from "./bus-suite.ts";
export { describeServerStore, type StoreFixture } from "./store-suite.ts";
export { describeStorage, type StorageFixture } from "./storage-suite.ts";
export { describeTransport, type TransportFixture } from "./transport-suite.ts";
export type { SuiteRunner } from "./suite-runner.ts";
