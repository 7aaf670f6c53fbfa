/** What happens to a cluster while its devices write: everything that a year of operation brings, in two minutes. */
import type { Topology } from "./topology.ts";

export interface Strike {
  /** Of the run: from 0 to 1. */
  readonly at: number;
  /** For the picture. */
  readonly what: string;
  readonly on: "instances" | "redis" | "postgres";
  /** It waits until devices have heard of more writes than so many that they are confirmed, since the strike before. */
  readonly afterConfirmed?: number;
  run(topology: Topology, wait: (milliseconds: number) => Promise<void>): Promise<void>;
}

export const strikes: readonly Strike[] = [
  { at: 0.08, what: "instance 1 killed", on: "instances", run: (topology, wait) => killFor(topology, [0], 3_000, wait) },
  {
    at: 0.17,
    what: "Redis killed",
    on: "redis",
    async run({ redis }, wait) {
      await redis.kill();
      await wait(4_000);
      await redis.start();
    },
  },
  { at: 0.26, what: "instances 2 and 3 killed", on: "instances", run: (topology, wait) => killFor(topology, [1, 2], 4_000, wait) },
  { at: 0.36, what: "Redis flushed", on: "redis", run: ({ redis }) => redis.flush() },
  { at: 0.42, what: "PostgreSQL crashes and restarts", on: "postgres", run: ({ postgres }) => postgres.nodes[0].restart() },
  {
    at: 0.54,
    what: "rolling restart",
    on: "instances",
    async run({ instances }) {
      for (const instance of instances) {
        await instance.drain();
        await instance.start();
      }
    },
  },
  {
    at: 0.7,
    what: "primary killed, standby promoted",
    on: "postgres",
    async run({ postgres }) {
      await postgres.nodes[0].kill();
      await postgres.promote();
    },
  },
  { at: 0.8, what: "instance 3 killed", on: "instances", run: (topology, wait) => killFor(topology, [2], 2_000, wait) },
  { at: 0.86, what: "old primary rejoins as standby", on: "postgres", run: ({ postgres }) => postgres.rejoin() },
  {
    at: 0.92,
    what: "Redis and instance 1 killed",
    on: "redis",
    async run({ redis, instances }, wait) {
      await redis.kill();
      await killFor({ instances }, [0], 2_000, wait);
      await redis.start();
    },
  },
];

/** Each kind once, as soon as the one before is over. */
export const quickStrikes: readonly Strike[] = [
  { at: 0.1, what: "two instances killed", on: "instances", run: (topology, wait) => killFor(topology, [0, 1], 500, wait) },
  {
    at: 0.25,
    what: "Redis killed, and comes back empty",
    on: "redis",
    async run({ redis }, wait) {
      await redis.kill();
      await wait(500);
      await redis.start();
    },
  },
  { at: 0.4, what: "PostgreSQL crashes and restarts", on: "postgres", run: ({ postgres }) => postgres.nodes[0].restart() },
  {
    at: 0.55,
    what: "an instance is drained and restarts",
    on: "instances",
    async run({ instances }) {
      await instances[2]?.drain();
      await instances[2]?.start();
    },
  },
  {
    at: 0.7,
    what: "primary killed, standby promoted",
    on: "postgres",
    async run({ postgres }) {
      await postgres.nodes[0].kill();
      await postgres.promote();
    },
  },
];

async function killFor(
  { instances }: Pick<Topology, "instances">,
  indexes: readonly number[],
  forMs: number,
  wait: (milliseconds: number) => Promise<void>,
): Promise<void> {
  const struck = indexes.flatMap((index) => instances[index] ?? []);
  await Promise.all(struck.map((instance) => instance.kill()));
  await wait(forMs);
  await Promise.all(struck.map((instance) => instance.start()));
}

export interface Struck {
  readonly what: string;
  readonly on: Strike["on"];
  readonly fromMs: number;
  readonly toMs: number;
}
