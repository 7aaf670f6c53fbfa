/** How news reaches the sessions of an instance: from the bus or from the store, each once, and in rounds. */
import type { Bus, Notice, Runtime, ServerStore, SpaceId } from "@holdfast/core/engine";
import type { ServerLimits } from "../limits.ts";
import type { LogEntry } from "../options.ts";
import { PokeQueue } from "./poke-queue.ts";
import { SpaceWatch } from "./space-watch.ts";

export interface NewsHost {
  readonly bus: Bus;
  readonly store: ServerStore;
  readonly runtime: Runtime;
  readonly limits: ServerLimits;
  readonly defer: (run: () => void) => void;
  readonly log: (entry: LogEntry) => void;
  readonly hand: (parts: readonly Notice[]) => void;
  readonly whispered: (space: SpaceId, bytes: Uint8Array) => void;
}

export interface News {
  /** The space has its first follower here. */
  follow(space: SpaceId): void;
  /** It has none any more. */
  unfollow(space: SpaceId): void;
  stop(): void;
}

export function openNews({ bus, store, runtime, limits, defer, log, hand, whispered }: NewsHost): News {
  const queue = new PokeQueue({ runtime, limits, defer, hand });
  const watch = new SpaceWatch({ store, runtime, limits, log, hand: (notice) => queue.take(notice) });
  const subscription = bus.subscribe({ heard: watch.heard, doubted: watch.doubted, whispered });
  return {
    follow(space) {
      watch.follow(space);
      subscription.follow(space);
    },
    unfollow(space) {
      subscription.unfollow(space);
      watch.unfollow(space);
    },
    stop() {
      subscription.stop();
      watch.stop();
      queue.stop();
    },
  };
}
