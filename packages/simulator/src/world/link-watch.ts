/** Looks on at one connection, for an observer: which message left when, what it said, and what became of it. */
import { MessageWords } from "./message-words.ts";
import type { MessageFate } from "./trace-event.ts";
import type { World } from "./world.ts";

export type TellFate = (fate: MessageFate) => void;

export interface WatchedLink {
  readonly link: string;
  readonly device: string;
  /** The instance at the far end. */
  readonly server: string;
}

export class LinkWatch {
  readonly #world: World;
  readonly #watched: WatchedLink;
  readonly #words = new MessageWords();

  constructor(world: World, watched: WatchedLink) {
    this.#world = world;
    this.#watched = watched;
  }

  /** A message leaves; whoever learns its fate says so, once. */
  sends(direction: "up" | "down", bytes: Uint8Array, arrivedMs: number): TellFate {
    const { trace, nowMs: sentMs } = this.#world;
    const { link, device, server } = this.#watched;
    const ends = direction === "up" ? { sender: device, receiver: server } : { sender: server, receiver: device };
    // In the order of sending: what a later message leaves out was said before, whether it arrived or not.
    const says = direction === "up" ? this.#words.ofClient(bytes) : this.#words.ofServer(bytes);
    return (fate) => trace.tell(this.#world.nowMs, { type: "message", ...ends, link, sentMs, arrivedMs, fate, bytes: bytes.length, says });
  }
}
