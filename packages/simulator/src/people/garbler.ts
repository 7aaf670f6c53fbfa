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

export class Garbler {
  kind: GarbleKind | undefined;
  readonly #world: World;
  readonly #device: string;
  readonly #earlier: Uint8Array[] = [];
  #count = 0;

  constructor(world: World, device: string) {
    this.#world = world;
    this.#device = device;
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
    this.#remember(bytes);
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
        return [draws.pick(this.#earlier), bytes];
      case "html":
        return [new TextEncoder().encode("<!DOCTYPE html><title>Sign in to the network</title>")];
    }
  }

  #remember(bytes: Uint8Array): void {
    this.#earlier.push(bytes);
    if (this.#earlier.length > rememberedMax) this.#earlier.shift();
  }
}
