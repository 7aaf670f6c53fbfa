/** A socket: a stream of whole messages, in order, that are late, that are cut, or that carry nothing and say nothing. */
import type { ConnectionEvents, TransportFault } from "@holdfast/core/engine";
import type { Random } from "../random.ts";
import { deadFault, type Direction, type FarEnd, isPush, type Link, namesSpaces, partedFault, type LinkParts } from "./link.ts";
import { LinkWatch, type TellFate } from "./link-watch.ts";
import type { Process } from "./process.ts";

/** How long a stalled message takes, in the mean. */
const stallMsMean = 30_000;

export class SocketLink implements Link {
  readonly device: string;
  readonly process: Process;
  readonly #parts: LinkParts;
  readonly #events: ConnectionEvents;
  readonly #name: string;
  readonly #draws: Random;
  /** Only where somebody looks on. */
  readonly #watch: LinkWatch | undefined;
  #far: FarEnd | undefined;
  #state: "dialling" | "open" | "broken" | "closed" = "dialling";
  readonly #arrivesMs: Record<Direction, number> = { up: 0, down: 0 };
  /** In a partition that the connection outlives, what was sent waits, as in a system's buffers. */
  #held: Record<Direction, (() => void)[] | undefined> = { up: undefined, down: undefined };
  #messages = 0;
  /** What r0 must have heard to read a push. */
  readonly #said: Uint8Array[] = [];
  /** By the device itself, in the middle of a conversation. */
  #isLeft = false;
  #bufferedBytes = 0;

