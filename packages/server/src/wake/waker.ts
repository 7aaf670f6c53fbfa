/**
 * Wakes the devices that are asleep when something has changed for them. Only the instance that has committed a change does, so that it happens
 * once; if that instance dies before, the device hears of it when its app is next opened.
 *
 *     commit ─► space waits `coalesceMs` ─► who has subscribed, and is not connected ─► each at a random moment of a window
 *            ─► still not connected? its turn yet (`deviceEverySeconds`)? ─► gateway ─► sent | gone: dropped | later: again, a few times
 *
 * Nothing of it delays or fails a commit, and everything that waits is bounded (trap 16: a push is a herd that one makes oneself).
 */
import type { SpaceId } from "@holdfast/core/engine";
import type { Principal, Waker, WakerHost, WakeUps } from "../options.ts";
import { withDeadline } from "../pipeline/with-deadline.ts";
import type { RateCounter } from "../rate-limits/rate-limits.ts";
import { DueTimes } from "./due-times.ts";
import { LocalDevices } from "./local-devices.ts";
import { type ConnectedDevices, type PushAnswer, type PushOptions, type PushTarget, type WakeLimits, wakeLimits } from "./push-gateway.ts";

interface Sleeper {
  readonly target: PushTarget<unknown>;
  readonly spaces: Set<SpaceId>;
  attempts: number;
}

/** Wakes the devices that `subscriptionsOf` names, over `gateway`: see `PushOptions`. */
export function wakeUps<S, P extends Principal>(options: PushOptions<S, P>): WakeUps<P> {
  // A subscription comes from the app and goes to its gateway: what it is concerns nobody between.
  return { start: (host) => new DeviceWaker(options as unknown as PushOptions<unknown, P>, host) };
}

export class DeviceWaker<P extends Principal> implements Waker<P> {
  readonly #options: PushOptions<unknown, P>;
  readonly #host: WakerHost;
  readonly #limits: WakeLimits;
  readonly #devices: ConnectedDevices;
  readonly #turns: RateCounter;
  readonly #spaces: DueTimes<SpaceId>;
  readonly #wakeUps: DueTimes<string>;
  readonly #sleepers = new Map<string, Sleeper>();
  readonly #queue: Sleeper[] = [];
  #sending = 0;
  #stopped = false;

  constructor(options: PushOptions<unknown, P>, host: WakerHost) {
    this.#options = options;
    this.#host = host;
    this.#limits = { ...wakeLimits, ...options.limits };
    this.#devices = options.devices ?? new LocalDevices();
    this.#turns = host.rateLimits.counter({ name: "wake-up", points: 1, perSeconds: this.#limits.deviceEverySeconds });
    this.#spaces = new DueTimes(host.runtime, (spaces) => spaces.forEach((space) => void this.#findSleepers(space)));
    this.#wakeUps = new DueTimes(host.runtime, (devices) => void this.#wake(devices));
  }

  arrived(principal: P): () => void {
    const device = this.#options.deviceOf(principal);
    if (device === undefined) return () => {};
    this.#devices.arrived(device);
    return () => this.#devices.left(device);
  }

  changed(space: SpaceId): void {
    if (this.#spaces.size < this.#limits.spacesMax) this.#spaces.put(space, this.#limits.coalesceMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#spaces.stop();
    this.#wakeUps.stop();
    this.#sleepers.clear();
    this.#queue.length = 0;
    await this.#devices.close();
  }

  async #findSleepers(space: SpaceId): Promise<void> {
    const { runtime, callbackMsMax } = this.#host;
    try {
      const asked = Promise.resolve(this.#options.subscriptionsOf(space));
      const targets = await withDeadline(runtime, "push.subscriptionsOf", callbackMsMax, asked);
      const connected = await this.#devices.areConnected(targets.map(({ device }) => device));
      const asleep = targets.filter((_, index) => connected[index] !== true);
      const { wakeUpsPerSecond, spreadMsMin } = this.#limits;
      const spreadMs = Math.max(spreadMsMin, ((this.#wakeUps.size + asleep.length) * 1_000) / wakeUpsPerSecond);
      for (const target of asleep) this.#plan(target, space, runtime.random() * spreadMs);
    } catch (error) {
      this.#warn(`Who is to be woken for "${space}" could not be told.`, error);
    }
  }

  #plan(target: PushTarget<unknown>, space: SpaceId, delayMs: number): void {
    const sleeper = this.#sleepers.get(target.device);
    if (sleeper !== undefined) sleeper.spaces.add(space);
    else if (this.#sleepers.size < this.#limits.devicesMax && !this.#stopped) {
      this.#sleepers.set(target.device, { target, spaces: new Set([space]), attempts: 0 });
      this.#wakeUps.put(target.device, delayMs);
    }
  }

  /** A device may have connected since, and a sleeper's turn may be later. */
  async #wake(devices: readonly string[]): Promise<void> {
    const connected = await this.#devices.areConnected(devices);
    for (const [index, device] of devices.entries()) {
      const sleeper = this.#sleepers.get(device);
      if (sleeper === undefined) continue;
      if (connected[index] === true) {
        this.#sleepers.delete(device);
        continue;
      }
      const turn = sleeper.attempts > 0 ? { allowed: true, retryAfterMs: 0 } : await this.#turns.take(device);
      if (!turn.allowed) this.#wakeUps.put(device, turn.retryAfterMs + this.#host.runtime.random() * this.#limits.spreadMsMin);
      else this.#queue.push(sleeper);
    }
    this.#sendNext();
  }

  #sendNext(): void {
    while (this.#sending < this.#limits.sendsMax) {
      const sleeper = this.#queue.shift();
      if (sleeper === undefined) return;
      this.#sending++;
      void this.#send(sleeper).finally(() => {
        this.#sending--;
        this.#sendNext();
      });
    }
  }

  async #send(sleeper: Sleeper): Promise<void> {
    const { target } = sleeper;
    const { spacesNamedMax, sendMsMax, attemptsMax, retryMs } = this.#limits;
    const spaces = sleeper.spaces.size > spacesNamedMax ? [] : [...sleeper.spaces];
    this.#sleepers.delete(target.device);
    const sent = (async () => this.#options.gateway.send(target.subscription, { spaces }))();
    const answer = await Promise.resolve(withDeadline(this.#host.runtime, "A push service's answer", sendMsMax, sent)).catch(
      (error: unknown): PushAnswer => ({ type: "later", retryAfterMs: undefined, detail: String(error) }),
    );
    if (this.#stopped || answer.type === "sent") return;
    if (answer.type === "gone") return this.#drop(target);
    sleeper.attempts++;
    if (answer.type === "refused" || sleeper.attempts >= attemptsMax)
      return this.#warn(`A device could not be woken, and is not tried again: ${answer.detail}`);
    const again = this.#sleepers.get(target.device);
    // Something new was planned for it meanwhile: told with that.
    if (again !== undefined) for (const space of sleeper.spaces) again.spaces.add(space);
    else {
      this.#sleepers.set(target.device, sleeper);
      this.#wakeUps.put(target.device, Math.max(answer.retryAfterMs ?? 0, retryMs) * (1 + this.#host.runtime.random()));
    }
  }

  async #drop(target: PushTarget<unknown>): Promise<void> {
    try {
      await this.#options.dropped(target);
    } catch (error) {
      this.#warn("A subscription that is gone could not be dropped: it is tried again with the next change.", error);
    }
  }

  #warn(detail: string, error?: unknown): void {
    this.#host.log({ level: "warn", event: "wake-failed", detail, ...(error === undefined ? {} : { error }) });
  }
}
