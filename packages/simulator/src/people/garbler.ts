/**
 * A far end that does not keep to the protocol: a proxy that answers with its own page, a server with a bug, one that is not ours. What
 * the client promises is that bytes it cannot read end the session and apply nothing (CLI24), that a message which does not belong to
 * this conversation is not taken for an answer, and that none of it ever harms what is on the device (R1).
 */
import type { Connection, TransportPort } from "@holdfast/core/engine";
import type { World } from "../world/world.ts";
import type { GarbleKind } from "./people-plan.ts";

/** Kept for being said again at the wrong time, oldest first. */
const rememberedMax = 20;

/** What other devices were told: a mistaken server mixes its clients up. */
const overheardByWorld = new WeakMap<World, Overheard[]>();

interface Overheard {
  readonly device: string;
  readonly user: string;
  readonly bytes: Uint8Array;
}

export class Garbler {
  kind: GarbleKind | undefined;
  readonly #world: World;
  readonly #device: string;
  readonly #user: () => string;
  readonly #earlier: Uint8Array[] = [];
  #count = 0;

  constructor(world: World, device: string, user: () => string) {
    this.#world = world;
    this.#device = device;
    this.#user = user;
  }

  carry(transport: TransportPort): TransportPort {
    return {
      connect: (events): Connection =>
        transport.connect({
          ...events,
          message: (bytes) => {
            for (const carried of this.#garble(bytes)) events.message(carried);
          },
        }),
    };
  }

  #garble(bytes: Uint8Array): readonly Uint8Array[] {
    const { kind } = this;
    const overheard = this.#overhear(bytes);
    if (kind === undefined) return [bytes];
    const draws = this.#world.random("garble", this.#device, ++this.#count);
    if (draws.chance(0.5)) return [bytes];
    this.#world.struck(`garbled: ${kind}`);
    switch (kind) {
      case "noise":
        return [draws.bytes(draws.between(0, 200))];
      case "cut short":
        return [bytes.slice(0, Math.floor(bytes.length * draws.next()))];
      case "doubled":
        return [bytes, bytes];
      case "stale":
        return this.#earlier.length === 0 ? [bytes] : [draws.pick(this.#earlier), bytes];
      case "of another device": {
        // The same user's: what others were told would be r0's own leak, and not what is looked for here.
        const others = overheard.filter(({ device, user }) => device !== this.#device && user === this.#user());
        return others.length === 0 ? [bytes] : [draws.pick(others).bytes, bytes];
      }
      case "html":
        return [new TextEncoder().encode("<!DOCTYPE html><title>Sign in to the network</title>")];
    }
  }

  #overhear(bytes: Uint8Array): readonly Overheard[] {
    const overheard = overheardByWorld.get(this.#world) ?? [];
    overheardByWorld.set(this.#world, overheard);
    overheard.push({ device: this.#device, user: this.#user(), bytes });
    this.#earlier.push(bytes);
    if (this.#earlier.length > rememberedMax) this.#earlier.shift();
    if (overheard.length > rememberedMax) overheard.shift();
    return overheard;
  }
}