  constructor(parts: LinkParts, events: ConnectionEvents) {
    const { world, device, number } = parts;
    this.#parts = parts;
    this.device = device;
    this.process = parts.process;
    this.#events = events;
    this.#name = `${device}~${number}`;
    this.#draws = world.random("connection", device, number);
    if (world.trace.isObserved) this.#watch = new LinkWatch(world, { link: this.#name, device, server: "r0" });
    world.schedule(this.#delayMs(), () => this.#dial());
  }

  send(bytes: Uint8Array): void {
    this.process.effect(() => {
      if (this.#state === "open" || this.#state === "broken") this.#carry("up", bytes);
    });
  }

  close(): void {
    if (this.#state === "closed") return;
    const wasBroken = this.#state === "broken";
    this.#isLeft = this.#state === "open";
    this.#end();
    if (!wasBroken) this.#parts.world.schedule(this.#delayMs(), () => this.#far?.close());
  }

  swallow(): void {
    if (this.#state !== "closed") this.#state = "broken";
  }

  part(direction: Direction | undefined): void {
    if (this.#state !== "open") return this.swallow();
    if (this.#draws.chance(0.5)) {
      if (direction === undefined) return this.swallow();
      this.#parts.world.sometimes("a link is dead in one direction");
    }
    for (const each of ["up", "down"] as const) if (direction === undefined || direction === each) this.#held[each] ??= [];
  }

  healed(): void {
    const held = this.#held;
    this.#held = { up: undefined, down: undefined };
    for (const run of [...(held.up ?? []), ...(held.down ?? [])]) {
      this.#parts.world.sometimes("a message arrives after a partition");
      run();
    }
  }

  farEndDied(instance: string): void {
    if (this.#state === "closed" || this.#far?.instance !== instance) return;
    this.#far = undefined;
    if (this.#draws.chance(0.3)) this.swallow();
    else this.#break({ type: "closed", detail: "r0 has died" });
  }

  nearEndDied(silent: boolean): void {
    if (this.#state === "closed") return;
    const isSilent = silent || this.#state === "broken";
    this.#end();
    if (!isSilent) this.#parts.world.schedule(this.#delayMs(), () => this.#far?.close());
  }

  #dial(): void {
    if (this.#state === "closed" || !this.process.isAlive()) return;
    const { world, network, device } = this.#parts;
    const { unreachablePerConnection, unavailablePerConnection, notServerPerConnection } = network.config;
    if (network.isPartitioned(device)) {
      world.sometimes("a connection is tried in a partition");
      if (this.#draws.chance(0.5)) this.swallow();
      else this.#break(partedFault);
    } else if (this.#draws.chance(unreachablePerConnection)) this.#strike("unreachable", { type: "unreachable", detail: "drawn" });
    else if (this.#draws.chance(unavailablePerConnection)) {
      const retryAfterMs = this.#draws.chance(0.5) ? this.#draws.between(0, 20_000) : undefined;
      this.#strike("unavailable", { type: "unavailable", detail: "drawn", retryAfterMs });
    } else if (this.#draws.chance(notServerPerConnection)) this.#strike("not-a-server", { type: "not-a-server", detail: "drawn" });
    else void this.#open();
  }

  async #open(): Promise<void> {
    const far = await this.#parts.accept({
      send: (bytes) => this.#carry("down", bytes),
      bufferedBytes: () => this.#bufferedBytes,
      // Behind what it has sent: a fault that ends a session is to be heard.
      close: () => {
        const { world } = this.#parts;
        world.schedule(this.#arrivesMs.down - world.nowMs, () => this.#break({ type: "closed", detail: "r0 closed" }));
      },
    });
    if (far === undefined) return this.#break(deadFault);
    this.#far = far;
    if (this.#state !== "dialling") {
      // Given up meanwhile, or swallowed: r0 has a session that nobody is at the other end of.
      if (this.#state === "closed") far.close();
      return;
    }
    this.#state = "open";
    const { world } = this.#parts;
    world.schedule(this.#delayMs(), () =>
      this.process.effect(() => {
        if (this.#state !== "open") return;
        world.note(`${this.#name} opened`, { type: "opened", machine: this.device, link: this.#name });
        this.#events.opened();
      }),
    );
  }

  /** In order; a message may be the last. */
  #carry(direction: Direction, bytes: Uint8Array): void {
    const { world, network } = this.#parts;
    if (this.#state === "broken") this.#watch?.sends(direction, bytes, world.nowMs)("swallowed");
    if (this.#state === "broken" || this.#state === "closed") return;
    const number = ++this.#messages;
    const draws = world.random("message", this.#name, number);
    const { delayMsMean, cutPerMessage, swallowPerMessage, stallPerMessage = 0 } = network.config;
    let delayMs = draws.exponential(delayMsMean);
    const isSwallowed = draws.chance(swallowPerMessage);
    if (direction === "up" && namesSpaces(bytes)) this.#said.push(bytes);
    const isHeld = direction === "up" && isPush(bytes) && network.holdsPush(this.device, [...this.#said, bytes]);
    if (isHeld) world.struck("push held up");
    const isCut = draws.chance(cutPerMessage) || isHeld || (direction === "down" && network.losesAnswers(this.device));
    if (draws.chance(stallPerMessage)) {
      world.struck("message stalled");
      delayMs += draws.exponential(stallMsMean);
    }
    const arrivesMs = Math.max(this.#arrivesMs[direction], world.nowMs + delayMs);
    this.#arrivesMs[direction] = arrivesMs;
    const tell = this.#watch?.sends(direction, bytes, arrivesMs);
    if (isSwallowed) {
      world.struck("link swallows");
      tell?.("swallowed");
      world.schedule(arrivesMs - world.nowMs, () => this.swallow());
      return;
    }
    if (direction === "down") this.#bufferedBytes += bytes.length;
    const arrive = (): void => {
      const held = this.#held[direction];
      if (held !== undefined) held.push(arrive);
      else if (isCut) {
        world.struck(direction === "down" ? "link cut, answer lost" : "link cut, request lost");
        tell?.("cut");
        this.#break({ type: "closed", detail: "cut" });
      } else this.#deliver(direction, bytes, tell);
    };
    world.schedule(arrivesMs - world.nowMs, arrive);
  }

  /** A socket that is closing still hands over what is on its way. */
  #isHeard(): boolean {
    return this.#state === "open" || this.#isLeft;
  }

  #deliver(direction: Direction, bytes: Uint8Array, tell: TellFate | undefined): void {
    const { world } = this.#parts;
    if (direction === "up") {
      // What was sent before the device closed, or died, still arrives.
      if (this.#state === "broken" || this.#far === undefined) return tell?.("lost");
      tell?.("arrived");
      world.trace.addBytes(world.nowMs, `${this.#name} → r0`, bytes);
      this.#far.receive(bytes);
    } else if (this.#isHeard() && this.process.isAlive()) {
      tell?.("arrived");
      this.process.effect(() => {
        this.#bufferedBytes -= bytes.length;
        if (!this.#isHeard()) return;
        if (this.#isLeft) world.sometimes("a message arrives after its connection was closed");
        world.trace.addBytes(world.nowMs, `r0 → ${this.#name}`, bytes);
        this.#events.message(bytes);
      });
    } else tell?.("lost");
  }

  #strike(kind: string, fault: TransportFault): void {
    this.#parts.world.struck(`connection ${kind}`);
    this.#break(fault);
  }

  /** Both ends hear of it, each in its own time. */
  #break(fault: TransportFault): void {
    if (this.#state === "broken" || this.#state === "closed") return;
    const { world } = this.#parts;
    this.#state = "broken";
    world.schedule(this.#delayMs(), () => this.#far?.close());
    world.schedule(this.#delayMs(), () =>
      this.process.effect(() => {
        if (this.#state === "closed") return;
        this.#end();
        const why = `${fault.type}, ${fault.detail}`;
        world.note(`${this.#name} closed: ${why}`, { type: "closed", machine: this.device, link: this.#name, why });
        this.#events.closed(fault);
      }),
    );
  }

  #end(): void {
    this.#state = "closed";
    this.#parts.network.ended(this);
  }

  #delayMs(): number {
    return this.#draws.exponential(this.#parts.network.config.delayMsMean);
  }
}
