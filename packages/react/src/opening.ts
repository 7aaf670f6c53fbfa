/** A replica that components open: once for each function that opens, counted by who shows it, closed when nobody does (F13). */
import type { AnySchema, HoldfastError } from "@holdfast/core";
import type { Replica } from "@holdfast/client";
import { toHoldfastError } from "./error.ts";
import { SharedView } from "./view/shared-view.ts";

export type OpenReplica = () => Promise<Replica<AnySchema>>;

export type OpeningState =
  | { readonly kind: "opening" }
  | { readonly kind: "open"; readonly replica: Replica<AnySchema> }
  | { readonly kind: "failed"; readonly error: HoldfastError; readonly retry: () => void };

export const openingLimits = {
  /** A store that is locked may be closing: a reloaded module has another function, and the old one's replica lingers. In ms. */
  lockedWaitMs: 5_000,
  /** Pause between two tries, in ms. */
  lockedRetryMs: 100,
} as const;

const openings = new WeakMap<OpenReplica, SharedView<OpeningState>>();

export function openingOf(open: OpenReplica): SharedView<OpeningState> {
  let opening = openings.get(open);
  if (opening === undefined) openings.set(open, (opening = createOpening(open)));
  return opening;
}

function createOpening(open: OpenReplica): SharedView<OpeningState> {
  /** What was opened before and has to be closed first. */
  let closing: Promise<unknown> = Promise.resolve();
  return new SharedView<OpeningState>({
    initial: { kind: "opening" },
    start(set) {
      let isOver = false;
      let opened: Promise<Replica<AnySchema> | undefined> = Promise.resolve(undefined);
      const begin = (): void => {
        set({ kind: "opening" });
        opened = closing.then(() => openUnlocked(open, () => isOver));
        opened.then(
          (replica) => replica !== undefined && set({ kind: "open", replica }),
          (error: unknown) => set({ kind: "failed", error: toHoldfastError(error), retry: begin }),
        );
      };
      begin();
      return () => {
        isOver = true;
        closing = opened.then(
          (replica) => replica?.close(),
          () => undefined,
        );
      };
    },
  });
}

async function openUnlocked(open: OpenReplica, isOver: () => boolean): Promise<Replica<AnySchema> | undefined> {
  for (let waitedMs = 0; !isOver(); waitedMs += openingLimits.lockedRetryMs) {
    try {
      return await open();
    } catch (error) {
      if ((error as { code?: unknown }).code !== "store-locked" || waitedMs >= openingLimits.lockedWaitMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, openingLimits.lockedRetryMs));
    }
  }
  return undefined;
}
