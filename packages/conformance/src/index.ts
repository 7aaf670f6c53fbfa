/** Suites that every adapter must pass. */
export { type BusFixture, describeBus } from "./bus-suite.ts";
export type { StoreFixture } from "./store-fixture.ts";
export { describeServerStore } from "./store-suite.ts";
export { batchOf, bytesOf, commit, markRow, outcomeRow, recordRow, replicaOf, streamRow, tombstoneRow } from "./store-rows.ts";
export { describeStorage, type StorageFixture } from "./storage-suite.ts";
export { describeTransport, type TransportFixture } from "./transport-suite.ts";
export type { SuiteRunner } from "./suite-runner.ts";
