/** r0: the server replica. Stores and buses have their own entry points (`@holdfast/server/sqlite`). */
export type { Bus, Notice } from "@holdfast/core/engine";
export { createLocalBus } from "./bus/local-bus.ts";
export { createServer, mintEpoch } from "./create-server.ts";
export { accept, type Accepted, type Decision, refuse, type Refused } from "./decision.ts";
export type { Change, ChangedRecord, ChangePage, ChangesOptions } from "./feed/follow-changes.ts";
export type { Listening } from "./http/listen.ts";
export { createMetrics, type Metrics } from "./metrics/metrics.ts";
export { listenMetrics, type MetricsListenOptions } from "./metrics/listen-metrics.ts";
export type { ServerEvent, ServerGauges, StoreEvent } from "./observe.ts";
export type { RateBudgets, Rates } from "./overload/rate-gate.ts";
export type { Readiness } from "./overload/readiness.ts";
export type { RefusedReason } from "./overload/refused.ts";
export { type ServerLimits, serverLimits } from "./limits.ts";
export type {
  Access,
  Arbiter,
  Arbiters,
  Authorize,
  Awaitable,
  LogEntry,
  OperationView,
  Principal,
  RecordView,
  RestoredPolicy,
  ServerOptions,
  Waker,
  WakerHost,
  WakeUps,
} from "./options.ts";
export type { Server, ServerCounts, ServerSpace, SpaceReport } from "./server.ts";
export { memoryRateLimits } from "./rate-limits/memory-rate-limits.ts";
export type { RateBudget, RateCounter, RateLimits, RateTaken } from "./rate-limits/rate-limits.ts";
export {
  type ConnectedDevices,
  type PushAnswer,
  type PushGateway,
  type PushOptions,
  type PushTarget,
  type WakeLimits,
  wakeLimits,
  type WakeUp,
} from "./wake/push-gateway.ts";
export { wakeUps } from "./wake/waker.ts";
export type { SessionLink } from "./session/host.ts";
export type {
  CounterRange,
  FeedPage,
  FeedRow,
  ImprintRow,
  IntentRow,
  MarkRow,
  OutcomeRow,
  PageBounds,
  RecordKey,
  RecordRow,
  ServerStore,
  SpaceRow,
  StoreMeta,
  StoreReader,
  StreamRow,
  Turn,
  WriteBatch,
} from "@holdfast/core/engine";
