import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tabDefaults } from "../limits.ts";
import { errorToData } from "../protocol/error-data.ts";
import { initialTab, stepTab, type TabEffect, type TabEvent, type TabState, type TabTimer } from "./step-tab.ts";

const error = errorToData(new Error("no"));
const facts = { everAttached: true, deaths: 0 };
const states: Readonly<Record<TabState["kind"], TabState>> = {
  seeking: { ...facts, kind: "seeking" },
  attaching: { ...facts, kind: "attaching", term: "a" },
  attached: { ...facts, kind: "attached", term: "a", ordinal: 7 },
  suspended: { ...facts, kind: "suspended" },
  closed: { ...facts, kind: "closed" },
};
const step = (state: TabState, event: TabEvent) => stepTab(state, event, tabDefaults);
const types = (effects: readonly TabEffect[]): readonly string[] =>
  effects
    .map((effect) => ("name" in effect ? `${effect.type} ${effect.name}` : effect.type))
    .filter((type) => !type.startsWith("clear-timer"));

describe("a tab on its way to an owner", () => {
  it("[TAB1][TAB5][TAB6] goes from every state by every event where the table says", () => {
    const events: Readonly<Record<string, TabEvent>> = {
      announced: { type: "owner-announced", term: "b" },
      heard: { type: "owner-heard", term: "a" },
      "heard another": { type: "owner-heard", term: "b" },
      attached: { type: "attached", term: "a", ordinal: 9 },
      rejected: { type: "rejected", term: "a", error },
      "store failed": { type: "store-failed", error },
      died: { type: "worker-died" },
      suspend: { type: "suspend" },
      resume: { type: "resume" },
      close: { type: "close" },
    };
    const table: Readonly<Record<keyof typeof events, Readonly<Record<TabState["kind"], TabState["kind"]>>>> = {
      announced: { seeking: "seeking", attaching: "seeking", attached: "seeking", suspended: "suspended", closed: "closed" },
      heard: { seeking: "attaching", attaching: "attaching", attached: "attached", suspended: "suspended", closed: "closed" },
      "heard another": { seeking: "attaching", attaching: "attaching", attached: "attaching", suspended: "suspended", closed: "closed" },
      attached: { seeking: "seeking", attaching: "attached", attached: "attached", suspended: "suspended", closed: "closed" },
      rejected: { seeking: "seeking", attaching: "seeking", attached: "attached", suspended: "suspended", closed: "closed" },
      "store failed": { seeking: "seeking", attaching: "seeking", attached: "seeking", suspended: "suspended", closed: "closed" },
      died: { seeking: "seeking", attaching: "seeking", attached: "seeking", suspended: "suspended", closed: "closed" },
      suspend: { seeking: "suspended", attaching: "suspended", attached: "suspended", suspended: "suspended", closed: "closed" },
      resume: { seeking: "seeking", attaching: "attaching", attached: "attached", suspended: "seeking", closed: "closed" },
      close: { seeking: "closed", attaching: "closed", attached: "closed", suspended: "closed", closed: "closed" },
    };
    for (const [name, event] of Object.entries(events))
      for (const [from, state] of Object.entries(states))
        expect(step(state, event).state.kind, `${name} in ${from}`).toBe(table[name]?.[from as TabState["kind"]]);
  });

  it("[TAB1] tells an owner everything when it is attached to it, and is opened once", () => {
    const first = step({ ...initialTab, kind: "attaching", term: "a" }, { type: "attached", term: "a", ordinal: 3 });
    expect(types(first.effects)).toEqual(["tell-all", "opened"]);
    const next = step({ ...first.state, kind: "attaching", term: "b" }, { type: "attached", term: "b", ordinal: 4 });
    expect(types(next.effects)).toEqual(["tell-all"]);
    expect(next.state).toMatchObject({ kind: "attached", term: "b", ordinal: 4 });
    expect(types(step(states.attached, { type: "attached", term: "a", ordinal: 9 }).effects)).toEqual([]);
  });

  it("[TAB8] fails to open, once and for good, when its time is up, when its worker cannot, and when it is not wanted", () => {
    for (const event of [
      { type: "timer", name: "open" },
      { type: "store-failed", error },
    ] as const) {
      const { state, effects } = step(initialTab, event);
      expect(state.kind).toBe("closed");
      expect(types(effects)).toEqual(["fail-open"]);
    }
    const rejected = step({ ...initialTab, kind: "attaching", term: "a" }, { type: "rejected", term: "a", error });
    expect(types(rejected.effects)).toEqual(["fail-open"]);
    expect(step(states.seeking, { type: "timer", name: "open" })).toEqual({ state: states.seeking, effects: [] });
  });

  it("[TAB13] refuses what waits when no owner comes, and goes on looking", () => {
    const { state, effects } = step(states.seeking, { type: "timer", name: "ownerless" });
    expect(state.kind).toBe("seeking");
    expect(types(effects)).toEqual(["fail-requests", "set-timer ownerless"]);
    expect(step(states.attached, { type: "timer", name: "ownerless" }).effects).toEqual([]);
  });

  it("[TAB6] has no worker, no channel and no timer while it sleeps", () => {
    const run = new Run();
    run.step({ type: "start" });
    run.step({ type: "owner-heard", term: "a" });
    run.step({ type: "attached", term: "a", ordinal: 0 });
    run.step({ type: "suspend" });
    expect(run).toMatchObject({ worker: false, channels: false });
    expect([...run.timers]).toEqual([]);
    run.step({ type: "resume" });
    expect(run).toMatchObject({ worker: true, channels: true });
  });

  it("[TAB5] whatever happens, it has a worker or a timer that will start one, and looks for an owner while it has none", () => {
    const timers: readonly TabTimer[] = ["open", "seek", "ownerless", "boot", "restart"];
    const term = fc.constantFrom("a", "b");
    const event = fc.oneof<fc.Arbitrary<TabEvent>[]>(
      term.map((each) => ({ type: "owner-announced", term: each })),
      term.map((each) => ({ type: "owner-heard", term: each })),
      term.map((each) => ({ type: "attached", term: each, ordinal: 1 })),
      term.map((each) => ({ type: "rejected", term: each, error })),
      fc.constantFrom<TabEvent>(
        { type: "store-failed", error },
        { type: "worker-begun" },
        { type: "worker-died" },
        { type: "suspend" },
        { type: "resume" },
      ),
      fc.constantFrom(...timers).map((name) => ({ type: "timer", name })),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const run = new Run();
        run.step({ type: "start" });
        for (const each of events) {
          if (each.type === "timer" && !run.timers.has(each.name)) continue;
          if (each.type === "timer") run.timers.delete(each.name);
          if (each.type.startsWith("worker") && !run.worker) continue;
          run.step(each);
          if (run.state.kind === "closed" || run.state.kind === "suspended") continue;
          expect(run.worker || run.timers.has("restart")).toBe(true);
          if (run.state.kind !== "attached") expect(run.timers.has("seek")).toBe(true);
        }
      }),
    );
  });
});

/** A shell that keeps count. */
class Run {
  state: TabState = initialTab;
  worker = false;
  channels = false;
  readonly timers = new Set<TabTimer>();

  step(event: TabEvent): void {
    const { state, effects } = step(this.state, event);
    this.state = state;
    for (const effect of effects) {
      if (effect.type === "start-worker") this.worker = true;
      if (effect.type === "end-worker") this.worker = false;
      if (effect.type === "open-channels") this.channels = true;
      if (effect.type === "close-channels") this.channels = false;
      if (effect.type === "set-timer") this.timers.add(effect.name);
      if (effect.type === "clear-timer") this.timers.delete(effect.name);
    }
  }
}
