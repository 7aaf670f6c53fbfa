/**
 * What a live client does about a poke, asked of core's `stepCycle` itself: it is brought to a live session that is up to date, hears the poke,
 * and what it then sends, at once or at a timer of its own, is the answer.
 */
import {
  assert,
  createCycle,
  cycleDefaults,
  type CycleEffect,
  type CycleEvent,
  type CycleState,
  type ReplicaId,
  type Sequenced,
  type SpaceFacts,
  stepCycle,
} from "@holdfast/core/engine";

type Bare<T> = T extends unknown ? Omit<T, "nowMs" | "random"> : never;

const space = "everybody";
const replica = "00000000000000000000000000000001" as ReplicaId;
const author = "00000000000000000000000000000002" as ReplicaId;
const cursor = new Uint8Array([1]);
const [before, head] = [5, 6];

/** A cycle that counts as old: its session has stood for an hour. */
const nowMs = 3_600_000;

export class PokeReaction {
  readonly #live = liveCycle();
  readonly #poke: Bare<CycleEvent>;

  /** `isCarried`: the change is small, and comes along with the poke. `withinMs`: what r0 says of when to ask, 0 for nothing. */
  constructor(isCarried: boolean, withinMs: number) {
    const window = withinMs > 0 ? { withinMs } : {};
    this.#poke = { type: "message", message: { type: "poke", space, head, ...window, changes: isCarried ? [change] : [], cursor } };
  }

  /** How long after the poke the client asks for a page, or undefined: it has what it needs. `random` as the cycle is given it. */
  pullAfterMs(random: number): number | undefined {
    let { state, effects } = stepCycle(this.#live, { ...this.#poke, nowMs, random }, cycleDefaults);
    if (effects.some(({ type }) => type === "apply-page"))
      ({ state, effects } = stepCycle(state, { ...applied(head), nowMs, random }, cycleDefaults));
    if (asksForPage(effects)) return 0;
    for (const effect of effects) {
      if (effect.type !== "set-timer") continue;
      const event = { type: "timer", name: effect.name, nowMs: nowMs + effect.delayMs, random } as const;
      if (asksForPage(stepCycle(state, event, cycleDefaults).effects)) return effect.delayMs;
    }
    return undefined;
  }
}

function liveCycle(): CycleState {
  let state = createCycle({ replica, principal: "ann", schemaVersion: 1, spaces: [factsAt(before)] });
  let effects: readonly CycleEffect[] = [];
  const step = (event: Bare<CycleEvent>): void => {
    ({ state, effects } = stepCycle(state, { ...event, nowMs: 0, random: 0.5 }, cycleDefaults));
  };
  step({ type: "start" });
  step({ type: "token", token: "t" });
  step({ type: "opened" });
  step({
    type: "message",
    message: {
      type: "welcome",
      protocol: 1,
      capabilities: [],
      epoch: "00000000000000000000000000000009",
      principal: "ann",
      schemaVersion: 1,
      pushBytesMax: 512 * 1024,
      heartbeatMs: cycleDefaults.heartbeatMs,
      spaces: [{ space, access: "write", head: before, mark: 0, chain: new Uint8Array(8), lamport: 0 }],
    },
  });
  step(applied(before));
  const request = effects.find((effect) => effect.type === "send" && effect.message.type === "pull");
  assert(request?.type === "send" && request.message.type === "pull", "a client that has just been welcomed pulls");
  step({
    type: "message",
    message: {
      type: "page",
      request: request.message.request,
      space,
      content: { type: "changes", changes: [] },
      cursor,
      head: before,
      more: false,
    },
  });
  step(applied(before));
  assert(state.link.kind === "live" && !asksForPage(effects), "a client that is up to date asks for nothing");
  return state;
}

function applied(sequence: number): Bare<CycleEvent> {
  return { type: "applied", facts: factsAt(sequence), waitingFor: new Map() };
}

function asksForPage(effects: readonly CycleEffect[]): boolean {
  return effects.some((effect) => effect.type === "send" && effect.message.type === "pull");
}

function factsAt(sequence: number): SpaceFacts {
  return { space, cursor, sequence, counter: 0, settledThrough: 0, bootstrapping: false, access: "write" };
}

const change: Sequenced = {
  sequence: head,
  transaction: {
    replica: author,
    counter: 1,
    lamport: 1,
    schemaVersion: 1,
    wallMs: 0,
    dependencies: new Map(),
    body: { type: "void", counters: 1 },
    extensions: [],
  },
};
