/** The cycle's limits, each with its unit; an app may change them at `openReplica`. */
import { breakerDefaults } from "../resilience/circuit-breaker.ts";
import type { CycleLimits } from "./cycle.ts";

export const cycleDefaults: CycleLimits = {
  connectMsMax: 10_000,
  requestMsMax: 30_000,
  tokenMsMax: 20_000,
  heartbeatMs: 20_000,
  pongMsMax: 4_000,
  antiEntropyMs: 60_000,
  pushTransactionsMax: 1_000,
  pageBytesMax: 512 * 1024,
  poisonAttemptsMax: 6,
  poisonClosuresMax: 12,
  stableMs: 10_000,
  backoffBaseMs: 500,
  backoffCapMs: 60_000,
  breaker: breakerDefaults,
};
