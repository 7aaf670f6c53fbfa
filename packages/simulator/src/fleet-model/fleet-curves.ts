/** The study's curves, and all of them in one SVG that stands alone. */
import { escapeText, lineChart, lineChartStyle } from "../report/line-chart.ts";
import { count, seconds } from "./fleet-tables.ts";
import { curvesOf, nameOf, type FleetStudy } from "./fleet-study.ts";
import type { FleetReport, FleetSeries } from "./run-fleet-model.ts";

const size = { width: 560, height: 270 };
const gap = 24;

/** Each kind of retries in a picture of its own, all with the same axes: over each other nothing could be read. */
export function returnCurves(study: FleetStudy): readonly string[] {
  return curvesOf(study).map(({ config, atReturn, afterwards, recovery }) => {
    const points = (rates: readonly number[]): Points =>
      rates.map((rate, step) => [(atReturn.fromMs + step * atReturn.stepMs) / 1_000, rate] as const);
    const [from, to] = [atReturn.fromMs / 1_000, (atReturn.fromMs + atReturn.requestsPerSecond.length * atReturn.stepMs) / 1_000];
    return lineChart({
      ...size,
      title: `Around the return: ${nameOf(config)}`,
      description: `The rate of requests of ${count(config.clients)} clients. After the outage at most ${count(afterwards.peak.perSecond)} in a second; all are synced after ${seconds(recovery.allMs)}.`,
      x: { label: "seconds since the server is there again", min: from, max: to },
      y: { label: "requests a second", scale: "log", min: 100, max: 10 ** Math.ceil(Math.log10(config.clients * 6)) },
      series: [
        { name: "sent", points: points(atReturn.requestsPerSecond) },
        { name: "synced", points: points(atReturn.syncedPerSecond).filter(([x]) => x >= 0), colour: 2 },
        { name: "capacity", points: level(config.server.requestsPerSecond, from, to), dashed: true, colour: 1 },
        { name: "N/window", points: level(afterwards.expected.perWindow, from, to), dashed: true, colour: 5 },
      ],
    });
  });
}

/** From the beginning of the outage: how a fleet falls out of step, or does not. */
export function wholeCurves(study: FleetStudy): readonly string[] {
  const reports = curvesOf(study).filter(({ config }) => config.strategy === "exponential" || config.breaker !== undefined);
  const end = Math.max(...reports.map(endOf));
  return reports.map(({ config, series, afterwards }) =>
    lineChart({
      ...size,
      title: `The whole run: ${nameOf(config)}`,
      description: `Requests a second of ${count(config.clients)} clients from the beginning of the outage, in the busiest second of each step.`,
      x: { label: "seconds since the outage began", max: end },
      y: { label: "requests a second", scale: "log", min: 100, max: 10 ** Math.ceil(Math.log10(config.clients * 6)) },
      series: [
        { name: "sent", points: pointsOf(series, series.requestsPerSecond) },
        { name: "synced", points: pointsOf(series, series.syncedPerSecond).filter(([x]) => x >= config.outageMs / 1_000), colour: 2 },
        { name: "capacity", points: level(config.server.requestsPerSecond, 0, end), dashed: true, colour: 1 },
        { name: "N/window", points: level(afterwards.expected.perWindow, 0, end), dashed: true, colour: 5 },
      ],
    }),
  );
}

export function recoveryCurves(study: FleetStudy): string {
  return lineChart({
    ...size,
    title: "Synced, by retries",
    description: "The share of the clients that are synced, since the server is there again.",
    x: { label: "seconds since the server is there again", min: 0 },
    y: { label: "clients synced, %", max: 100 },
    series: curvesOf(study).map(({ config, series }) => ({
      name: nameOf(config),
      dashed: config.breaker !== undefined,
      points: pointsOf(series, series.syncedShare)
        .map(([x, share]) => [x - config.outageMs / 1_000 + series.stepMs / 1_000, 100 * share] as const)
        .filter(([x]) => x >= 0),
    })),
  });
}

/** Measured against the paper's N/window and against N/mean sleep. */
export function outageCurves({ outages }: FleetStudy): string {
  const points = (value: (report: FleetReport) => number): Points =>
    outages.filter(({ config }) => config.outageMs > 0).map((report) => [report.config.outageMs / 1_000, value(report)] as const);
  return lineChart({
    ...size,
    title: "The engine's peak, by length of the outage",
    description: "The busiest second after an outage, measured and expected.",
    x: { label: "length of the outage, seconds", scale: "log", min: 1, max: 1_000 },
    y: {
      label: "requests a second",
      scale: "log",
      min: 10 ** Math.floor(Math.log10(Math.min(...outages.map(({ afterwards }) => afterwards.expected.perWindow)))),
    },
    series: [
      { name: "measured", points: points(({ afterwards }) => afterwards.peak.perSecond) },
      { name: "N/mean sleep", points: points(({ afterwards }) => afterwards.expected.perSecond), dashed: true, colour: 1 },
      { name: "N/window", points: points(({ afterwards }) => afterwards.expected.perWindow), dashed: true, colour: 5 },
    ],
  });
}

export function pokeCurves({ pokes }: FleetStudy): string {
  const storms = pokes.flatMap(({ config, series }) => (series === undefined ? [] : [{ config, series }]));
  const [first] = storms;
  return lineChart({
    ...size,
    title: "A change too large for its poke",
    description: "Requests a second after one write that all clients must ask for.",
    x: { label: "seconds since the write" },
    y: { label: "requests a second", scale: "log", min: 100 },
    series: [
      ...storms.map(({ config, series }, index) => ({
        name: config.withinMs === 0 ? "at once" : `within ${seconds(config.withinMs)}`,
        points: pointsOf(series, series.requestsPerSecond),
        colour: [0, 3, 2][index] ?? index,
      })),
      {
        name: "capacity",
        points: level(first?.config.fleet.server.requestsPerSecond ?? 0, 0, Math.max(...storms.map(({ series }) => endOf({ series })))),
        dashed: true,
        colour: 1,
      },
    ],
  });
}

function chartsOf(study: FleetStudy): readonly string[] {
  return [...returnCurves(study), recoveryCurves(study), ...wholeCurves(study), outageCurves(study), pokeCurves(study)];
}

export function curvesSvg(study: FleetStudy): string {
  const charts = chartsOf(study);
  const placed = charts.map((chart, index) => {
    const [x, y] = [(index % 2) * (size.width + gap) + gap, Math.floor(index / 2) * (size.height + gap) + gap];
    return chart.replace("<svg ", `<svg x="${x}" y="${y}" `);
  });
  const [width, height] = [2 * size.width + 3 * gap, Math.ceil(charts.length / 2) * (size.height + gap) + gap];
  const { clients, outageMs } = study.options;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" class="line-chart" role="img">
<title>${escapeText(`${count(clients)} clients after an outage of ${seconds(outageMs)}`)}</title>
<style>${lineChartStyle}</style><rect width="100%" height="100%" fill="var(--paper)"/>
${placed.join("\n")}
</svg>
`;
}

type Points = readonly (readonly [x: number, y: number])[];

function pointsOf(series: FleetSeries, values: readonly number[]): Points {
  return values.map((value, step) => [(step * series.stepMs) / 1_000, value] as const);
}

function level(value: number, from: number, to: number): Points {
  return [
    [from, value],
    [to, value],
  ];
}

function endOf({ series }: { readonly series: FleetSeries }): number {
  return (series.syncedShare.length * series.stepMs) / 1_000;
}
