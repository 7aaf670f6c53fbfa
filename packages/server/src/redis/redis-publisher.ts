/**
 * The way out: publishes and never waits. What cannot be sent now, or was under way when the connection broke, is remembered as its space's
 * newest head alone, and told when there is a connection again: an instance whose own connection was well would otherwise learn of it only
 * from its anti-entropy.
 */
import type { SpaceId } from "@holdfast/core/engine";
import type { RedisConnection } from "./connect.ts";
import type { RedisLimits } from "./redis-limits.ts";

export interface PublisherHost {
  readonly limits: RedisLimits;
  readonly send: (connection: RedisConnection, space: SpaceId, bytes: Uint8Array) => Promise<unknown>;
  readonly encodeHead: (space: SpaceId, head: number) => Uint8Array;
  /** A notice was not sent as it was. */
  readonly dropped: (error?: unknown) => void;
}

export class RedisPublisher {
  readonly #connection: RedisConnection;
  readonly #host: PublisherHost;
  readonly #missed = new Map<SpaceId, number>();
  #unanswered = 0;
  #unansweredBytes = 0;

  constructor(connection: RedisConnection, host: PublisherHost) {
    this.#connection = connection;
    this.#host = host;
    connection.on("ready", () => this.#tellMissed());
  }

  publish(space: SpaceId, head: number, bytes: Uint8Array): void {
    const { limits } = this.#host;
    const isFull = this.#unanswered >= limits.unansweredMax || this.#unansweredBytes + bytes.length > limits.unansweredBytesMax;
    if (isFull || this.#connection.status !== "ready") return this.#miss(space, head);
    this.#unanswered++;
    this.#unansweredBytes += bytes.length;
    const settled = (): void => {
      this.#unanswered--;
      this.#unansweredBytes -= bytes.length;
    };
    this.#send(space, bytes).then(settled, (error: unknown) => {
      settled();
      this.#miss(space, head, error);
    });
  }

  /** Or not at all: what is said again by itself need not be kept. */
  whisper(space: SpaceId, bytes: Uint8Array): void {
    const { limits } = this.#host;
    const isFull = this.#unanswered >= limits.unansweredMax || this.#unansweredBytes + bytes.length > limits.unansweredBytesMax;
    if (isFull || this.#connection.status !== "ready") return;
    this.#unanswered++;
    this.#unansweredBytes += bytes.length;
    const settled = (): void => {
      this.#unanswered--;
      this.#unansweredBytes -= bytes.length;
    };
    this.#send(space, bytes).then(settled, settled);
  }

  async #send(space: SpaceId, bytes: Uint8Array): Promise<void> {
    await this.#host.send(this.#connection, space, bytes);
  }

  #miss(space: SpaceId, head: number, error?: unknown): void {
    this.#host.dropped(error);
    if (this.#missed.size >= this.#host.limits.missedSpacesMax && !this.#missed.has(space)) return;
    this.#missed.set(space, Math.max(head, this.#missed.get(space) ?? 0));
  }

  #tellMissed(): void {
    const missed = [...this.#missed];
    this.#missed.clear();
    for (const [space, head] of missed) this.publish(space, head, this.#host.encodeHead(space, head));
  }
}
