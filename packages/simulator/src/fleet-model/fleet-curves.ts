/** The study's curves, and all of them in one SVG that stands alone. */
import { escapeText, lineChart, lineChartStyle } from "../report/line-chart.ts";
import { count, seconds } from "./fleet-tables.ts";
import { curvesOf, nameOf, type FleetStudy } from "./fleet-study.ts";
import type { FleetReport, FleetSeries } from "./run-fleet-model.ts";

const size = { width: 560, height: 270 };
const gap = 24;

/** Each strategy's requests in a picture of its own, all with the same axes: over each other nothing could be read. */
export function requestCurves(study: FleetStudy): readonly string[] {
  const reports = curvesOf(study);
  const endSeconds = Math.max(...reports.map(endOf));
  return reports.map((report) => {
    const { config, series, afterwards } = report;
    const { requestsPerSecond } = config.server;
    return lineChart({
      ...size,
      title: nameOf(config),
      description: `Requests a second of ${count(config.clients)} clients. After the outage at most ${count(afterwards.peak.perSecond)}; all are synced after ${seconds(report.recovery.allMs)}.`,
      x: { label: "seconds since the outage began", max: endSeconds },
      y: { label: "requests a second", scale: "log", min: 100, max: 10 ** Math.ceil(Math.log10(config.clients * 1.6)) },
      series: [
        { name: "sent", points: pointsOf(series, series.requestsPerSecond) },
        { name: "synced", points: pointsOf(series, series.syncedPerSecond).filter(([, y]) => y > 0), colour: 2 },
        { name: "capacity", points: level(requestsPerSecond, endSeconds), dashed: true, colour: 1 },
        { name: "N/window", points: level(afterwards.expected.perWindow, endSeconds), dashed: true, colour: 5 },
      ],
    });
  });
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
      points: pointsOf(series, series.syncedShare)
        .map(([x, share]) => [x - config.outageMs / 1_000 + series.stepMs / 1_000, 100 * share] as const)
        .filter(([x]) => x >= 0),
    })),
  });
}

/** Measured against the paper's N/window and against N/mean sleep. */
export function outageCurves({ outages }: FleetStudy): string {
  const points = (value: (report: FleetReport) => number): readonly (readonly [number, number])[] =>
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
        name: config.jitterMs === 0 ? "as the engine does" : `jitter ${seconds(config.jitterMs)}`,
        points: pointsOf(series, series.requestsPerSecond),
        colour: [0, 3, 2][index] ?? index,
      })),
      {
        name: "capacity",
        points: level(first?.config.fleet.server.requestsPerSecond ?? 0, Math.max(...storms.map(({ series }) => endOf({ series })))),
        dashed: true,
        colour: 1,
      },
    ],
  });
}

export function curvesSvg(study: FleetStudy): string {
  const charts = [...requestCurves(study), recoveryCurves(study), outageCurves(study), pokeCurves(study)];
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

function pointsOf(series: FleetSeries, values: readonly number[]): readonly (readonly [number, number])[] {
  return values.map((value, step) => [(step * series.stepMs) / 1_000, value] as const);
}

function level(value: number, endSeconds: number): readonly (readonly [number, number])[] {
  return [
    [0, value],
    [endSeconds, value],
  ];
}

function endOf({ series }: { readonly series: FleetSeries }): number {
  return (series.syncedShare.length * series.stepMs) / 1_000;
}
