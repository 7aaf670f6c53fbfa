/** r0: the server replica. Stores and buses have their own entry points (`@holdfast/server/sqlite`). */
export type { Bus, Notice } from "@holdfast/core/engine";
export { createLocalBus } from "./bus/local-bus.ts";
export {
  createServer,
  mintEpoch,
  type Server,
  type ServerCounts,
  type ServerSpace,
  type SpaceReport,
} from "./create-server.ts";
export { accept, type Accepted, type Decision, refuse, type Refused } from "./decision.ts";
export type { Listening } from "./http/listen.ts";
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
  ServerOptions,
} from "./options.ts";
export type { SessionLink } from "./session/host.ts";
export type {
  CounterRange,
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
