/**
 * Rate limits of several instances together: rate-limiter-flexible's counters in Redis, and its counters in memory as insurance. A Redis that
 * does not answer costs one request `takeMsMax` and the next ones nothing; each instance then counts for itself, which lets through at most the
 * budget times the instances.
 */
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { LogEntry } from "../options.ts";
import { rateRefused, rateTaken } from "../rate-limits/memory-rate-limits.ts";
import type { RateBudget, RateCounter, RateLimits, RateTaken } from "../rate-limits/rate-limits.ts";
import { connectRedis, type RedisSource } from "./connect.ts";
import { RareLog } from "./rare-log.ts";
import { type RedisLimits, redisLimits } from "./redis-limits.ts";
import { within } from "./within.ts";

export type RedisRateLimitsOptions = RedisSource & {
  /** Before every counter's name. `holdfast` unless told. */
  readonly prefix?: string;
  readonly limits?: Partial<Pick<RedisLimits, "takeMsMax" | "awayMs" | "connectMsMax" | "reconnectMsMax" | "logEveryMs">>;
  readonly log?: (entry: LogEntry) => void;
};

export function redisRateLimits(options: RedisRateLimitsOptions): RateLimits {
  const limits = { ...redisLimits, ...options.limits };
  const { prefix = "holdfast" } = options;
  const log = new RareLog(options.log ?? (() => {}), limits.logEveryMs);
  const connection = connectRedis(options, limits);
  /** Redis has failed to answer: nobody else waits for it until then. */
  let awayUntilMs = 0;
  const failed = (error: unknown): void => {
    awayUntilMs = performance.now() + limits.awayMs;
    log.warn("redis-failed", "Rate limits cannot be counted in Redis: each instance counts for itself.", error);
  };
  connection.on("error", failed);

  function counter({ name, points, perSeconds }: RateBudget): RateCounter {
    const memory = new RateLimiterMemory({ keyPrefix: name, points, duration: perSeconds });
    const shared = new RateLimiterRedis({
      storeClient: connection,
      keyPrefix: `${prefix}:rate:${name}`,
      points,
      duration: perSeconds,
      // What is known to be used up is not asked again until there is more.
      inMemoryBlockOnConsumed: points + 1,
    });
    const inMemory = (key: string, taken: number): Promise<RateTaken> => memory.consume(key, taken).then(rateTaken, rateRefused);
    return {
      async take(key, taken = 1) {
        if (connection.status !== "ready" || performance.now() < awayUntilMs) return inMemory(key, taken);
        try {
          await within(limits.takeMsMax, shared.consume(key, taken));
          return rateTaken();
        } catch (refused) {
          if (refused instanceof RateLimiterRes) return rateRefused(refused);
          failed(refused);
          return inMemory(key, taken);
        }
      },
    };
  }

  return {
    counter,
    async close() {
      connection.disconnect();
    },
  };
}
