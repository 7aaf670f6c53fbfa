/**
 * A conversation over HTTP, as `client/src/transport/http.ts` holds it: one request at a time, behind the hello, each a conversation of its own
 * to r0; a reply counts whole or not at all. Proxies on the way may do to a request what no socket does: pass it twice, pass it late, cut
 * it short, and answer in r0's place after r0 has committed.
 */
import { type ConnectionEvents, decodeFrames, encodeFrames, type TransportFault } from "@holdfast/core/engine";
import type { Random } from "../random.ts";
import { converse, deadFault, isPush, type Link, partedFault, type LinkParts } from "./link.ts";
import { LinkWatch } from "./link-watch.ts";
import type { Process } from "./process.ts";

/** The client's own patience with a request. */
const exchangeMsMax = 25_000;
const stallMsMean = 30_000;
/** Where sockets are tried too, HTTP serves for so long at first, doubled each time up to the sixth. */
const servesMsMin = 5_000;
/** A proxy may keep a request for so long before it passes it a second time. */
const againMsMean = 60_000;

const overFault: TransportFault = { type: "closed", detail: "time to try the socket again" };

export class HttpLink implements Link {
  readonly device: string;
  readonly process: Process;
  readonly #parts: LinkParts;
  readonly #events: ConnectionEvents;
  readonly #name: string;
  readonly #watch: LinkWatch | undefined;
  #preamble: Uint8Array | undefined;
  #waiting: Uint8Array[] = [];
  #planned = false;
  #busy = false;
  #ended = false;
  /** It is time to try a socket again. */
  #isOver = false;
  #parted = false;
  #swallowed = false;
  #exchanges = 0;
  /** The instance that is answering. */
  #instance: string | undefined;

