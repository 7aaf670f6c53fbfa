/** Connections to Redis that never make anybody wait: nothing is queued while there is none, and nothing is sent twice. */
import { Cluster, Redis } from "ioredis";
import type { RedisLimits } from "./redis-limits.ts";

/** A URL, or a client of the app's, whose settings (hosts, TLS, passwords, Sentinels) are taken; it stays the app's own, and untouched. */
export type RedisSource = { readonly url: string } | { readonly client: Redis | Cluster };

export type RedisConnection = Redis | Cluster;

export function connectRedis(source: RedisSource, limits: RedisLimits): RedisConnection {
  const options = {
    enableOfflineQueue: false,
    // What was under way when a connection broke is not said again: it may have arrived.
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    lazyConnect: false,
    connectTimeout: limits.connectMsMax,
    // Never undefined: it goes on trying for as long as the instance lives. Jittered, since all instances lose Redis in one moment (trap 16).
    retryStrategy: () => 50 + Math.floor(Math.random() * limits.reconnectMsMax),
  };
  if ("url" in source) return new Redis(source.url, { ...options, enableAutoPipelining: true });
  const { client } = source;
  if (client instanceof Cluster) {
    const { replyMapping: _, ...redisOptions } = client.options.redisOptions ?? {};
    return client.duplicate([], {
      clusterRetryStrategy: options.retryStrategy,
      enableOfflineQueue: false,
      redisOptions: { ...redisOptions, autoResubscribe: false, connectTimeout: limits.connectMsMax },
    });
  }
  return client.duplicate(options);
}
