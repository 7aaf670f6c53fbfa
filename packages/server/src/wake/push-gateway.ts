/**
 * How a device is woken whose app is not running: by the push service of its platform. A wake-up says that there is news and in which spaces,
 * never what: the app connects and synchronizes as ever, and one that is lost costs latency alone.
 */
import type { SpaceId } from "@holdfast/core/engine";
import type { Awaitable, Principal } from "../options.ts";

export interface WakeUp {
  /** In which spaces; empty if they are too many to name. */
  readonly spaces: readonly SpaceId[];
}

export type PushAnswer =
  | { readonly type: "sent" }
  /** The service knows the subscription no more, and never will again. */
  | { readonly type: "gone" }
  /** Not now. */
  | { readonly type: "later"; readonly retryAfterMs: number | undefined; readonly detail: string }
  /** It would be refused again. */
  | { readonly type: "refused"; readonly detail: string };

/** One push service. `S`: what it calls a subscription, as the device's app was given it. */
export interface PushGateway<S> {
  /** May reject: that counts as `later`. */
  send(subscription: S, wakeUp: WakeUp): Promise<PushAnswer>;
}

/** A device that has asked to be woken. */
export interface PushTarget<S> {
  /** As `deviceOf` names the device of a session. */
  readonly device: string;
  readonly subscription: S;
}

/** The app keeps the subscriptions: it knows whose they are, and what they are for. */
export interface PushOptions<S, P extends Principal> {
  readonly gateway: PushGateway<S>;
  /** Which device a session is of, from what `authenticate` gave: who is connected need not be woken. Undefined: it does not say. */
  readonly deviceOf: (principal: P) => string | undefined;
  /** Every device that wants to hear of the space and may. */
  readonly subscriptionsOf: (space: SpaceId) => Awaitable<readonly PushTarget<S>[]>;
  /** The service has given up this one: forget it. */
  readonly dropped: (target: PushTarget<S>) => Awaitable<void>;
  /** Who is connected to other instances (`redisDevices`); this instance alone unless given. */
  readonly devices?: ConnectedDevices;
  readonly limits?: Partial<WakeLimits>;
}

/** Which devices hold a connection, to any instance. A hint: a device that is woken in vain finds nothing new. */
export interface ConnectedDevices {
  arrived(device: string): void;
  left(device: string): void;
  /** In the order of the question. Never rejects; what cannot be told counts as not connected. */
  areConnected(devices: readonly string[]): Promise<readonly boolean[]>;
  close(): Promise<void>;
}

export interface WakeLimits {
  /** What changes within so long of the first change of a space is one wake-up. */
  readonly coalesceMs: number;
  /** Spaces that wait for that; of more nobody is woken. */
  readonly spacesMax: number;
  /** A device is woken at most once in so many seconds, by all instances; what comes meanwhile is told at its end. */
  readonly deviceEverySeconds: number;
  /** Wake-ups leave an instance over so long that no more than these do, a second. */
  readonly wakeUpsPerSecond: number;
  /** And each at a random moment of at least so long, so that devices of one space do not come in one second. */
  readonly spreadMsMin: number;
  /** Devices that wait to be woken; of more none. */
  readonly devicesMax: number;
  readonly sendsMax: number;
  readonly sendMsMax: number;
  readonly attemptsMax: number;
  readonly retryMs: number;
  /** Named in one wake-up; of more, none are. */
  readonly spacesNamedMax: number;
}

export const wakeLimits: WakeLimits = {
  coalesceMs: 2_000,
  spacesMax: 10_000,
  deviceEverySeconds: 60,
  wakeUpsPerSecond: 500,
  spreadMsMin: 5_000,
  devicesMax: 100_000,
  sendsMax: 64,
  sendMsMax: 10_000,
  attemptsMax: 3,
  retryMs: 30_000,
  spacesNamedMax: 8,
};
