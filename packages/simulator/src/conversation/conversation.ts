/** A failing run as a conversation: who did what, what the network did, what was expected, and what was found. For people, not for programs. */
import type { App } from "../app/app.ts";
import type { SimulatedSqlite } from "../disk/load-sqlite.ts";
import type { Failure } from "../fleet.ts";
import type { NetworkConfig, Plan } from "../plan/plan.ts";
import { simulate } from "../simulate.ts";
import type { TraceEvent } from "../world/trace-event.ts";
import { eventToLine, type Line } from "./event-lines.ts";
import { expectationOf } from "./expectations.ts";
import { inWords, percent } from "./units.ts";

export interface ConversationOptions {
  readonly sqlite: SimulatedSqlite;
  readonly app?: App;
}

/** A run that goes on and on is told by its beginning and its end. */
const linesMax = 160;

/** Runs the plan once more, and listens. */
export async function tellConversation(plan: Plan, { sqlite, app }: ConversationOptions): Promise<readonly string[]> {
  const events: TraceEvent[] = [];
  const { failures } = await simulate(plan, { sqlite, ...(app !== undefined && { app }), observe: (event) => events.push(event) });
  return [...setting(plan), "", ...told(events), "", ...verdict(failures)];
}

function setting({ seed, config, operations, faults }: Plan): readonly string[] {
  const { devices, spaces, durationMs, network, limits } = config;
  const more = [weather(network), ...(Object.keys(limits).length > 0 ? [`Limits: ${JSON.stringify(limits)}.`] : [])];
  const { lyingSyncRate = 0 } = config;
  if (lyingSyncRate > 0) more.push(`Every device's disk lies: ${percent(lyingSyncRate)} of its fsyncs do nothing.`);
  return [
    `Seed ${seed}: ${count(operations.length, "operation")} and ${count(faults.length, "fault")} on ${count(devices, "device")} and ${count(spaces, "space")}, within ${inWords(durationMs)}.`,
    ...more,
  ];
}

function weather(network: NetworkConfig): string {
  const { delayMsMean, ...rates } = network;
  const bad = Object.entries(rates as Readonly<Record<string, number>>)
    .filter(([, rate]) => rate > 0)
    .map(
      ([name, rate]) =>
        `${name.replace(/Per([A-Z])(\w+)$/, (_, first: string, rest: string) => ` per ${first.toLowerCase()}${rest}`)} ${percent(rate)}`,
    );
  return `The network takes ${inWords(delayMsMean)} on average${bad.length === 0 ? "" : `; ${bad.join(", ")}`}.`;
}

function told(events: readonly TraceEvent[]): readonly string[] {
  const firstFailure = events.find(({ type }) => type === "failure");
  // A message is known of when its fate is: in the order of sending it reads as it was said.
  const lines = withoutRepetitions(
    events
      .filter((event) => event.type !== "failure" || event === firstFailure)
      .flatMap((event) => eventToLine(event) ?? [])
      .sort((one, other) => one.atMs - other.atMs),
  ).map(({ atMs, text }) => `${(atMs / 1_000).toFixed(3).padStart(10)} s  ${text}`);
  if (lines.length <= linesMax) return lines;
  const half = linesMax / 2;
  return [...lines.slice(0, half), `            … ${lines.length - linesMax} lines …`, ...lines.slice(-half)];
}

/** The same words again and again (a device that cannot connect) are said once, with how often. */
function withoutRepetitions(lines: readonly Line[]): readonly Line[] {
  const kept: { line: Line; times: number; lastMs: number }[] = [];
  for (const line of lines) {
    const last = kept.at(-1);
    if (last?.line.text === line.text) {
      last.times++;
      last.lastMs = line.atMs;
    } else kept.push({ line, times: 1, lastMs: line.atMs });
  }
  return kept.map(({ line, times, lastMs }) =>
    times === 1 ? line : { ...line, text: `${line.text} (${times} times, until ${(lastMs / 1_000).toFixed(3)} s)` },
  );
}

function verdict(failures: readonly Failure[]): readonly string[] {
  if (failures.length === 0) return ["Nothing is wrong."];
  return [...new Set(failures.map(({ checker }) => checker))].flatMap((checker) => [
    `Expected: ${expectationOf(checker)}`,
    ...failures.filter((failure) => failure.checker === checker).map(({ detail }) => `Found:    ${detail}`),
  ]);
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? "" : "s"}`;
}
