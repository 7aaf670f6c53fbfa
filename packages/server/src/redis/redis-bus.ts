/**
 * The bus between instances: Redis pub/sub, one channel a space, subscribed while somebody here follows the space. Hints only (F08): a Redis that
 * is partitioned, flushed, restarted or absent costs latency, and never data nor an error.
 *
 *     publish ─► own listeners, at once
 *            └─► encoded once ─► PUBLISH ─► every instance that follows the space
 *
 * Two connections, since a subscriber's may do nothing else. Each instance hears its own heartbeat through both: when that stops, something on
 * the way is half open, which no socket would say (trap 15), and both are opened anew. After that everything followed is doubted, and the
 * instance looks at the store.
 */
import { randomBytes } from "node:crypto";
import { type Bus, bytesToHex, compareBytes, type Notice, type SpaceId } from "@holdfast/core/engine";
import { LocalListeners } from "../bus/local-listeners.ts";
import { decodeNews, encodeNews, encodeWhisper, publisherBytes } from "../bus/news-codec.ts";
import type { LogEntry } from "../options.ts";
import { connectRedis, type RedisConnection, type RedisSource } from "./connect.ts";
import { RareLog } from "./rare-log.ts";
import { type RedisLimits, redisLimits } from "./redis-limits.ts";
import { RedisPublisher } from "./redis-publisher.ts";
import { RedisSubscriber } from "./redis-subscriber.ts";

export type RedisBusOptions = RedisSource & {
  /** Before every channel's name: several fleets may share one Redis. `holdfast` unless told. */
  readonly prefix?: string;
  /** Redis 7's sharded pub/sub: in a Redis Cluster, only the shard of a space carries its news. */
  readonly sharded?: boolean;
  readonly limits?: Partial<RedisLimits>;
  readonly log?: (entry: LogEntry) => void;
};

export interface RedisBusCounts {
  readonly published: number;
  /** Of other instances, for spaces followed here. */
  readonly received: number;
  /** Not sent as they were: Redis was away, or too slow. */
  readonly dropped: number;
  /** Bytes on our channels that say nothing. */
  readonly unreadable: number;
  readonly reconnects: number;
  readonly channels: number;
  readonly connected: boolean;
}

export interface RedisBus extends Bus {
  counts(): RedisBusCounts;
}

export function redisBus(options: RedisBusOptions): RedisBus {
  const limits = { ...redisLimits, ...options.limits };
  const { prefix = "holdfast", sharded = false } = options;
  const log = new RareLog(options.log ?? (() => {}), limits.logEveryMs);
  const publisherId = new Uint8Array(randomBytes(publisherBytes));
  const ownChannel = `${prefix}:instance:${bytesToHex(publisherId)}`;
  const channelOf = (space: SpaceId): string => `${prefix}:space:${space}`;
  const counts = { published: 0, received: 0, dropped: 0, unreadable: 0, reconnects: 0 };
  const connections = [connectRedis(options, limits), connectRedis(options, limits)] as const;
  const [out, into] = connections;
  let heardMs = performance.now();
  let closed = false;

  const publisher = new RedisPublisher(out, {
    limits,
    send: (connection, space, bytes) => send(connection, channelOf(space), bytes),
    encodeHead: (space, head) => encodeNews(publisherId, { space, head, after: head, author: "", changes: [] }),
    dropped: (error) => {
      counts.dropped++;
      log.warn("redis-dropped", "News could not be sent to other instances: they find it in the store.", error);
    },
  });
  const subscriber = new RedisSubscriber(into, {
    limits,
    sharded,
    channelOf,
    ownChannel,
    heard: (channel, bytes) => {
      if (channel === ownChannel) heardMs = performance.now();
      else take(bytes);
    },
    doubted: (spaces) => listeners.doubt(spaces),
    failed: (error) => log.warn("redis-failed", "Redis has refused a subscription.", error),
  });
  const listeners = new LocalListeners(
    (error) => (options.log ?? (() => {}))({ level: "error", event: "listener-failed", detail: "A listener of the bus threw.", error }),
    { wanted: (space) => subscriber.want(space), unwanted: (space) => subscriber.unwant(space) },
  );
  for (const connection of connections) {
    connection.on("error", (error: unknown) => log.warn("redis-failed", "Redis cannot be reached: news between instances is late.", error));
    connection.on("reconnecting", () => counts.reconnects++);
  }
  const timers = [setInterval(beat, limits.heartbeatMs), setInterval(() => subscriber.sweep(), limits.lingerMs)];
  for (const timer of timers) timer.unref();

  function send(connection: RedisConnection, channel: string, bytes: Uint8Array): Promise<unknown> {
    const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return sharded ? connection.spublish(channel, message) : connection.publish(channel, message);
  }

  function take(bytes: Uint8Array): void {
    const news = decodeNews(bytes);
    if (!news.ok) {
      counts.unreadable++;
      return log.warn("redis-unreadable", `Something that is no news came through Redis: ${news.fault}.`);
    }
    const { publisher: from, notice, whisper } = news.value;
    if (compareBytes(from, publisherId) === 0) return;
    if (whisper !== undefined) listeners.whisper(whisper.space, whisper.bytes);
    if (notice === undefined) return;
    counts.received++;
    listeners.hear(notice);
  }

  function beat(): void {
    const isUp = connections.every(({ status }) => status === "ready");
    if (isUp) void send(out, ownChannel, publisherId).catch(() => {});
    // Connecting has its own deadline.
    else heardMs = performance.now();
    if (performance.now() - heardMs <= limits.silenceMsMax) return;
    heardMs = performance.now();
    log.warn("redis-silent", "Redis carries nothing, though it is connected: connecting again.");
    for (const connection of connections) connection.disconnect(true);
  }

  return {
    publish(notice: Notice) {
      listeners.hear(notice);
      if (closed) return;
      counts.published++;
      try {
        publisher.publish(notice.space, notice.head, encodeNews(publisherId, notice));
      } catch (error) {
        counts.dropped++;
        log.warn("redis-dropped", "News could not be written for other instances: they find it in the store.", error);
      }
    },
    whisper(space, bytes) {
      if (!closed) publisher.whisper(space, encodeWhisper(publisherId, space, bytes));
    },
    subscribe: (listener) => listeners.add(listener),
    counts: () => ({ ...counts, channels: subscriber.channels, connected: connections.every(({ status }) => status === "ready") }),
    async close() {
      if (closed) return;
      closed = true;
      for (const timer of timers) clearInterval(timer);
      listeners.clear();
      for (const connection of connections) connection.disconnect();
    },
  };
}
