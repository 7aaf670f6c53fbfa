/** What a replica tells its app, and to whom. A listener that throws harms nobody else. */
import type { Conflict } from "./store/conflict-log.ts";
import type { DeadLetter } from "./store/dead-letters.ts";
import type { ReplicaStatus } from "./status.ts";

export interface ReplicaEventMap {
  /** Something in `status()` has changed. At most once a turn. */
  status: ReplicaStatus;
  /** A resolution did not keep a value: it is in `conflicts`. */
  conflict: Conflict;
  /** r0 refused a write. Remembered until a listener has had it, across restarts (F22). */
  refused: DeadLetter;
  /** Another copy of this replica wrote under its id: it has a new one, and everything pending is kept. */
  forked: { readonly before: string; readonly after: string };
  "signed-out": { readonly reason: "app" };
  /** Nothing is sent until the app acts: a new token, an update, the right user. */
  blocked: { readonly reason: string; readonly detail: string };
  /** The user may not read a space any more: its rows have left the device. */
  "no-access": { readonly space: string };
  /** A defect: the replica writes no more. Reads go on. */
  stopped: { readonly cause: unknown };
}

export type ReplicaEventName = keyof ReplicaEventMap;
type Listener<N extends ReplicaEventName> = (event: ReplicaEventMap[N]) => void;

export interface ReplicaEvents {
  on<N extends ReplicaEventName>(name: N, listener: Listener<N>): () => void;
  emit<N extends ReplicaEventName>(name: N, event: ReplicaEventMap[N]): void;
  has(name: ReplicaEventName): boolean;
}

export function createEvents(report: (error: unknown) => void): ReplicaEvents {
  const listeners = new Map<ReplicaEventName, Set<Listener<never>>>();
  return {
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      const own = listener as Listener<never>;
      set.add(own);
      return () => set.delete(own);
    },
    emit(name, event) {
      for (const listener of listeners.get(name) ?? []) {
        try {
          (listener as Listener<typeof name>)(event);
        } catch (error) {
          report(error);
        }
      }
    },
    has: (name) => (listeners.get(name)?.size ?? 0) > 0,
  };
}
