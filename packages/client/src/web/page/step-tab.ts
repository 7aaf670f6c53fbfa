/**
 * A tab's way to the owner of its store. It is level-triggered: while no owner is known it keeps asking, and whatever owner answers is
 * attached to; an owner that dies is followed by another, because every tab's worker waits for the same lock. Attaching twice to one
 * owner is the same as once, so that what is lost on the way is simply said again.
 *
 *            owner-heard               attached
 *   seeking ─────────────► attaching ──────────► attached
 *      ▲  ▲                    │                     │
 *      │  └── owner-heard(new) ┴─────────────────────┘
 *      │                  suspend                        close
 *      └── resume ── suspended ◄── any                   any ──► closed
 *
 * A suspended tab (frozen, in the back-forward cache) has no worker, no lock and no channel: a tab that sleeps can keep nobody waiting.
 */
import { unreachable } from "@holdfast/core/engine";
import type { ErrorData } from "../protocol/error-data.ts";
import type { TabLimits } from "../limits.ts";

export type TabTimer = "open" | "seek" | "ownerless" | "boot" | "restart";

interface TabFacts {
  /** Once: later failures are those of requests. */
  readonly everAttached: boolean;
  /** Workers that ended by themselves, in a row. */
  readonly deaths: number;
}

export type TabState = TabFacts &
  (
    | { readonly kind: "seeking" }
    | { readonly kind: "attaching"; readonly term: string }
    | { readonly kind: "attached"; readonly term: string; readonly ordinal: number }
    | { readonly kind: "suspended" }
    | { readonly kind: "closed" }
  );

export type TabEvent =
  | { readonly type: "start" }
  /** To all tabs: it must hear of us before it hears us. */
  | { readonly type: "owner-announced"; readonly term: string }
  /** To us: it listens. */
  | { readonly type: "owner-heard"; readonly term: string }
  | { readonly type: "attached"; readonly term: string; readonly ordinal: number }
  /** This owner will not have us: it runs another version of the app. */
  | { readonly type: "rejected"; readonly term: string; readonly error: ErrorData }
  /** Our worker could not open the store, and has left the lock to others. */
  | { readonly type: "store-failed"; readonly error: ErrorData }
  | { readonly type: "worker-begun" }
  | { readonly type: "worker-died" }
  | { readonly type: "suspend" }
  | { readonly type: "resume" }
  | { readonly type: "timer"; readonly name: TabTimer }
  | { readonly type: "close" };

export type TabEffect =
  | { readonly type: "start-worker" }
  | { readonly type: "end-worker" }
  | { readonly type: "open-channels" }
  | { readonly type: "close-channels" }
  | { readonly type: "seek" }
  | { readonly type: "attach"; readonly term: string }
  /** Requests without an answer, live queries, everything that the owner must know. */
  | { readonly type: "tell-all" }
  | { readonly type: "opened" }
  /** Undefined: nobody answered. */
  | { readonly type: "fail-open"; readonly error: ErrorData | undefined }
  | { readonly type: "fail-requests"; readonly error: ErrorData | undefined }
  | { readonly type: "set-timer"; readonly name: TabTimer; readonly delayMs: number }
  | { readonly type: "clear-timer"; readonly name: TabTimer };

export const initialTab: TabState = { kind: "seeking", everAttached: false, deaths: 0 };

interface Stepped {
  readonly state: TabState;
  readonly effects: readonly TabEffect[];
}

export function stepTab(state: TabState, event: TabEvent, limits: TabLimits): Stepped {
  if (state.kind === "closed") return { state, effects: [] };
  switch (event.type) {
    case "start":
      return { state, effects: begin(state, limits) };
    case "owner-announced":
      if (state.kind === "suspended" || ("term" in state && state.term === event.term)) return { state, effects: [] };
      return { state: seeking(state), effects: seek(limits) };
    case "owner-heard":
      return heard(state, event.term, limits);
    case "attached":
      return attached(state, event.term, event.ordinal);
    case "rejected":
      if (state.kind !== "attaching" || state.term !== event.term) return { state, effects: [] };
      return failed(seeking(state), event.error, seek(limits));
    case "store-failed":
      if (state.kind === "suspended") return { state, effects: [] };
      return failed(seeking(state), event.error, [
        { type: "end-worker" },
        ...clear(["boot"]),
        ...seek(limits),
        restart(state.deaths, limits),
      ]);
    case "worker-begun":
      return { state, effects: clear(["boot"]) };
    case "worker-died":
      return died(state, limits);
    case "suspend":
      if (state.kind === "suspended") return { state, effects: [] };
      return {
        state: { ...facts(state), kind: "suspended" },
        effects: [...clear(allTimers), { type: "close-channels" }, { type: "end-worker" }],
      };
    case "resume":
      if (state.kind !== "suspended") return { state, effects: [] };
      return { state: seeking(state), effects: begin(state, limits) };
    case "timer":
      return timer(state, event.name, limits);
    case "close":
      return { state: { ...facts(state), kind: "closed" }, effects: clear(allTimers) };
    default:
      return unreachable(event);
  }
}

