/** `useStatus`: the part of a replica's status that a component shows. */
import type { AnySchema } from "@holdfast/core";
import type { Replica, ReplicaStatus } from "@holdfast/client";
import { useRef, useSyncExternalStore } from "react";
import { viewsOf } from "./view/replica-views.ts";
import type { View } from "./view/shared-view.ts";

export function useStatusOf<T>(replica: Replica<AnySchema>, select?: (status: ReplicaStatus) => T): T {
  return useSelected(viewsOf(replica).status, select ?? ((status) => status as T));
}

/** What was selected stays the same object for as long as it is equal: a component does not render for what it does not show. */
export function useSelected<T, U>(view: View<T>, select: (value: T) => U): U {
  const kept = useRef<{ readonly value: U } | undefined>(undefined);
  const keep = (value: U): U => {
    if (kept.current !== undefined && isEqual(kept.current.value, value)) return kept.current.value;
    kept.current = { value };
    return value;
  };
  return useSyncExternalStore(
    view.subscribe,
    () => keep(select(view.read())),
    () => keep(select(view.readInitial())),
  );
}

/** Equal, or with equal entries one level deep. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const entries = Object.entries(a);
  return (
    entries.length === Object.keys(b).length &&
    entries.every(([name, value]) => name in b && Object.is(value, (b as Readonly<Record<string, unknown>>)[name]))
  );
}
