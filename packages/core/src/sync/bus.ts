/**
 * News between instances of r0: hints only, never truth (F08). A lost one is found by the anti-entropy of the clients.
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

export interface Bus {
  /** Never throws: a bus that is down loses notices. */
  publish(notice: Notice): void;
  /** Returns how to stop. Notices of one publisher and space arrive in order, at most once each. */
  subscribe(listener: (notice: Notice) => void): () => void;
  close(): Promise<void>;
}
