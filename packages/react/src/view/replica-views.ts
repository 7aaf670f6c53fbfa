/**
 * Everything that components watch of one replica. It hangs on the replica, not on a component: React may throw away the state of a tree
 * that suspends before it is shown, and would ask for ever anew.
 */
import type { AnySchema, SpaceId } from "@holdfast/core";
import type { Conflict, DeadLetter, Replica, ReplicaStatus } from "@holdfast/client";
import { keyOf } from "./query-key.ts";
import { createQueryView, type QueryOptions, type QueryResult } from "./query-view.ts";
import { SharedView } from "./shared-view.ts";
import { SpacesInStep } from "./spaces-in-step.ts";
import { createTextView, type TextState } from "./text-view.ts";

export interface Listed<T> {
  readonly entries: readonly T[];
  /** Lists again: after an own change, which no event tells. */
  readonly refresh: () => void;
}

export class ReplicaViews {
  readonly replica: Replica<AnySchema>;
  readonly status: SharedView<ReplicaStatus>;
  readonly conflicts: SharedView<Listed<Conflict>>;
  readonly deadLetters: SharedView<Listed<DeadLetter>>;
  readonly #queries = new Map<string, SharedView<QueryResult<object>>>();
  readonly #texts = new Map<string, SharedView<TextState>>();
  readonly #inStep: SpacesInStep;

  constructor(replica: Replica<AnySchema>) {
    this.replica = replica;
    this.status = createStatusView(replica);
    this.#inStep = new SpacesInStep(this.status);
    this.conflicts = createListView(replica, "conflict", () => replica.conflicts.list());
    this.deadLetters = createListView(replica, undefined, () => replica.deadLetters.list());
  }

  query(space: SpaceId, collection: string, options: QueryOptions<object>): SharedView<QueryResult<object>> {
    const { where, orderBy, limit, offset } = options;
    const key = [space, collection, where, limit, offset].map((part) => keyOf(part)).join(" ") + keyOf(orderBy, true);
    return keep(this.#queries, key, (used) => createQueryView(this.replica, this.#inStep, space, collection, options, used));
  }

  text(space: SpaceId, collection: string, id: string, field: string): SharedView<TextState> {
    const key = [space, collection, id, field].map((part) => keyOf(part)).join(" ");
    return keep(this.#texts, key, (used) => createTextView(this.replica, space, collection, id, field, used));
  }
}

function createStatusView(replica: Replica<AnySchema>): SharedView<ReplicaStatus> {
  const view: SharedView<ReplicaStatus> = new SharedView<ReplicaStatus>({
    initial: replica.status(),
    start(set) {
      const now = replica.status();
      if (keyOf(withoutAges(now)) !== keyOf(withoutAges(view.read()))) set(now);
      return replica.on("status", set);
    },
  });
  return view;
}

/** An age is another at every look, and no news. */
function withoutAges(status: ReplicaStatus): object {
  return { ...status, spaces: Object.entries(status.spaces).map(([space, each]) => [space, { ...each, cursorAge: undefined }]) };
}

/** One view a key, for as long as it is of use. */
function keep<V>(views: Map<string, V>, key: string, create: (used: (isUsed: boolean, view: V) => void) => V): V {
  let view = views.get(key);
  if (view === undefined) {
    view = create((isUsed, self) => {
      if (isUsed && !views.has(key)) views.set(key, self);
      else if (!isUsed && views.get(key) === self) views.delete(key);
    });
    views.set(key, view);
  }
  return view;
}

/** Entries do not change, they come and go: an entry that was there is the same object. */
function createListView<T extends { readonly id: number }>(
  replica: Replica<AnySchema>,
  event: "conflict" | undefined,
  list: () => readonly T[],
): SharedView<Listed<T>> {
  let tell: ((value: Listed<T>) => void) | undefined;
  const refresh = (): void => {
    // The lists end with the replica; what was shown stays.
    if (replica.status().phase === "closed") return;
    const shown = view.read().entries;
    const shownById = new Map(shown.map((entry) => [entry.id, entry]));
    const entries = list().map((entry) => shownById.get(entry.id) ?? entry);
    if (entries.length !== shown.length || entries.some((entry, index) => entry !== shown[index])) tell?.({ entries, refresh });
  };
  const view = new SharedView<Listed<T>>({
    initial: { entries: [], refresh },
    start(set) {
      tell = set;
      refresh();
      const stops = [replica.on("status", refresh), ...(event === undefined ? [] : [replica.on(event, refresh)])];
      return () => stops.forEach((stop) => stop());
    },
  });
  return view;
}

const viewsByReplica = new WeakMap<object, ReplicaViews>();

export function viewsOf(replica: Replica<AnySchema>): ReplicaViews {
  let views = viewsByReplica.get(replica);
  if (views === undefined) viewsByReplica.set(replica, (views = new ReplicaViews(replica)));
  return views;
}
