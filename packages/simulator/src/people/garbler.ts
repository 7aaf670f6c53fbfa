/**
 * A far end that does not keep to the protocol: a proxy that answers with its own page, a server with a bug, one that is not ours. What
 * the client promises is that bytes it cannot read end the session and apply nothing (CLI24), that a message which does not belong to
 * this conversation is not taken for an answer, and that none of it ever harms what is on the device (R1).
 */
import type { Connection, TransportPort } from "@holdfast/core/engine";
import type { World } from "../world/world.ts";
import { openEnvelope } from "./entitlement.ts";
import type { GarbleKind } from "./people-plan.ts";

/** A value that many operations of the fleet's app carry; what stands before it are its type and its length. */
const spoilt = new TextEncoder().encode("count");

/** Kept for being said again at the wrong time, oldest first. */
const rememberedMax = 20;

export class Garbler {
  kind: GarbleKind | undefined;
  readonly #world: World;
  readonly #device: string;
  /** By whom they were meant for: what r0 said to one user is not what a network that mixes things up says to another. */
  readonly #earlier = new Map<string, Uint8Array[]>();
  #count = 0;

  constructor(world: World, device: string) {
    this.#world = world;
    this.#device = device;
  }

  /** `user`: who is signed in while this transport lives. */
  carry(transport: TransportPort, user: string): TransportPort {
    return {
      connect: (events): Connection =>
        transport.connect({
          ...events,
          message: (bytes) => {
            for (const carried of this.#garble(bytes, user)) events.message(carried);
          },
        }),
    };
  }

  #garble(bytes: Uint8Array, user: string): readonly Uint8Array[] {
    const { kind } = this;
    const earlier = this.#remember(bytes, user);
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
        return [draws.pick(earlier), bytes];
      case "spoiled":
        return [spoil(bytes)];
      case "html":
        return [new TextEncoder().encode("<!DOCTYPE html><title>Sign in to the network</title>")];
    }
  }

  #remember(bytes: Uint8Array, user: string): readonly Uint8Array[] {
    const earlier = this.#earlier.get(user) ?? [];
    this.#earlier.set(user, earlier);
    earlier.push(bytes);
    if (earlier.length > rememberedMax) earlier.shift();
    return earlier;
  }
}

/** The frame stays whole, and so does all of it but the type of one value. */
function spoil(carried: Uint8Array): Uint8Array {
  const message = Uint8Array.from(openEnvelope(carried));
  const at = message.findIndex((_, start) => spoilt.every((byte, index) => message[start + index] === byte));
  if (at < 2) return carried;
  message[at - 2] = 255;
  return Uint8Array.of(0, ...message);
}
