/** The links between devices and r0, and where they do not reach. */
import type { TransportPort } from "@holdfast/core/engine";
import type { NetworkConfig } from "../plan/plan.ts";
import { HttpLink } from "./http-link.ts";
import { type Accept, converse, type Direction, type Link, type LinkNetwork, type LinkParts } from "./link.ts";
import type { Process } from "./process.ts";
import { SocketLink } from "./socket-link.ts";
import type { World } from "./world.ts";

export class Network implements LinkNetwork {
  config: NetworkConfig;
  readonly #world: World;
  readonly #accept: Accept;
  readonly #links = new Set<Link>();
  /** How many partitions there are: of both directions, or of one. */
  readonly #partitions = new Map<string, number>();
  readonly #answersLost = new Map<string, number>();
  /** By device: what its pushes wait for, and they. */
  readonly #held = new Map<string, { readonly arrive: boolean; readonly pushes: (readonly Uint8Array[])[] }>();
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
        const number = ++this.#connections;
        const isHttp = this.#world.random("transport", device, number).chance(this.config.httpPerConnection ?? 0);
        const parts: LinkParts = { world: this.#world, network: this, device, process, accept: this.#accept, number };
        const link = isHttp ? new HttpLink(parts, events) : new SocketLink(parts, events);
        this.#links.add(link);
        return link;
      },
    };
  }

  partition(device: string, direction?: Direction): void {
    add(this.#partitions, device, 1);
    for (const link of this.#linksOf(device)) link.part(direction);
  }

  /** Partitions may overlap: the last one to end heals. */
  heal(device: string): void {
    add(this.#partitions, device, -1);
    if (!this.isPartitioned(device)) for (const link of this.#linksOf(device)) link.healed();
  }

  loseAnswers(device: string, isLost: boolean): void {
    add(this.#answersLost, device, isLost ? 1 : -1);
  }

  holdPushes(device: string, arrive: boolean): void {
    this.#held.set(device, { arrive, pushes: [] });
  }

  letPushesGo(device: string): void {
    const held = this.#held.get(device);
    this.#held.delete(device);
    if (held?.arrive === true) void this.#pass(held.pushes);
  }

  holdsPush(device: string, frames: readonly Uint8Array[]): boolean {
    const held = this.#held.get(device);
    held?.pushes.push(frames);
    return held !== undefined;
  }

  /** One after the other: whoever kept them kept their order. */
  async #pass(pushes: readonly (readonly Uint8Array[])[]): Promise<void> {
    for (const frames of pushes) {
      if (this.#world.over) return;
      await converse(this.#accept, frames);
    }
  }

  healAll(): void {
    for (const device of [...this.#held.keys()]) this.letPushesGo(device);
    this.#answersLost.clear();
    this.#partitions.clear();
    for (const link of [...this.#links]) link.healed();
  }

  /** To connect takes both directions. */
  isPartitioned(device: string): boolean {
    return (this.#partitions.get(device) ?? 0) > 0;
  }

  losesAnswers(device: string): boolean {
    return (this.#answersLost.get(device) ?? 0) > 0;
  }

  /** An instance is gone: some of its clients hear of it, some find out. */
  instanceDied(instance: string): void {
    for (const link of [...this.#links]) link.farEndDied(instance);
  }

  /** The system closes a killed process's sockets; a machine without power says nothing. */
  processDied(process: Process, power: boolean): void {
    for (const link of [...this.#links]) if (link.process === process) link.nearEndDied(power);
  }

  /** Some of its connections are forgotten on the way meanwhile; the others wait for it. */
  processSuspended(process: Process): void {
    for (const link of [...this.#links])
      if (link.process === process && this.#world.random("suspended", process.name, this.#connections).chance(0.5)) link.swallow();
  }

  ended(link: Link): void {
    this.#links.delete(link);
  }

  #linksOf(device: string): readonly Link[] {
    return [...this.#links].filter((link) => link.device === device);
  }
}

function add(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, Math.max(0, (counts.get(name) ?? 0) + by));
}