  constructor(parts: LinkParts, events: ConnectionEvents) {
    const { world, device, number } = parts;
    this.#parts = parts;
    this.device = device;
    this.process = parts.process;
    this.#events = events;
    this.#name = `${device}~${number}h`;
    if (world.trace.isObserved) this.#watch = new LinkWatch(world, { link: this.#name, device, server: "r0" });
    const draws = world.random("http", device, number);
    if (draws.chance(0.7)) {
      const end = (): void => {
        if (this.#busy || this.#waiting.length > 0) this.#isOver = true;
        else this.#fail(overFault);
      };
      this.process.runtime.setTimer(servesMsMin * 2 ** draws.between(0, 6), end);
    }
    this.process.defer(() => {
      if (this.#ended) return;
      world.note(`${this.#name} opened`, { type: "opened", machine: device, link: this.#name });
      events.opened();
    });
  }

  send(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#waiting.push(bytes);
    this.#plan();
  }

  close(): void {
    this.#end();
  }

  /** It has no connection that could be forgotten: a request that is on its way is. */
  swallow(): void {
    this.#swallowed = this.#busy;
  }

  part(): void {
    this.#parted = true;
  }

  healed(): void {
    this.#parted = false;
  }

  farEndDied(instance: string): void {
    if (this.#instance === instance) this.#fail({ type: "closed", detail: "r0 has died" });
  }

  nearEndDied(): void {
    this.#end();
  }

  #plan(): void {
    if (this.#planned || this.#busy) return;
    this.#planned = true;
    this.process.defer(() => {
      this.#planned = false;
      this.process.effect(() => this.#flush());
    });
  }

  #flush(): void {
    if (this.#busy || this.#ended || this.#waiting.length === 0) return;
    const { world, network } = this.#parts;
    const messages = this.#waiting;
    this.#waiting = [];
    this.#busy = true;
    this.#swallowed = false;
    const frames = this.#preamble === undefined ? messages : [this.#preamble, ...messages];
    this.#preamble ??= messages[0];
    const exchange = ++this.#exchanges;
    const draws = world.random("exchange", this.#name, exchange);
    const { config } = network;
    const isCurrent = (): boolean => !this.#ended && this.#exchanges === exchange;
    const tells = messages.map((message) => this.#watch?.sends("up", message, world.nowMs));
    this.process.runtime.setTimer(exchangeMsMax, () => {
      if (isCurrent() && this.#busy) this.#fail({ type: "timeout", detail: `no reply in ${exchangeMsMax} ms` });
    });
    world.schedule(this.#delayMs(draws), () => {
      const isHeld = messages.some(isPush) && network.holdsPush(this.device, frames);
      const fault = isHeld ? this.#struck("push held up", { type: "closed", detail: "held up" }) : this.#turnedAway(draws);
      if (fault !== undefined || this.#swallowed) {
        for (const tell of tells) tell?.(fault === undefined ? "swallowed" : "lost");
        if (fault !== undefined && isCurrent()) this.#fail(fault);
        return;
      }
      for (const tell of tells) tell?.("arrived");
      if (draws.chance(config.doublePerRequest ?? 0)) this.#passAgain(frames, draws);
      this.#request(frames, draws, isCurrent);
    });
  }

  /** What becomes of a request that does not reach r0; undefined if it does. */
  #turnedAway(draws: Random): TransportFault | undefined {
    const { world, network, device } = this.#parts;
    const {
      unreachablePerConnection,
      unavailablePerConnection,
      notServerPerConnection,
      truncatePerRequest = 0,
      cutPerMessage,
    } = network.config;
    if (this.#parted || network.isPartitioned(device)) {
      if (draws.chance(0.5)) return partedFault;
      this.#swallowed = true;
      return undefined;
    }
    // Sockets meet these once a connection, requests each time: as often by the minute.
    const isRarely = (rate: number): boolean => draws.chance(rate / 3);
    if (isRarely(unreachablePerConnection)) return this.#struck("request unreachable", { type: "unreachable", detail: "drawn" });
    if (isRarely(unavailablePerConnection)) return this.#struck("request unavailable", unavailable(draws));
    if (isRarely(notServerPerConnection)) return this.#struck("request answered with HTML", { type: "not-a-server", detail: "drawn" });
    if (isRarely(cutPerMessage)) return this.#struck("request cut", { type: "closed", detail: "cut" });
    if (draws.chance(truncatePerRequest)) {
      world.sometimes("r0 gets a request that was cut short");
      return this.#struck("request truncated", { type: "not-a-server", detail: "status 400" });
    }
    return undefined;
  }

  #struck(name: string, fault: TransportFault): TransportFault {
    this.#parts.world.struck(name);
    return fault;
  }

  /** r0 gets it once more, from a proxy that nobody listens to any more. */
  #passAgain(frames: readonly Uint8Array[], draws: Random): void {
    const { world } = this.#parts;
    const delayMs = draws.chance(0.5) ? draws.exponential(100) : draws.exponential(againMsMean);
    world.struck("request doubled");
    world.schedule(delayMs, () => {
      if (!world.over) void this.#converse(frames, () => undefined);
    });
  }

  #request(frames: readonly Uint8Array[], draws: Random, isCurrent: () => boolean): void {
    void this.#converse(frames, (instance) => {
      if (isCurrent()) this.#instance = instance;
    }).then((replies) => {
      if (!isCurrent()) return;
      this.#instance = undefined;
      if (replies === undefined) return this.#fail(deadFault);
      const { world, network } = this.#parts;
      const { stallPerMessage = 0, swallowPerMessage } = network.config;
      const isSwallowed = draws.chance(swallowPerMessage);
      let delayMs = this.#delayMs(draws);
      if (draws.chance(stallPerMessage)) {
        world.struck("message stalled");
        delayMs += draws.exponential(stallMsMean);
      }
      if (isSwallowed) world.struck("link swallows");
      else world.schedule(delayMs, () => this.process.effect(() => this.#reply(replies, draws, isCurrent)));
    });
  }

  #converse(frames: readonly Uint8Array[], taken: (instance: string) => void): Promise<readonly Uint8Array[] | undefined> {
    const { world, accept } = this.#parts;
    return converse(accept, frames, taken, (frame) => world.trace.addBytes(world.nowMs, `${this.#name} → r0`, frame));
  }

  #reply(replies: readonly Uint8Array[], draws: Random, isCurrent: () => boolean): void {
    if (!isCurrent()) return;
    const { world, network } = this.#parts;
    if (this.#parted || this.#swallowed || network.isPartitioned(this.device)) return; // until the client's patience ends
    const fault = this.#spoilt(replies, draws);
    for (const bytes of replies) this.#watch?.sends("down", bytes, world.nowMs)(fault === undefined ? "arrived" : "cut");
    if (fault !== undefined) return this.#fail(fault);
    this.#busy = false;
    this.#events.exchange?.();
    for (const bytes of replies) {
      if (this.#ended) return;
      world.trace.addBytes(world.nowMs, `r0 → ${this.#name}`, bytes);
      this.#events.message(bytes);
    }
    if (this.#waiting.length > 0) this.#plan();
    else if (this.#isOver) this.#fail(overFault);
  }

  /** r0 has answered, and has committed what it answered: the client learns nothing of it. */
  #spoilt(replies: readonly Uint8Array[], draws: Random): TransportFault | undefined {
    const { world, network } = this.#parts;
    const { replacePerRequest = 0, truncatePerRequest = 0, cutPerMessage } = network.config;
    if (network.losesAnswers(this.device) || draws.chance(replacePerRequest)) {
      world.struck("reply replaced after the commit");
      return draws.chance(0.3) ? { type: "not-a-server", detail: "drawn" } : unavailable(draws);
    }
    if (draws.chance(cutPerMessage)) return this.#struck("link cut, answer lost", { type: "closed", detail: "cut" });
    if (!draws.chance(truncatePerRequest)) return undefined;
    const whole = encodeFrames(replies);
    const frames = decodeFrames(whole.subarray(0, draws.between(0, whole.length - 1)));
    // Cut exactly between two frames it is shorter and can be read; the length that HTTP says tells them apart.
    return this.#struck("reply truncated", { type: "closed", detail: frames.ok ? "shorter than it said" : frames.fault });
  }

  #fail(fault: TransportFault): void {
    const { world } = this.#parts;
    this.process.effect(() => {
      if (this.#ended) return;
      this.#end();
      const why = `${fault.type}, ${fault.detail}`;
      world.note(`${this.#name} closed: ${why}`, { type: "closed", machine: this.device, link: this.#name, why });
      this.#events.closed(fault);
    });
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.network.ended(this);
  }

  #delayMs(draws: Random): number {
    return draws.exponential(this.#parts.network.config.delayMsMean);
  }
}

function unavailable(draws: Random): TransportFault {
  return { type: "unavailable", detail: "drawn", retryAfterMs: draws.chance(0.5) ? draws.between(0, 20_000) : undefined };
}
