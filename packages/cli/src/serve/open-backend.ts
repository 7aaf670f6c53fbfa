/** The store, and where several instances share one, what they tell each other through. Drivers are loaded only by who asks for them. */
import type { Bus, LogEntry, Metrics, RateLimits, ServerStore } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { CommandError } from "../command-line.ts";
import type { Configuration } from "./configuration.ts";

export interface Backend {
  readonly store: ServerStore;
  readonly bus?: Bus;
  readonly rateLimits?: RateLimits;
  /** For people. */
  readonly described: string;
}

export async function openBackend(
  { store = "sync.db", postgres, redis }: Pick<Configuration, "store" | "postgres" | "redis">,
  metrics: Metrics | undefined,
  log: (entry: LogEntry) => void,
): Promise<Backend> {
  if (postgres === undefined) return { store: sqliteStore(store), described: `kept in ${store}` };
  const { postgresStore } = await load("pg", () => import("@holdfast/server/postgres"));
  const shared = {
    store: await postgresStore({ url: postgres, ...(metrics === undefined ? {} : { observe: metrics.observeStore }) }),
    described: `kept in PostgreSQL at ${withoutSecrets(postgres)}`,
  };
  if (redis === undefined) return shared;
  const { redisBus, redisRateLimits } = await load("ioredis", () => import("@holdfast/server/redis"));
  return {
    ...shared,
    bus: redisBus({ url: redis, log }),
    rateLimits: redisRateLimits({ url: redis }),
    described: `${shared.described}, news through Redis at ${withoutSecrets(redis)}`,
  };
}

/** Drivers are the user's own: whoever serves a file needs none. */
async function load<T>(driver: string, module: () => Promise<T>): Promise<T> {
  try {
    return await module();
  } catch (error) {
    if ((error as { readonly code?: string }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new CommandError(`The package "${driver}" is not installed.`, `Install it beside holdfast: npm install ${driver}`);
  }
}

function withoutSecrets(address: string): string {
  return address.replace(/\/\/[^@/]*@/, "//").replace(/\?.*$/, "");
}
