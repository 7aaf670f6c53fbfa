/** The links between devices and r0: streams of whole messages that are late, that are cut, or that carry nothing and say nothing. */
import type { Connection, ConnectionEvents, TransportFault, TransportPort } from "@holdfast/core/engine";
import type { NetworkConfig } from "../plan/plan.ts";
import type { Random } from "../random.ts";
import type { Process } from "./process.ts";
import { LinkWatch, type TellFate } from "./link-watch.ts";
import type { World } from "./world.ts";

/** The far end, of one connection. */
export interface FarEnd {
  receive(bytes: Uint8Array): void;
  close(): void;
}

export interface FarLink {
  send(bytes: Uint8Array): void;
  bufferedBytes(): number;
  close(): void;
}

/** r0's door. Resolves with undefined when nobody is there. */
export type Accept = (link: FarLink) => Promise<FarEnd | undefined>;

type Direction = "up" | "down";

export class Network {
  config: NetworkConfig;
  readonly #world: World;
  readonly #accept: Accept;
  readonly #links = new Set<Link>();
  readonly #partitioned = new Map<string, number>();
  #connections = 0;

  constructor(world: World, config: NetworkConfig, accept: Accept) {
    this.#world = world;
    this.config = config;
    this.#accept = accept;
  }

  /** A device's own transport, for one life of its process. */
  transportOf(device: string, process: Process): TransportPort {
    return {
      connect: (events) => {
        const link = new Link(this.#world, this, device, process, events, ++this.#connections, this.#accept);
        this.#links.add(link);
        return link;
      },
    };
  }

  partition(device: string): void {
    this.#partitioned.set(device, (this.#partitioned.get(device) ?? 0) + 1);
    for (const link of this.#links) if (link.device === device) link.swallow();
  }

  /** Partitions may overlap: the last one to end heals. */
  heal(device: string): void {
    this.#partitioned.set(device, Math.max(0, (this.#partitioned.get(device) ?? 0) - 1));
  }

  healAll(): void {
    this.#partitioned.clear();
  }

  isPartitioned(device: string): boolean {
    return (this.#partitioned.get(device) ?? 0) > 0;
  }

  /** r0 is gone: some of its clients hear of it, some find out. */
  serverDied(): void {
    for (const link of this.#links) link.farEndDied();
  }

  /** The system closes a killed process's sockets; a machine without power says nothing. */
  processDied(process: Process, power: boolean): void {
    for (const link of this.#links) if (link.process === process) link.nearEndDied(power);
  }

  ended(link: Link): void {
    this.#links.delete(link);
  }
}

export class Link implements Connection {
  readonly device: string;
  readonly #world: World;
  readonly #network: Network;
  readonly process: Process;
  readonly #events: ConnectionEvents;
  readonly #name: string;
  readonly #draws: Random;
  /** Only where somebody looks on. */
  readonly #watch: LinkWatch | undefined;
  #far: FarEnd | undefined;
  #state: "dialling" | "open" | "broken" | "closed" = "dialling";
  readonly #arrivesMs: Record<Direction, number> = { up: 0, down: 0 };
  #messages = 0;

  constructor(world: World, network: Network, device: string, process: Process, events: ConnectionEvents, number: number, accept: Accept) {
    this.#world = world;
    this.#network = network;
    this.device = device;
    this.process = process;
    this.#events = events;
    this.#name = `${device}~${number}`;
    this.#draws = world.random("connection", device, number);
    if (world.trace.isObserved) this.#watch = new LinkWatch(world, { link: this.#name, device, server: "r0" });
    world.schedule(this.#delayMs(), () => this.#dial(accept));
  }

  send(bytes: Uint8Array): void {
    if (!this.process.isAlive()) return;
    if (this.#state === "open" || this.#state === "broken") this.#carry("up", bytes);
  }

  close(): void {
    if (this.#state === "closed") return;
    const wasBroken = this.#state === "broken";
    this.#end();
    if (!wasBroken) this.#world.schedule(this.#delayMs(), () => this.#far?.close());
  }

  /** Nothing arrives from now on, in either direction. */
  swallow(): void {
    if (this.#state !== "closed") this.#state = "broken";
  }

  farEndDied(): void {
    if (this.#state === "closed") return;
    this.#far = undefined;
    if (this.#draws.chance(0.3)) this.swallow();
    else this.#break({ type: "closed", detail: "r0 has died" });
  }

  nearEndDied(power: boolean): void {
    if (this.#state === "closed") return;
    const isSilent = power || this.#state === "broken";
    this.#end();
    if (!isSilent) this.#world.schedule(this.#delayMs(), () => this.#far?.close());
  }

  #dial(accept: Accept): void {
    if (this.#state === "closed" || !this.process.isAlive()) return;
    const { unreachablePerConnection, unavailablePerConnection, notServerPerConnection } = this.#network.config;
    if (this.#network.isPartitioned(this.device)) {
      this.#world.sometimes("a connection is tried in a partition");
      if (this.#draws.chance(0.5)) this.swallow();
      else this.#break({ type: "unreachable", detail: "partitioned" });
    } else if (this.#draws.chance(unreachablePerConnection)) this.#strike("unreachable", { type: "unreachable", detail: "drawn" });
    else if (this.#draws.chance(unavailablePerConnection)) {
      const retryAfterMs = this.#draws.chance(0.5) ? this.#draws.between(0, 20_000) : undefined;
      this.#strike("unavailable", { type: "unavailable", detail: "drawn", retryAfterMs });
    } else if (this.#draws.chance(notServerPerConnection)) this.#strike("not-a-server", { type: "not-a-server", detail: "drawn" });
    else void this.#open(accept);
  }

  async #open(accept: Accept): Promise<void> {
    const far = await accept({
      send: (bytes) => this.#carry("down", bytes),
      bufferedBytes: () => 0,
      close: () => this.#break({ type: "closed", detail: "r0 closed" }),
    });
    if (far === undefined) return this.#break({ type: "unreachable", detail: "r0 is down" });
    this.#far = far;
    if (this.#state !== "dialling") {
      // Given up meanwhile, or swallowed: r0 has a session that nobody is at the other end of.
      if (this.#state === "closed") far.close();
      return;
    }
    this.#state = "open";
    this.#world.schedule(this.#delayMs(), () => {
      if (this.#state !== "open" || !this.process.isAlive()) return;
      this.#world.note(`${this.#name} opened`, { type: "opened", machine: this.device, link: this.#name });
      this.#events.opened();
    });
  }

  /** In order; a message may be the last. */
  #carry(direction: Direction, bytes: Uint8Array): void {
    if (this.#state === "broken") this.#watch?.sends(direction, bytes, this.#world.nowMs)("swallowed");
    if (this.#state === "broken" || this.#state === "closed") return;
    const number = ++this.#messages;
    const draws = this.#world.random("message", this.#name, number);
    const { delayMsMean, cutPerMessage, swallowPerMessage } = this.#network.config;
    const arrivesMs = Math.max(this.#arrivesMs[direction], this.#world.nowMs + draws.exponential(delayMsMean));
    this.#arrivesMs[direction] = arrivesMs;
    const tell = this.#watch?.sends(direction, bytes, arrivesMs);
    if (draws.chance(swallowPerMessage)) {
      this.#world.struck("link swallows");
      tell?.("swallowed");
      this.#world.schedule(arrivesMs - this.#world.nowMs, () => this.swallow());
      return;
    }
    const isCut = draws.chance(cutPerMessage);
    this.#world.schedule(arrivesMs - this.#world.nowMs, () => {
      if (isCut) {
        this.#world.struck(direction === "down" ? "link cut, answer lost" : "link cut, request lost");
        tell?.("cut");
        this.#break({ type: "closed", detail: "cut" });
      } else this.#deliver(direction, bytes, tell);
    });
  }

  #deliver(direction: Direction, bytes: Uint8Array, tell: TellFate | undefined): void {
    if (direction === "up") {
      // What was sent before the device closed, or died, still arrives.
      if (this.#state === "broken" || this.#far === undefined) return tell?.("lost");
      tell?.("arrived");
      this.#world.trace.addBytes(this.#world.nowMs, `${this.#name} → r0`, bytes);
      this.#far.receive(bytes);
    } else if (this.#state === "open" && this.process.isAlive()) {
      tell?.("arrived");
      this.#world.trace.addBytes(this.#world.nowMs, `r0 → ${this.#name}`, bytes);
      this.#events.message(bytes);
    } else tell?.("lost");
  }

  #strike(kind: string, fault: TransportFault): void {
    this.#world.struck(`connection ${kind}`);
    this.#break(fault);
  }

  /** Both ends hear of it, each in its own time. */
  #break(fault: TransportFault): void {
    if (this.#state === "broken" || this.#state === "closed") return;
    this.#state = "broken";
    this.#world.schedule(this.#delayMs(), () => this.#far?.close());
    this.#world.schedule(this.#delayMs(), () => {
      if (this.#state === "closed" || !this.process.isAlive()) return;
      this.#end();
      const why = `${fault.type}, ${fault.detail}`;
      this.#world.note(`${this.#name} closed: ${why}`, { type: "closed", machine: this.device, link: this.#name, why });
      this.#events.closed(fault);
    });
  }

  #end(): void {
    this.#state = "closed";
    this.#network.ended(this);
  }

  #delayMs(): number {
    return this.#draws.exponential(this.#network.config.delayMsMean);
  }
}
