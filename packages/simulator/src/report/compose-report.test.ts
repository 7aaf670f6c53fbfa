import { describe, expect, it } from "vitest";
import type { FailingSeed, SimulateAppResult } from "../app/simulate-app.ts";
import type { Plan } from "../plan/plan.ts";
import { createTotals } from "../run/totals.ts";
import type { TraceEvent } from "../world/trace-event.ts";
import { composeReport } from "./compose-report.ts";
import { addFigures, createFigures, quantile } from "./figures.ts";
import { createRecorder } from "./measurements.ts";
import { placeRows } from "./space-time-layout.ts";
import { spaceTimeDiagram } from "./space-time.ts";

const network = {
  ...{ delayMsMean: 20, cutPerMessage: 0, swallowPerMessage: 0 },
  ...{ unreachablePerConnection: 0, unavailablePerConnection: 0, notServerPerConnection: 0 },
};
const config = { devices: 2, spaces: 1, durationMs: 1_000, network, limits: {} };
const operation = { id: "<b>", atMs: 10, device: 0, space: 0, effect: "buy", target: "", amount: 1 };
const plan: Plan = { seed: 7, config, operations: [operation], faults: [] };
const [from, to] = ["device-0", "r0"];
const sent = { type: "message", sender: from, receiver: to, link: "x", bytes: 40, says: "push 1 transaction (1) to s" } as const;
const events: readonly TraceEvent[] = [
  { type: "open", machine: from, atMs: 0 },
  { type: "status", machine: from, pending: 0, sequences: { s: 0 }, atMs: 0 },
  { type: "status", machine: "device-1", pending: 0, sequences: { s: 0 }, atMs: 0 },
  { type: "operation", machine: from, operation, atMs: 10 },
  { type: "did", machine: from, operation: "<b>", words: 'requests buy {"price":"<script>"}', atMs: 11 },
  { type: "acknowledged", machine: from, operation: "<b>", atMs: 12 },
  { type: "status", machine: from, pending: 1, sequences: { s: 0 }, atMs: 12 },
  { ...sent, sentMs: 20, arrivedMs: 400, fate: "cut", atMs: 400 },
  { type: "fault", fault: { id: "p", type: "partition", devices: [0], forMs: 100, atMs: 300 }, atMs: 300 },
  { ...sent, sentMs: 500, arrivedMs: 600, fate: "arrived", atMs: 600 },
  { type: "death", machine: from, power: true, diskOperation: 3, downMs: 40, atMs: 610 },
  { type: "start", machine: from, atMs: 650 },
  { ...sent, sender: to, receiver: from, says: "pushed up to 1", sentMs: 650, arrivedMs: 700, fate: "arrived", atMs: 700 },
  { type: "answered", machine: from, operation: "<b>", status: "confirmed", code: "", atMs: 700 },
  { type: "head", space: "s", sequence: 1, atMs: 700 },
  { type: "status", machine: from, pending: 0, sequences: { s: 1 }, atMs: 700 },
  { type: "conflict", machine: from, place: "s/c/r/f/", loser: "a", winner: "b", atMs: 800 },
  { type: "conflict", machine: "device-1", place: "s/c/r/f/", loser: "a", winner: "b", atMs: 900 },
  { type: "status", machine: "device-1", pending: 0, sequences: { s: 1 }, atMs: 1_012 },
  { type: "failure", checker: "invariant", detail: "below <zero>", atMs: 1_012 },
];
const failures = [{ checker: "invariant", detail: "below <zero>", atMs: 1_012 }];
const small = { plan, failures, length: 1, conversation: ["It was <so>."], events };
const failed: FailingSeed = { number: 1, seed: 7, plan: { ...plan, operations: [operation, operation] }, failures, small };

function resultOf(failing: readonly FailingSeed[]): SimulateAppResult {
  const figures = createFigures();
  const recorder = createRecorder(() => "s");
  for (const event of events) recorder.observe(event);
  const counts = { faults: { "die-twice": 3 }, points: { "a conflict on <register>": 2 } };
  const result = { plan, hash: "", failures, virtualMs: 1_012, events: 9, tried: 1, acknowledged: 1, ...counts, cpuMs: 5 };
  addFigures(figures, { ...result, measurements: recorder.measure(1_012) });
  const totals = { ...createTotals(), runs: 3, failed: failing.length, virtualMs: 3_000, acknowledged: 1 };
  totals.faults.set("die-twice", 3);
  totals.points.set("a conflict on <register>", 2);
  return { totals, figures, failing, realMs: 100 };
}

