/**
 * A line chart as one SVG string: a pure function of its series, without a script and without anything fetched. Colours are CSS variables
 * (`lineChartStyle`), so that the same picture is right on light and on dark. A chart library would bring a document model for what are some
 * lines and two axes.
 */
export interface LineChart {
  readonly title: string;
  /** What a reader who does not see it should know. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly LineSeries[];
  /** Of the drawing, in its own units (CSS pixels at full size). */
  readonly width?: number;
  readonly height?: number;
}

export interface Axis {
  /** With its unit: "seconds since the outage began". */
  readonly label: string;
  readonly scale?: "linear" | "log";
  /** Where the values do not say. A log axis begins at 1 unless told otherwise, and shows less as that. */
  readonly min?: number;
  readonly max?: number;
}

export interface LineSeries {
  readonly name: string;
  /** By rising x. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** A bound or an expectation rather than a measurement. */
  readonly dashed?: boolean;
  /** Which of the six colours; by position if it is not said. */
  readonly colour?: number;
}

/** Six colours that differ for most kinds of colour vision, in a light and a dark set. Once a page, or inside an SVG that stands alone. */
export const lineChartStyle = `
.line-chart{--ink:#1f2328;--faint:#656d76;--grid:#d8dee4;--paper:#fff;--c0:#0969da;--c1:#cf5a00;--c2:#1a7f37;--c3:#a02c8d;--c4:#00838f;--c5:#57606a;
font:12px system-ui,sans-serif;max-width:100%;height:auto}
@media (prefers-color-scheme:dark){.line-chart{--ink:#e6edf3;--faint:#9da7b3;--grid:#343b44;--paper:#0d1117;--c0:#58a6ff;--c1:#f0883e;--c2:#3fb950;
--c3:#db7fd0;--c4:#4dd0e1;--c5:#9da7b3}}
.line-chart text{fill:var(--faint)}.line-chart .title{fill:var(--ink);font-size:14px;font-weight:600}.line-chart .legend{fill:var(--ink)}
.line-chart .grid{stroke:var(--grid);fill:none}.line-chart .line{fill:none;stroke-width:1.6;stroke-linejoin:round}.line-chart .dashed{stroke-dasharray:6 4}
${[0, 1, 2, 3, 4, 5].map((n) => `.line-chart .c${n}{stroke:var(--c${n})}`).join("")}`;

const margin = { left: 64, right: 16, bottom: 42 };
/** Of the 12 px font, rounded up, since no font can be measured here. */
const characterWidth = 6.8;
const legendLineHeight = 18;

export function lineChart(chart: LineChart): string {
  const { width = 720, height = 300 } = chart;
  const legend = placeLegend(chart.series, width);
  const top = 34 + legend.lines * legendLineHeight;
  const all = chart.series.flatMap(({ points }) => points);
  const xScale = createScale(
    chart.x,
    all.map(([x]) => x),
    [margin.left, width - margin.right],
  );
  const yScale = createScale(
    chart.y,
    all.map(([, y]) => y),
    [height - margin.bottom, top],
  );
  const lines = chart.series.map(({ points, dashed = false, colour }, index) => {
    const path = points.map(([x, y], at) => `${at === 0 ? "M" : "L"}${xScale.at(x).toFixed(1)} ${yScale.at(y).toFixed(1)}`).join("");
    return `<path class="line c${(colour ?? index) % 6}${dashed ? " dashed" : ""}" d="${path}"/>`;
  });
  const xTicks = xScale.ticks.map(
    (value) =>
      `<text x="${xScale.at(value).toFixed(1)}" y="${height - margin.bottom + 17}" text-anchor="middle">${shortNumber(value)}</text>`,
  );
  const yTicks = yScale.ticks.map((value) => {
    const y = yScale.at(value).toFixed(1);
    return `<path class="grid" d="M${margin.left} ${y}H${width - margin.right}"/><text x="${margin.left - 8}" y="${y}" dy="4" text-anchor="end">${shortNumber(value)}</text>`;
  });
  const middle = (top + height - margin.bottom) / 2;
  return `<svg class="line-chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeText(chart.title)}</title><desc>${escapeText(chart.description)}</desc><text class="title" x="0" y="16">${escapeText(chart.title)}</text>
${legend.svg}${yTicks.join("")}${xTicks.join("")}
<text x="${(margin.left + width - margin.right) / 2}" y="${height - 6}" text-anchor="middle">${escapeText(chart.x.label)}</text>
<text transform="translate(13 ${middle}) rotate(-90)" text-anchor="middle">${escapeText(chart.y.label)}</text>
${lines.join("\n")}
</svg>`;
}

/** 16,667 → "16.7k": axis labels have room for five characters. */
export function shortNumber(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6) return `${trim(value / 1e6)}M`;
  if (magnitude >= 1e4) return `${trim(value / 1e3)}k`;
  return trim(value);
}

export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character] as string);
}

interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

function createScale(axis: Axis, values: readonly number[], [from, to]: readonly [number, number]): Scale {
  const isLog = axis.scale === "log";
  const lowest = axis.min ?? (isLog ? 1 : values.reduce((low, value) => Math.min(low, value), 0));
  const highest = axis.max ?? values.reduce((high, value) => Math.max(high, value), lowest);
  const map = (value: number): number => (isLog ? Math.log10(Math.max(value, lowest)) : value);
  const ticks = isLog ? decades(lowest, highest) : roundSteps(lowest, highest, Math.abs(to - from) / 60);
  const bottom = map(lowest);
  // Up to the next tick, so that a value that is only just above one does not leave the picture.
  const top = axis.max === undefined ? Math.max(map(highest), map(ticks.at(-1) ?? highest)) : map(highest);
  const span = top - bottom || 1;
  return { at: (value) => from + ((map(value) - bottom) / span) * (to - from), ticks: ticks.filter((tick) => map(tick) <= top + 1e-9) };
}

function roundSteps(lowest: number, highest: number, countMax: number): readonly number[] {
  const raw = (highest - lowest || 1) / Math.max(2, Math.min(8, countMax));
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5].find((factor) => factor * power >= raw) ?? 10) * power;
  const first = Math.ceil(lowest / step - 1e-9);
  return Array.from({ length: Math.ceil(highest / step - 1e-9) - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

function decades(lowest: number, highest: number): readonly number[] {
  const first = Math.ceil(Math.log10(lowest) - 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(highest, lowest)) - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

function placeLegend(series: readonly LineSeries[], width: number): { readonly svg: string; readonly lines: number } {
  const entries: string[] = [];
  let [x, line] = [0, 0];
  for (const [index, { name, dashed = false, colour }] of series.entries()) {
    const entryWidth = 30 + name.length * characterWidth + 16;
    if (x > 0 && x + entryWidth > width) [x, line] = [0, line + 1];
    const y = 34 + line * legendLineHeight;
    entries.push(
      `<path class="line c${(colour ?? index) % 6}${dashed ? " dashed" : ""}" d="M${x} ${y - 4}h22"/><text class="legend" x="${x + 28}" y="${y}">${escapeText(name)}</text>`,
    );
    x += entryWidth;
  }
  return { svg: entries.join(""), lines: line + 1 };
}

function trim(value: number): string {
  return String(Number(value.toPrecision(3)));
}
