/**
 * What an instance did and does, for Prometheus. The registry is its own: prom-client's global one would mix two servers of one process.
 *
 *     const metrics = createMetrics();
 *     const server = createServer({ …, observe: metrics.observe });
 *     await listenMetrics({ server, metrics, port: 9464 });
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ServerEvent, ServerGauges, StoreEvent } from "../observe.ts";

export interface Metrics {
  /** For `ServerOptions.observe`. */
  readonly observe: (event: ServerEvent) => void;
  /** For a store's `observe`. */
  readonly observeStore: (event: StoreEvent) => void;
  /** Prometheus' text format. */
  read(gauges: ServerGauges, ready: boolean): Promise<string>;
  readonly contentType: string;
}

/** From a fast disk's commit to what a user takes for broken; seconds, as Prometheus wants it. */
const latencyBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const groupBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `holdfast_${name}`, help, labelNames, registers });
  const seconds = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Histogram({ name: `holdfast_${name}`, help, labelNames, buckets: latencyBuckets, registers });
  const sizes = (name: string, help: string) => new Histogram({ name: `holdfast_${name}`, help, buckets: groupBuckets, registers });

  const pushes = counter("pushes_total", "Pushes taken.");
  const operations = counter("operations_total", "Operations in the pushes that were taken.");
  const bytes = counter("bytes_total", "Bytes of messages as carried.", ["direction"]);
  const turns = counter("turns_total", "Turns of a space that were committed.");
  const turnsFailed = counter("turns_failed_total", "Turns that could not be committed.");
  const transactions = counter("transactions_total", "Transactions that were given a place in a stream.");
  const transactionsRefused = counter("transactions_refused_total", "Transactions that were refused, each a dead letter somewhere.");
  const conflicts = counter("conflicts_total", "Concurrent writes of one field.");
  const refused = counter("load_refused_total", "What was not taken for now, by why. The devices keep it and come back.", ["reason"]);
  const pokes = counter("pokes_total", "Sessions that were told of a change.");
  const rowsDropped = counter("stream_rows_dropped_total", "Changes that the horizon has passed.");
  const tombstonesCollected = counter("tombstones_collected_total", "Deleted records that are gone for good.");
  const streamRows = new Histogram({
    name: "holdfast_stream_rows",
    help: "How far the horizon of a space that has just changed lies behind its head.",
    buckets: [100, 1_000, 10_000, 100_000, 1_000_000],
    registers,
  });
  const waited = seconds("queue_seconds", "How long the job that had waited longest waited for its turn.");
  const took = seconds("turn_seconds", "From a turn's begin to its commit.");
  const turnJobs = sizes("turn_jobs", "Pushes and writes that shared a turn.");
  const pageWaited = seconds("page_queue_seconds", "How long a pull waited for a place.", ["kind"]);
  const pageTook = seconds("page_seconds", "How long a page took to read.", ["kind"]);
  const commits = seconds("store_commit_seconds", "A transaction of the database.");
  const groups = sizes("store_commit_spaces", "Spaces that shared a transaction of the database.");
  const stale = counter("store_stale_total", "Batches that were decided over rows which another instance had changed.");
  const retries = counter("store_retries_total", "Turns that were decided again for it.");
  const locked = counter("store_locked_turns_total", "Turns that took their space's lock, after too many of these.");
  const now = new Gauge({ name: "holdfast_now", help: "What there is at this moment.", labelNames: ["what"], registers });
  const isReady = new Gauge({ name: "holdfast_ready", help: "1: a load balancer may send devices here.", registers });

  return {
    contentType: registry.contentType,
    observe(event) {
      switch (event.type) {
        case "push":
          pushes.inc();
          operations.inc(event.operations);
          return;
        case "turn":
          turns.inc();
          transactions.inc(event.transactions);
          transactionsRefused.inc(event.refused);
          conflicts.inc(event.conflicts);
          waited.observe(event.waitedMs / 1000);
          took.observe(event.tookMs / 1000);
          turnJobs.observe(event.jobs);
          streamRows.observe(event.streamRows);
          return;
        case "turn-failed":
          turnsFailed.inc();
          return;
        case "refused":
          refused.inc({ reason: event.reason });
          return;
        case "page":
          pageWaited.observe({ kind: event.kind }, event.waitedMs / 1000);
          pageTook.observe({ kind: event.kind }, event.tookMs / 1000);
          return;
        case "poke":
          pokes.inc(event.receivers);
          return;
        case "compacted":
          rowsDropped.inc(event.rows);
          tombstonesCollected.inc(event.tombstones);
          return;
        case "received":
        case "sent":
          bytes.inc({ direction: event.type }, event.bytes);
          return;
      }
    },
    observeStore(event) {
      switch (event.type) {
        case "commit":
          commits.observe(event.tookMs / 1000);
          groups.observe(event.batches);
          stale.inc(event.stale);
          return;
        case "optimistic-retry":
          retries.inc();
          return;
        case "locked-turn":
          locked.inc();
          return;
      }
    },
    read(gauges, ready) {
      for (const [what, value] of Object.entries(gauges)) now.set({ what: toSnakeCase(what) }, Number(value));
      isReady.set(ready ? 1 : 0);
      return registry.metrics();
    },
  };
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
