/** `useConflicts` and `useDeadLetters`: what was not kept, and what a person can do about it. */
import type { AnySchema } from "@holdfast/core";
import type { Conflict, DeadLetter, Replica, Requested, Written } from "@holdfast/client";
import { useMemo } from "react";
import { useSelected } from "./use-status.ts";
import { viewsOf } from "./view/replica-views.ts";

export interface ConflictsResult {
  readonly conflicts: readonly Conflict[];
  readonly restore: (id: number) => Promise<Written<void>>;
  readonly dismiss: (id: number) => Promise<void>;
}

export interface DeadLettersResult {
  readonly deadLetters: readonly DeadLetter[];
  readonly retry: (id: number) => Promise<Written<void> | Requested>;
  readonly discard: (id: number) => Promise<void>;
}

type Wanted = { readonly [N in "space" | "collection" | "record"]?: string | undefined };

export function useConflictsOf(replica: Replica<AnySchema>, { space, collection, record }: Wanted = {}): ConflictsResult {
  const view = viewsOf(replica).conflicts;
  const isWanted = (conflict: Conflict): boolean =>
    (space ?? conflict.space) === conflict.space &&
    (collection ?? conflict.collection) === conflict.collection &&
    (record ?? conflict.record) === conflict.record;
  const conflicts = useSelected(view, ({ entries }) => entries.filter(isWanted));
  return useMemo(() => {
    const { refresh } = view.read();
    return {
      conflicts,
      restore: (id) => replica.conflicts.restore(id).finally(refresh),
      dismiss: (id) => replica.conflicts.dismiss(id).finally(refresh),
    };
  }, [replica, view, conflicts]);
}

export function useDeadLettersOf(replica: Replica<AnySchema>): DeadLettersResult {
  const view = viewsOf(replica).deadLetters;
  const deadLetters = useSelected(view, ({ entries }) => entries);
  return useMemo(() => {
    const { refresh } = view.read();
    return {
      deadLetters,
      retry: (id) => replica.deadLetters.retry(id).finally(refresh),
      discard: (id) => replica.deadLetters.discard(id).finally(refresh),
    };
  }, [replica, view, deadLetters]);
}
