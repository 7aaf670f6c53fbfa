/** What a run over many seeds has seen, as one HTML page that needs nothing else: figures, pictures, and each failure told and drawn. */
import type { FailingSeed, SimulateAppResult } from "../app/simulate-app.ts";
import { expectationOf } from "../conversation/expectations.ts";
import type { Plan } from "../plan/plan.ts";
import { appPoints } from "../points/points.ts";
import { quantile } from "./figures.ts";
import { durationHistogram, histogramStyle } from "./histogram.ts";
import { escapeText, lineChart, lineChartStyle } from "./line-chart.ts";
import { queueParts } from "./measurements.ts";
import { spaceTimeDiagram } from "./space-time.ts";
import { spaceTimeKey } from "./space-time-key.ts";
import { reportStyle } from "./style.ts";
import { duration, whole } from "./words.ts";

export interface ReportSource {
  readonly result: SimulateAppResult;
  /** Of the app, as they were named. */
  readonly modules: readonly string[];
  readonly devices: number;
  /** Undefined: all. */
  readonly faults: readonly string[] | undefined;
  /** By seed, the command that runs it again. */
  readonly replays: ReadonlyMap<string, string>;
  /** Further sections, as HTML. */
  readonly more?: readonly string[];
}

/** More squares than these say nothing that the figure does not. */
const squaresMax = 2_000;

