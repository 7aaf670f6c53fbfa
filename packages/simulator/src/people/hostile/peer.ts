/** A peer that speaks the wire's language and keeps none of its rules. It is at r0's door itself: no network is between. */
import {
  type ClientMessage,
  createWireSession,
  decodeServerMessage,
  encodeClientMessage,
  type ServerMessage,
  type WireSession,
} from "@holdfast/core/engine";
import type { Accept, FarEnd } from "../../world/link.ts";
import type { World } from "../../world/world.ts";
import { openEnvelope } from "../entitlement.ts";

/** What r0 did about a message. `gone`: it was not there, or died meanwhile, which says nothing. */
export type Reaction = ServerMessage | { readonly type: "gone" };

const answerMsMax = 60_000;

export class Peer {
  readonly #world: World;
  readonly #accept: Accept;
  readonly #session: WireSession = createWireSession();
  #far: FarEnd | undefined;
  #isOpen = false;
  #take: ((reaction: Reaction) => void) | undefined;

  constructor(world: World, accept: Accept) {
    this.#world = world;
    this.#accept = accept;
  }

  async connect(): Promise<boolean> {
    this.#far = await this.#accept({
      send: (bytes) => this.#receive(bytes),
      bufferedBytes: () => 0,
      close: () => this.#closed(),
    });
    this.#isOpen = this.#far !== undefined;
    return this.#isOpen;
  }

  /** Resolves with what it is answered by; pokes are none. */
  say(message: ClientMessage): Promise<Reaction> {
    return this.sayBytes(encodeClientMessage(message, this.#session));
  }

  sayBytes(bytes: Uint8Array): Promise<Reaction> {
    return new Promise((resolve) => {
      const cancel = this.#world.schedule(answerMsMax, () => this.#answer({ type: "gone" }));
      this.#take = (reaction) => {
        cancel();
        resolve(reaction);
      };
      if (!this.#isOpen) return this.#answer({ type: "gone" });
      const carried = new Uint8Array(bytes.length + 1);
      carried.set(bytes, 1);
      this.#world.schedule(0, () => this.#far?.receive(carried));
    });
  }

  leave(): void {
    this.#isOpen = false;
    this.#far?.close();
  }

  #receive(bytes: Uint8Array): void {
    const decoded = decodeServerMessage(openEnvelope(bytes), this.#session);
    if (!decoded.ok || decoded.value.type === "poke") return;
    this.#answer(decoded.value);
  }

  #closed(): void {
    this.#isOpen = false;
    this.#answer({ type: "gone" });
  }

  #answer(reaction: Reaction): void {
    const take = this.#take;
    this.#take = undefined;
    take?.(reaction);
  }
}
