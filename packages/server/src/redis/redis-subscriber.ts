/**
 * The way in: subscribed for the spaces that somebody here follows, and for no other. Whenever hearing begins, a space's or, after a connection
 * was lost, that of all of them, what was said before is doubted.
 */
import type { SpaceId } from "@holdfast/core/engine";
import type { RedisConnection } from "./connect.ts";
import type { RedisLimits } from "./redis-limits.ts";

export interface SubscriberHost {
  readonly limits: RedisLimits;
  readonly sharded: boolean;
  readonly channelOf: (space: SpaceId) => string;
  /** Subscribed beside the spaces', always. */
  readonly ownChannel: string;
  readonly heard: (channel: string, bytes: Uint8Array) => void;
  readonly doubted: (spaces: readonly SpaceId[] | undefined) => void;
  readonly failed: (error: unknown) => void;
}

export class RedisSubscriber {
  readonly #connection: RedisConnection;
  readonly #host: SubscriberHost;
  /** What is to be heard; a time: unwanted since then, and heard for a while longer. */
  readonly #wanted = new Map<SpaceId, number | undefined>();
  readonly #fresh = new Set<SpaceId>();
  #scheduled = false;

  constructor(connection: RedisConnection, host: SubscriberHost) {
    this.#connection = connection;
    this.#host = host;
    connection.on(host.sharded ? "smessageBuffer" : "messageBuffer", (channel: Buffer, message: Buffer) =>
      host.heard(channel.toString(), message),
    );
    connection.on("ready", () => void this.#subscribeAll());
  }

  get channels(): number {
    return this.#wanted.size;
  }

  want(space: SpaceId): void {
    const isHeard = this.#wanted.has(space);
    this.#wanted.set(space, undefined);
    if (isHeard) return;
    this.#fresh.add(space);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // What is followed in one tick, as by all who come back after a restart, is one command.
    setImmediate(() => {
      this.#scheduled = false;
      void this.#subscribeFresh();
    });
  }

  unwant(space: SpaceId): void {
    if (this.#wanted.has(space)) this.#wanted.set(space, performance.now());
  }

  /** Once in a while: leaves what nobody has wanted for long. */
  sweep(): void {
    const beforeMs = performance.now() - this.#host.limits.lingerMs;
    const left = [...this.#wanted].filter(([, unwantedMs]) => unwantedMs !== undefined && unwantedMs <= beforeMs).map(([space]) => space);
    for (const space of left) this.#wanted.delete(space);
    if (left.length > 0 && this.#connection.status === "ready") this.#unsubscribe(left).catch(this.#host.failed);
  }

  async #subscribeFresh(): Promise<void> {
    // Without a connection, `ready` takes all of them.
    if (this.#connection.status !== "ready") return;
    const spaces = [...this.#fresh];
    this.#fresh.clear();
    if (await this.#subscribe(spaces)) this.#host.doubted(spaces);
  }

  async #subscribeAll(): Promise<void> {
    this.#fresh.clear();
    try {
      await this.#command("subscribe", [this.#host.ownChannel]);
    } catch (error) {
      this.#host.failed(error);
      return;
    }
    if (await this.#subscribe([...this.#wanted.keys()])) this.#host.doubted(undefined);
  }

  /** False: not all of them; the connection is lost, and the next one takes all. */
  async #subscribe(spaces: readonly SpaceId[]): Promise<boolean> {
    try {
      for (const some of slices(spaces, this.#host.limits.subscribeMax)) await this.#command("subscribe", some.map(this.#host.channelOf));
      return true;
    } catch (error) {
      this.#host.failed(error);
      // Half of them heard would look like all.
      this.#connection.disconnect(true);
      return false;
    }
  }

  async #unsubscribe(spaces: readonly SpaceId[]): Promise<void> {
    for (const some of slices(spaces, this.#host.limits.subscribeMax)) {
      const gone = some.filter((space) => !this.#wanted.has(space));
      if (gone.length > 0) await this.#command("unsubscribe", gone.map(this.#host.channelOf));
    }
  }

  /** Sharded channels of a cluster live on different nodes: one command each. */
  async #command(name: "subscribe" | "unsubscribe", channels: readonly string[]): Promise<void> {
    const connection = this.#connection;
    if (!this.#host.sharded) await (name === "subscribe" ? connection.subscribe(...channels) : connection.unsubscribe(...channels));
    else
      await Promise.all(
        channels.map((channel) => (name === "subscribe" ? connection.ssubscribe(channel) : connection.sunsubscribe(channel))),
      );
  }
}

function* slices<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