export function composeReport(source: ReportSource): string {
  const { result, modules, replays, more = [] } = source;
  const failing = result.failing.filter(({ small }) => small !== undefined);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Simulation of ${escapeText(modules[0] ?? "an app")}</title>
<style>${lineChartStyle}${histogramStyle}${reportStyle}</style></head><body>
<header><h1>Simulation of ${modules.map((path) => `<code>${escapeText(path)}</code>`).join(", ")}</h1>
<p class="faint">${setting(source)}</p></header>
<main>
${verdict(result)}
${failing.length === 0 ? "" : `<section><h2>What went wrong</h2>${spaceTimeKey}${failing.map((each) => tellFailing(each, replays)).join("\n")}</section>`}
${notMadeSmall(result.failing, replays)}
<section><h2>Figures</h2>${tiles(result)}<div class="charts">${charts(result)}</div></section>
<section><h2>Faults that struck</h2>${bars(result.totals.faults)}</section>
<section><h2>States reached</h2>${states(result.totals.points)}</section>
${more.join("\n")}
</main></body></html>
`;
}

function setting({ result, devices, faults }: ReportSource): string {
  const { virtualMs, acknowledged } = result.totals;
  const kinds = faults === undefined ? "all kinds of faults" : faults.length === 0 ? "no faults" : `faults: ${faults.join(", ")}`;
  return `${whole(result.totals.runs)} seeds of ${devices} devices, ${escapeText(kinds)}; ${whole(acknowledged)} operations in ${duration(virtualMs)} of virtual time, ${duration(result.realMs)} of real time.`;
}

function verdict({ totals, failing }: SimulateAppResult): string {
  const { runs, failed } = totals;
  const seeds = runs <= squaresMax ? squares(runs, failing) : "";
  if (failed === 0)
    return `<section class="verdict good"><strong>Everything held, in all ${whole(runs)} seeds.</strong><p>Nothing acknowledged was lost or doubled, all devices agreed with the server in the end, and every invariant held.</p></section>${seeds}`;
  const checkers = [...new Set(failing.flatMap(({ failures }) => failures.map(({ checker }) => checker)))];
  const broken = checkers.map((checker) => `<li>${escapeText(expectationOf(checker))}</li>`).join("");
  return `<section class="verdict bad"><strong>${whole(failed)} of ${whole(runs)} seeds failed.</strong><p>What did not hold:</p><ul>${broken}</ul></section>${seeds}`;
}

function squares(runs: number, failing: readonly FailingSeed[]): string {
  const first = failing[0]?.seed;
  const failed = new Set(failing.map(({ number }) => number));
  const all = Array.from({ length: runs }, (_, number) => (failed.has(number) ? '<i class="bad"></i>' : "<i></i>")).join("");
  const text = first === undefined ? "every seed has passed" : `failed: ${failing.map(({ seed }) => seed).join(", ")}`;
  return `<div class="seeds" role="img" aria-label="One square a seed; ${escapeText(text)}">${all}</div>`;
}

function tellFailing({ seed, plan, failures, small }: FailingSeed, replays: ReadonlyMap<string, string>): string {
  if (small === undefined) return "";
  const before = plan.operations.length + plan.faults.length;
  const [first] = small.failures.length > 0 ? small.failures : failures;
  const shrunk = before > small.length ? `, made small: ${small.length} of ${before} operations and faults are left` : "";
  return `<article class="failing" id="seed-${escapeText(String(seed))}"><h3>Seed ${escapeText(String(seed))}${shrunk}</h3>
<p class="bad">${escapeText(first?.detail ?? "")}</p>
<p class="faint">Expected: ${escapeText(expectationOf(first?.checker ?? ""))}</p>
<p>${escapeText(circumstances(small.plan))}</p>
${spaceTimeDiagram(small.events, small.failures)}
${replay(replays.get(String(seed)))}
<details><summary>The whole conversation</summary><pre>${escapeText(small.conversation.join("\n"))}</pre></details></article>`;
}

/** What the picture does not show. */
function circumstances({ config, faults }: Plan): string {
  const { devices, server, network, lost = [] } = config;
  const instances = server?.instances ?? 1;
  const { delayMsMean, ...rates } = network;
  const isCalm = Object.values(rates).every((rate) => rate === 0);
  return [
    `${devices === 1 ? "One device" : `${devices} devices`}, and a server of ${instances <= 1 ? "one process" : `${instances} processes over one store`}.`,
    `Messages take ${duration(delayMsMean)} on average${isCalm ? "" : ", and links fail now and then"}.`,
    ...(faults.length === 0 ? ["No other fault is needed."] : []),
    ...(lost.length > 0 ? [`${lost.length === 1 ? "One device never comes" : `${lost.length} devices never come`} back.`] : []),
  ].join(" ");
}

function replay(command: string | undefined): string {
  return command === undefined ? "" : `<p>Run it again:</p><pre>${escapeText(command)}</pre>`;
}

function notMadeSmall(failing: readonly FailingSeed[], replays: ReadonlyMap<string, string>): string {
  const rest = failing.filter(({ small }) => small === undefined);
  if (rest.length === 0) return "";
  const items = rest.map(({ seed, failures }) => `<li>Seed ${escapeText(String(seed))}: ${escapeText(failures[0]?.detail ?? "")}</li>`);
  return `<section><h2>Further seeds that failed</h2><details><summary>${whole(rest.length)} seeds</summary><ul>${items.join("")}</ul></details>${replay(replays.get(String(rest[0]?.seed)))}</section>`;
}

function tiles({ totals, figures, realMs }: SimulateAppResult): string {
  const { operations, bytesUp, bytesDown, conflicts, losers, convergenceMs } = figures;
  const each = (amount: number): string => (operations === 0 ? "–" : whole(amount / operations));
  const perThousand = (amount: number): string => (operations === 0 ? "–" : String(Number(((amount * 1_000) / operations).toPrecision(3))));
  const cpuSeconds = totals.cpuMs / 1_000;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => duration(quantile(convergenceMs, share)));
  const shown: readonly (readonly [string, string, string])[] = [
    ["Everywhere after", p50 ?? "–", `p95 ${p95}, p99 ${p99}; with all the faults`],
    ["Bytes an operation, up", each(bytesUp), "with everything around it"],
    ["Bytes an operation, down", each(bytesDown), "to all devices together"],
    ["Conflicts in 1,000 operations", perThousand(conflicts), `${perThousand(losers)} values lost to another`],
    ["Longest queue", whole(Math.max(0, ...figures.queueMax)), "operations pending, on all devices of a run"],
    [
      "Times real time",
      whole(totals.virtualMs / Math.max(1, realMs)),
      `${whole(totals.tried / Math.max(0.001, cpuSeconds))} operations a second of one core`,
    ],
  ];
  return `<dl class="tiles">${shown.map(([name, value, note]) => `<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`).join("")}</dl>`;
}

function charts({ figures }: SimulateAppResult): string {
  const { convergenceMs, queueMean, queueMax, runs } = figures;
  const share = (part: number): number => Math.round(((part + 0.5) * 1_000) / queueParts) / 10;
  const marks = [0.5, 0.95, 0.99].map((each) => ({ name: `p${each * 100}`, value: quantile(convergenceMs, each) ?? 0 }));
  const queue = lineChart({
    title: "Pending operations over a run",
    description: "All devices together: the mean of all runs, and the most that any of them had.",
    x: { label: "percent of the run, with the peace at its end", min: 0, max: 100 },
    y: { label: "operations" },
    series: [
      { name: "mean of the runs", points: queueMean.map((sum, part) => [share(part), sum / Math.max(1, runs)]) },
      { name: "the longest of any", points: queueMax.map((most, part) => [share(part), most]), dashed: true },
    ],
    width: 520,
    height: 260,
  });
  const histogram =
    convergenceMs.length === 0 ? "" : `<figure>${durationHistogram("Until every device has a write", convergenceMs, marks)}</figure>`;
  return `${histogram}<figure>${queue}</figure>`;
}

function bars(counts: ReadonlyMap<string, number>): string {
  if (counts.size === 0) return "<p>None.</p>";
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  const most = sorted[0]?.[1] ?? 1;
  // By the root: else the rare ones, which matter as much, are not seen.
  const rows = sorted.map(
    ([name, count]) =>
      `<dt>${escapeText(name.replaceAll("-", " "))}</dt><dd class="bar"><i style="width:${(100 * Math.sqrt(count / most)).toFixed(1)}%"></i></dd><dd class="n">${whole(count)}</dd>`,
  );
  return `<dl class="bars">${rows.join("")}</dl><p class="faint">The length of a bar is the root of the number.</p>`;
}

function states(reached: ReadonlyMap<string, number>): string {
  const list = [...reached].sort(([one], [other]) => (one < other ? -1 : 1));
  const missed = appPoints.filter((point) => !reached.has(point));
  const seen = list.map(([name, count]) => `<li>${escapeText(name)} <b>${whole(count)}</b></li>`).join("");
  return `<details open><summary>${whole(list.length)} interesting states were reached, so often</summary><ul class="states">${seen}</ul></details>
<details><summary>${whole(missed.length)} were not: no seed went there, or the app has no place for them</summary><ul class="states">${missed.map((point) => `<li>${escapeText(point)}</li>`).join("")}</ul></details>`;
}
