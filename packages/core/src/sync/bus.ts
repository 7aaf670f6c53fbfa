/**
 * News between instances of r0: hints only, never truth (F08). A lost one is found by the anti-entropy of the instances, and of the clients.
 * In one process `createLocalBus` carries them; between processes an adapter does (Redis).
 */
import type { Sequenced, SpaceId } from "../operation/operation.ts";

export interface Notice {
  readonly space: SpaceId;
  readonly head: number;
  /** The head before these changes. */
  readonly after: number;
  /** The replica that wrote all of them, or empty if they are of several. */
  readonly author: string;
  /** Those from `after` to `head`, or none if they are too large to come along. */
  readonly changes: readonly Sequenced[];
}

export interface BusListener {
  /** Only of spaces that it follows. Notices of one publisher and space arrive in order, at most once each. */
  readonly heard: (notice: Notice) => void;
  /**
   * Notices may have been lost: the bus was away, or hears these spaces only from now on. Whoever follows them looks at the store. Undefined:
   * of any space.
   */
  readonly doubted: (spaces: readonly SpaceId[] | undefined) => void;
  /** What another instance has whispered to who follows the space. */
  readonly whispered?: (space: SpaceId, bytes: Uint8Array) => void;
}

export interface BusSubscription {
  follow(space: SpaceId): void;
  unfollow(space: SpaceId): void;
  stop(): void;
}

export interface Bus {
  /** Never throws and never waits: a bus that is down loses notices. The publisher's own listeners hear it too, once, and at once. */
  publish(notice: Notice): void;
  /** To the other instances that follow the space, once or not at all: presence, which nobody looks up. Never throws and never waits. */
  whisper(space: SpaceId, bytes: Uint8Array): void;
  subscribe(listener: BusListener): BusSubscription;
  close(): Promise<void>;
}