const allTimers = ["open", "seek", "ownerless", "boot", "restart"] as const;

function facts({ everAttached, deaths }: TabState): TabFacts {
  return { everAttached, deaths };
}

function seeking(state: TabState): TabState {
  return { ...facts(state), kind: "seeking" };
}

function clear(names: readonly TabTimer[]): readonly TabEffect[] {
  return names.map((name) => ({ type: "clear-timer", name }));
}

function begin(state: TabState, limits: TabLimits): readonly TabEffect[] {
  const open: TabEffect = { type: "set-timer", name: "open", delayMs: limits.openMsMax };
  return [...(state.everAttached ? [] : [open]), { type: "open-channels" }, ...startWorker(state, limits), ...seek(limits)];
}

function startWorker({ deaths }: TabState, limits: TabLimits): readonly TabEffect[] {
  return [{ type: "start-worker" }, { type: "set-timer", name: "boot", delayMs: limits.bootMsMax * 2 ** Math.min(deaths, doublingsMax) }];
}

const doublingsMax = 16;

function seek(limits: TabLimits): readonly TabEffect[] {
  return [{ type: "seek" }, ...seekTimers(limits)];
}

function seekTimers(limits: TabLimits): readonly TabEffect[] {
  return [
    { type: "set-timer", name: "seek", delayMs: limits.seekMs },
    { type: "set-timer", name: "ownerless", delayMs: limits.ownerlessMsMax },
  ];
}

function restart(deaths: number, limits: TabLimits): TabEffect {
  return {
    type: "set-timer",
    name: "restart",
    delayMs: Math.min(limits.restartMsMax, limits.restartMs * 2 ** Math.min(deaths, doublingsMax)),
  };
}

/** Also while attached to another: a new owner is there because the old one is not. */
function heard(state: TabState, term: string, limits: TabLimits): Stepped {
  if (state.kind === "suspended" || (state.kind === "attached" && state.term === term)) return { state, effects: [] };
  // The new one may die before it has answered: whoever was attached has no timer yet that would look on.
  const again = state.kind === "attached" ? seekTimers(limits) : [];
  return { state: { ...facts(state), kind: "attaching", term }, effects: [...again, { type: "attach", term }] };
}

function attached(state: TabState, term: string, ordinal: number): Stepped {
  if (state.kind !== "attaching" || state.term !== term) return { state, effects: [] };
  return {
    state: { kind: "attached", term, ordinal, everAttached: true, deaths: 0 },
    effects: [...clear(["open", "seek", "ownerless"]), { type: "tell-all" }, ...(state.everAttached ? [] : [{ type: "opened" } as const])],
  };
}

/** Before the replica was ever there the opening fails; later, the requests that wait, and it is tried again. */
function failed(state: TabState, error: ErrorData | undefined, again: readonly TabEffect[]): Stepped {
  if (state.everAttached) return { state: { ...state, deaths: state.deaths + 1 }, effects: [{ type: "fail-requests", error }, ...again] };
  return { state: { ...facts(state), kind: "closed" }, effects: [...clear(allTimers), { type: "fail-open", error }] };
}

/** Ours may have been the owner, or one that waited to be: the first is followed by another's, and found by seeking. */
function died(state: TabState, limits: TabLimits): Stepped {
  if (state.kind === "suspended") return { state, effects: [] };
  return {
    state: { ...seeking(state), deaths: state.deaths + 1 },
    effects: [{ type: "end-worker" }, ...clear(["boot"]), ...seek(limits), restart(state.deaths, limits)],
  };
}

function timer(state: TabState, name: TabTimer, limits: TabLimits): Stepped {
  switch (name) {
    case "open":
      return state.everAttached ? { state, effects: [] } : failed(state, undefined, []);
    case "seek":
      // Also while attaching: an owner may die before it has answered.
      if (state.kind !== "seeking" && state.kind !== "attaching") return { state, effects: [] };
      return { state, effects: [{ type: "seek" }, { type: "set-timer", name: "seek", delayMs: limits.seekMs }] };
    case "ownerless":
      if (state.kind !== "seeking" && state.kind !== "attaching") return { state, effects: [] };
      return {
        state,
        effects: [
          { type: "fail-requests", error: undefined },
          { type: "set-timer", name: "ownerless", delayMs: limits.ownerlessMsMax },
        ],
      };
    case "boot":
      return died(state, limits);
    case "restart":
      return state.kind === "suspended" ? { state, effects: [] } : { state, effects: startWorker(state, limits) };
    default:
      return unreachable(name);
  }
}