describe("a report", () => {
  const source = { modules: ["app/<schema>.ts"], devices: 2, faults: undefined, replays: new Map([["7", "holdfast simulate --start 7"]]) };

  it("[SIM70] is one page with everything on it, which fetches nothing, runs nothing and escapes what is the app's", () => {
    const page = composeReport({ ...source, result: resultOf([failed]) });
    expect(page).not.toMatch(/<script|<link|src=|url\(|@import|https?:\/\/(?!www\.w3\.org)|NaN|undefined|Infinity/);
    expect(page).not.toMatch(/<zero>|<b>"|<so>|<register>|<schema>/);
    for (const part of [
      "1 of 3 seeds failed",
      "below &lt;zero&gt;",
      "1 of 2 operations and faults are left",
      "holdfast simulate --start 7",
    ])
      expect(page).toContain(part);
    for (const part of [
      "Everywhere after",
      "Bytes an operation, up",
      "Conflicts in 1,000 operations",
      "die twice",
      "were not: no seed went there",
    ])
      expect(page).toContain(part);
    expect(page.match(/<i( class="bad")?><\/i>/g)).toHaveLength(3);
    expect(page.match(/<svg/g)?.length).toBeGreaterThan(3);
    expect(page).toMatch(/light-dark\(|prefers-color-scheme/);
  });

  it("[SIM70] of a run in which everything held says so, and has no failure to show", () => {
    const page = composeReport({ ...source, result: resultOf([]) });
    expect(page).toContain("Everything held, in all 3 seeds.");
    expect(page).not.toContain("What went wrong");
  });

  it("[SIM71] counts until the last device is as far as r0 was, and a conflict once", () => {
    const recorder = createRecorder(() => "s");
    for (const event of events) recorder.observe(event);
    const measured = recorder.measure(1_012);
    expect(measured).toMatchObject({ convergenceMs: [1_000], unfinished: 0, operations: 1, conflicts: 1, losers: 1 });
    expect(measured).toMatchObject({ bytesUp: 80, bytesDown: 40, messages: 3 });
    expect(Math.max(...measured.queueMax)).toBe(1);
    expect(measured.queueMean[20]).toBe(1);
    expect(measured.queueMean.at(-1)).toBe(0);
    const early = createRecorder(() => "s");
    for (const event of events.slice(0, -2)) early.observe(event);
    expect(early.measure(1_012)).toMatchObject({ convergenceMs: [], unfinished: 1 });
    expect([quantile([3, 1, 2], 0.5), quantile([3, 1, 2], 0.99), quantile([], 0.5)]).toEqual([2, 3, undefined]);
  });

  it("[SIM72] draws time downward, messages between their lanes, and those that never arrive in part", () => {
    const { placed, yOf, lanes } = placeRows(events);
    const rows = placed.flatMap(({ row, y }) => (row === undefined ? [] : [{ atMs: row.atMs, y }]));
    for (const [index, { atMs, y }] of rows.entries()) {
      expect(y).toBeGreaterThan(rows[index - 1]?.y ?? 0);
      expect(atMs).toBeGreaterThanOrEqual(rows[index - 1]?.atMs ?? 0);
    }
    expect(yOf(450)).toBeGreaterThan(yOf(400));
    expect(lanes.names).toEqual([from, to]);
    const svg = spaceTimeDiagram(events, failures);
    const [left, right] = [lanes.xOf(from), lanes.xOf(to)];
    expect(svg.match(/class="message"/g)).toHaveLength(2);
    expect(svg.match(/class="message lost"/g)).toHaveLength(1);
    expect(svg).toMatch(new RegExp(`class="message">.*?M${left} [\\d.]+L${right} `));
    expect(svg).not.toMatch(new RegExp(`class="message lost">.*?L${right} `));
    for (const mark of ["deed", "death", "band", "failure", "born", "down"]) expect(svg).toContain(`class="${mark}"`);
  });
});
