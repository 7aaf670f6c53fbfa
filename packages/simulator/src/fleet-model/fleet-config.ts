/** What a run of the fleet model is told. Times are in milliseconds, virtual. */
import { type BackoffLimits, type BreakerLimits, cycleDefaults } from "@holdfast/core/engine";
import { serverLimits } from "@holdfast/server";
import type { Seed } from "../random.ts";

/** `full` is the engine's own; the others stand here as comparison only. */
export type RetryStrategy = "fixed" | "exponential" | "equal" | "full";

/** What a refusal tells: nothing, the same delay to all, or r0's own, drawn for each. */
export type RetryAfter = "none" | "same" | "jittered";

export interface FleetConfig {
  readonly seed: Seed;
  readonly clients: number;
  readonly strategy: RetryStrategy;
  readonly retryAfter: RetryAfter;
  /** Undefined: clients without a circuit breaker. */
  readonly breaker: BreakerLimits | undefined;
  readonly backoff: BackoffLimits;
  /** As the welcomes of the sessions that break have said: how wide the first sleep is at least. 0: they said nothing. */
  readonly reconnectWithinMs: number;
  /** `fixed` tries at each multiple of this since the outage began: a timer that all have in common. */
  readonly fixedMs: number;
  /** All sessions break at 0, and no attempt succeeds before `outageMs`. */
  readonly outageMs: number;
  /** How an attempt fails meanwhile: a connection refused at once, silence up to the deadline, or a 503 from what stands in front of r0. */
  readonly outageAnswer: "unreachable" | "silent" | "503";
  readonly server: ServerCapacity;
  /** One way; each client has its own, drawn once between these. */
  readonly latencyMsMin: number;
  readonly latencyMsMax: number;
  /** An attempt that is not answered for so long has failed, though r0 still does its work. */
  readonly attemptMsMax: number;
  /** A request within a session has longer, and is noticed at a heartbeat. */
  readonly requestMsMax: number;
  readonly heartbeatMs: number;
  /** The run ends here, whoever is still waiting. */
  readonly virtualMsMax: number;
}

export interface ServerCapacity {
  readonly requestsPerSecond: number;
  /** Requests that wait; one more is refused. Infinite: a server that never sheds. */
  readonly queueMax: number;
  readonly serviceMs: number;
  /** What r0's jittered `Retry-After` is drawn from: `ServerLimits.retryAfterMs`. */
  readonly retryAfterMs: number;
}

/** What r0 says to each of so many sessions on one instance, or on several of which each is full. */
export function reconnectWithinMs(clients: number, perSecond: number = serverLimits.reconnectsPerSecond): number {
  const { connectionsMax, reconnectWithinMsMax } = serverLimits;
  return Math.min(reconnectWithinMsMax, Math.floor((Math.min(clients, connectionsMax) * 1_000) / perSecond));
}

/** The engine's own limits, against a server that could serve the whole fleet within fifty seconds and holds one second of work in its queue. */
export function fleetConfig(clients: number, change: Partial<FleetConfig> = {}): FleetConfig {
  const requestsPerSecond = Math.max(1, Math.round(clients / 50));
  return {
    seed: 1,
    clients,
    strategy: "full",
    retryAfter: "jittered",
    breaker: cycleDefaults.breaker,
    backoff: { baseMs: cycleDefaults.backoffBaseMs, capMs: cycleDefaults.backoffCapMs },
    reconnectWithinMs: reconnectWithinMs(clients),
    fixedMs: 5_000,
    outageMs: 600_000,
    outageAnswer: "unreachable",
    server: { requestsPerSecond, queueMax: requestsPerSecond, serviceMs: 20, retryAfterMs: serverLimits.retryAfterMs },
    latencyMsMin: 10,
    latencyMsMax: 150,
    attemptMsMax: cycleDefaults.connectMsMax,
    requestMsMax: cycleDefaults.requestMsMax,
    heartbeatMs: cycleDefaults.heartbeatMs,
    virtualMsMax: 4 * 3_600_000,
    ...change,
  };
}
