/** The study as tables of text: rows for a terminal, a guide and a page alike. */
import { nameOf, type FleetStudy } from "./fleet-study.ts";
import type { FleetReport } from "./run-fleet-model.ts";
import type { PokeStormReport } from "./run-poke-storm.ts";

export interface TextTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function tablesOf(study: FleetStudy): readonly TextTable[] {
  const { clients, outageMs } = study.options;
  const { server } = study.strategies[0]?.config ?? { server: undefined };
  const fleet = `${count(clients)} clients`;
  return [
    {
      title: `${fleet}, all cut off for ${seconds(outageMs)}; a server of ${count(server?.requestsPerSecond ?? 0)} requests/s`,
      columns: ["retries", "Retry-After", "breaker", "peak/s", "peak/100 ms", ...comingBackColumns, "in outage"],
      rows: study.strategies.map(strategyRow),
    },
    {
      title: `${fleet} of the engine's own (full jitter, Retry-After, breaker), after outages of other lengths`,
      columns: ["outage", "back within", "first second", "peak/s after", "window reached", ...comingBackColumns],
      rows: study.outages.map(outageRow),
    },
    {
      title: `One write to a space that ${count(clients)} follow`,
      columns: ["change", "within", "requests", "peak/s", "expected", "sessions lost", "half told", "99 %", "all"],
      rows: study.pokes.map(pokeRow),
    },
  ];
}

export function renderTable({ title, columns, rows }: TextTable): string {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => (row[index] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")}`.trimEnd();
  return [`\n${title}`, line(columns), line(widths.map((width) => "─".repeat(width))), ...rows.map(line), ""].join("\n");
}

export function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

export function seconds(ms: number | undefined): string {
  if (ms === undefined) return "never";
  return ms > 0 && ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${count(ms / 1_000)} s`;
}

function strategyRow(report: FleetReport): readonly string[] {
  const { config, wastedPerClient } = report;
  const { peak } = report.afterwards;
  return [
    nameOf({ ...config, breaker: undefined }),
    config.retryAfter,
    config.breaker === undefined ? "no" : "yes",
    count(peak.perSecond),
    count(peak.per100Ms),
    ...comingBackCells(report),
    wastedPerClient.inOutage.toFixed(1),
  ];
}

function outageRow(report: FleetReport): readonly string[] {
  const { config, inOutage } = report;
  const { expected, peak } = report.afterwards;
  const first = config.outageMs === 0 ? peak : inOutage.peak;
  return [
    seconds(config.outageMs),
    windowOf(config.reconnectWithinMs),
    count(first.perSecond),
    count(peak.perSecond),
    seconds(expected.windowMs),
    ...comingBackCells(report),
  ];
}

/** What a fleet's coming back is measured by. */
const comingBackColumns = ["N/window", "ratio", "expected", "ratio", "99 %", "all", "wasted"];

function comingBackCells({ afterwards, recovery, wastedPerClient }: FleetReport): readonly string[] {
  const { expected, overWindow, overExpected } = afterwards;
  return [
    count(expected.perWindow),
    ratio(overWindow),
    count(expected.perSecond),
    ratio(overExpected),
    seconds(recovery.p99Ms),
    seconds(recovery.allMs),
    wastedPerClient.afterwards.toFixed(2),
  ];
}

function pokeRow({ config, isCarried, requests, peak, expectedPerSecond, sessionsLost, told }: PokeStormReport): readonly string[] {
  return [
    isCarried ? "in the poke" : "too large",
    windowOf(config.withinMs),
    count(requests),
    count(peak.perSecond),
    count(expectedPerSecond),
    count(sessionsLost),
    seconds(told.halfMs),
    seconds(told.p99Ms),
    seconds(told.allMs),
  ];
}

/** What r0 has said. */
function windowOf(withinMs: number): string {
  return withinMs === 0 ? "–" : seconds(withinMs);
}

function ratio(value: number): string {
  return value.toFixed(2);
}
