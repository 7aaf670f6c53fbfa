/**
 * The loop of the fleet model: each client's next request arrives at r0, is answered, refused or not heard, and either the client is synced
 * and leaves, or its next request is put. One event a request; a million clients take some tens of megabytes.
 */
import { random } from "../random.ts";
import { ClientRetries } from "./client-retries.ts";
import type { FleetConfig } from "./fleet-config.ts";
import { retryAfterMs, ServerQueue } from "./server-queue.ts";
import { slotMs, TimeCounts } from "./time-counts.ts";
import { TimingWheel } from "./timing-wheel.ts";

export interface Requests {
  readonly arrived: TimeCounts;
  /** Answered in time: a client synced. */
  readonly synced: TimeCounts;
  /** Refused by a server that was up. */
  readonly refused: TimeCounts;
  /** Not answered in time, by a server that was up and did the work. */
  readonly timedOut: TimeCounts;
  readonly syncedClients: number;
  /** When the last client was synced. */
  readonly lastSyncedMs: number;
  /** Of the one client that needed most. */
  readonly requestsPerClientMax: number;
}

export interface FirstRequest {
  /** How each client begins: its session breaks now, or it sends a pull within a session that stands. Undefined: it has nothing to do. */
  readonly of: (client: number) => { readonly type: "broken" | "pull"; readonly atMs: number } | undefined;
}

export function runRequests(config: FleetConfig, first: FirstRequest): Requests {
  const { clients, outageMs, attemptMsMax, requestMsMax, heartbeatMs, virtualMsMax } = config;
  const latencies = drawLatencies(config);
  const retries = new ClientRetries(config, random(config.seed, "fleet-client"));
  const servers = random(config.seed, "fleet-server");
  const heartbeats = random(config.seed, "fleet-heartbeat");
  const queue = new ServerQueue(config.server);
  const wheel = new TimingWheel(clients);
  const isPull = new Uint8Array(clients);
  const sent = new Uint32Array(clients);
  // Answers leave at most a deadline and a heartbeat after the last arrival.
  const [arrived, synced, refused, timedOut] = Array.from(
    { length: 4 },
    () => new TimeCounts(virtualMsMax + requestMsMax + heartbeatMs + slotMs),
  ) as [TimeCounts, TimeCounts, TimeCounts, TimeCounts];
  let [syncedClients, lastSyncedMs, requestsPerClientMax] = [0, 0, 0];

  for (let client = 0; client < clients; client++) {
    const begin = first.of(client);
    if (begin?.type === "pull") {
      isPull[client] = 1;
      wheel.put(client, begin.atMs + latencyOf(client));
    } else if (begin?.type === "broken") fail(client, begin.atMs + latencyOf(client), undefined, true);
  }
  wheel.run(virtualMsMax, arrive);
  return { arrived, synced, refused, timedOut, syncedClients, lastSyncedMs, requestsPerClientMax };

  function latencyOf(client: number): number {
    return latencies[client] as number;
  }

  function fail(client: number, nowMs: number, afterMs: number | undefined, ofSession = false): void {
    wheel.put(client, retries.afterFailure(client, nowMs, afterMs, ofSession) + latencyOf(client));
  }

  function arrive(client: number, nowMs: number): void {
    arrived.add(nowMs);
    const count = (sent[client] as number) + 1;
    sent[client] = count;
    requestsPerClientMax = Math.max(requestsPerClientMax, count);
    const latencyMs = latencyOf(client);
    if (nowMs < outageMs) return failInOutage(client, nowMs, latencyMs);
    const inSession = isPull[client] === 1;
    isPull[client] = 0;
    const doneMs = inSession ? queue.accept(nowMs) : queue.offer(nowMs);
    if (doneMs === undefined) {
      refused.add(nowMs);
      return fail(client, nowMs + latencyMs, retryAfterMs(config.retryAfter, config.server, servers));
    }
    const heardMs = doneMs + latencyMs;
    const deadlineMs = nowMs - latencyMs + (inSession ? requestMsMax : attemptMsMax);
    if (heardMs > deadlineMs) {
      timedOut.add(nowMs);
      // Within a session the deadline is looked at with the heartbeat.
      return fail(client, deadlineMs + (inSession ? Math.floor(heartbeats.next() * heartbeatMs) : 0), undefined);
    }
    synced.add(heardMs);
    syncedClients++;
    lastSyncedMs = Math.max(lastSyncedMs, heardMs);
  }

  function failInOutage(client: number, nowMs: number, latencyMs: number): void {
    if (config.outageAnswer === "silent") fail(client, nowMs - latencyMs + attemptMsMax, undefined);
    else if (config.outageAnswer === "503") fail(client, nowMs + latencyMs, retryAfterMs(config.retryAfter, config.server, servers));
    else fail(client, nowMs + latencyMs, undefined);
  }
}

function drawLatencies({ seed, clients, latencyMsMin, latencyMsMax }: FleetConfig): Uint16Array {
  const draw = random(seed, "fleet-latency");
  return Uint16Array.from({ length: clients }, () => draw.between(latencyMsMin, latencyMsMax));
}
