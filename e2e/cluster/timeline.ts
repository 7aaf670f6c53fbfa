/** The picture of a run: what was done to the cluster, and what its devices saw of it. One self-contained SVG, light and dark. */
import type { Second } from "./fleet.ts";
import type { Struck } from "./strikes.ts";

export interface Timeline {
  readonly title: string;
  readonly summary: string;
  readonly seconds: readonly Second[];
  readonly struck: readonly Struck[];
  readonly wroteMs: number;
}

const width = 1_100;
const left = 80;
const right = 24;
const chartHeight = 110;
const chartGap = 54;
const strikesTop = 92;
const rowHeight = 22;

interface Line {
  readonly name: string;
  readonly color: string;
  readonly of: (second: Second) => number | undefined;
}

interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly logarithmic?: boolean;
  readonly lines: readonly Line[];
}

const charts: readonly Chart[] = [
  {
    title: "Transactions a second",
    unit: "",
    lines: [
      { name: "acknowledged on the device, durable there", color: "c0", of: ({ written }) => written },
      { name: "confirmed by r0, durable in PostgreSQL and its standby", color: "c2", of: ({ confirmed }) => confirmed },
    ],
  },
  {
    title: "Operations that wait on the devices",
    unit: "",
    lines: [{ name: "pending", color: "c1", of: ({ pending }) => pending }],
  },
  {
    title: "From the device's acknowledgement to r0's",
    unit: " ms",
    logarithmic: true,
    lines: [
      { name: "p50", color: "c2", of: ({ confirmMs }) => quantile(confirmMs, 0.5) },
      { name: "p99", color: "c3", of: ({ confirmMs }) => quantile(confirmMs, 0.99) },
    ],
  },
  { title: "Devices with a connection", unit: "", lines: [{ name: "connected", color: "c4", of: ({ connected }) => connected }] },
];

const rows: readonly (readonly [Struck["on"], string])[] = [
  ["instances", "instances"],
  ["redis", "Redis"],
  ["postgres", "PostgreSQL"],
];

export function drawTimeline(timeline: Timeline): string {
  const { title, summary, seconds, struck, wroteMs } = timeline;
  const endMs = Math.max(seconds.at(-1)?.atMs ?? 1, wroteMs);
  const x = (atMs: number): number => left + ((width - left - right) * atMs) / endMs;
  const chartsTop = strikesTop + strikeRows(struck, x).length * rowHeight + 46;
  const height = chartsTop + charts.length * (chartHeight + chartGap) + 16;
  const bands = struck
    .map(({ fromMs, toMs }) => rectangle("band", x(fromMs), strikesTop - 12, Math.max(2, x(toMs) - x(fromMs)), height - strikesTop - 30))
    .join("");
  const parts = charts.map((chart, index) => drawChart(chart, seconds, x, chartsTop + index * (chartHeight + chartGap), endMs)).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" class="timeline" role="img">
<title>${escape(title)}</title><desc>${escape(summary)}</desc>
<style>
.timeline{--ink:#1f2328;--faint:#656d76;--grid:#d8dee4;--paper:#fff;--band:#ffebe9;--bar:#cf222e;--c0:#0969da;--c1:#cf5a00;--c2:#1a7f37;--c3:#a02c8d;--c4:#00838f;
font:12px system-ui,sans-serif;max-width:100%;height:auto}
@media (prefers-color-scheme:dark){.timeline{--ink:#e6edf3;--faint:#9da7b3;--grid:#343b44;--paper:#0d1117;--band:#3a1d20;--bar:#ff7b72;--c0:#58a6ff;--c1:#f0883e;--c2:#3fb950;--c3:#db7fd0;--c4:#4dd0e1}}
.timeline text{fill:var(--faint)}.timeline .title{fill:var(--ink);font-size:16px;font-weight:600}.timeline .heading{fill:var(--ink);font-weight:600}.timeline .legend{fill:var(--ink)}
.timeline .grid{stroke:var(--grid);fill:none}.timeline .peace{stroke:var(--faint);stroke-dasharray:4 4}.timeline .band{fill:var(--band)}.timeline .bar{fill:var(--bar)}
.timeline .line{fill:none;stroke-width:1.6;stroke-linejoin:round}.timeline .c0{stroke:var(--c0)}.timeline .c1{stroke:var(--c1)}.timeline .c2{stroke:var(--c2)}.timeline .c3{stroke:var(--c3)}.timeline .c4{stroke:var(--c4)}
</style><rect width="100%" height="100%" fill="var(--paper)"/>
<text class="title" x="24" y="32">${escape(title)}</text><text x="24" y="52">${escape(summary)}</text>
${bands}
${drawStrikes(struck, x)}
<path class="peace" d="M${x(wroteMs).toFixed(1)} ${strikesTop - 12}V${height - 40}"/><text x="${(x(wroteMs) - 4).toFixed(1)}" y="${strikesTop - 18}" text-anchor="end">the last write</text>
${parts}
</svg>
`;
}

/** What overlaps with its neighbour's words goes a row lower. */
function strikeRows(struck: readonly Struck[], x: (atMs: number) => number): readonly (readonly Struck[])[] {
  return rows.flatMap(([on]) => {
    const lines: { readonly strikes: Struck[]; endX: number }[] = [];
    for (const strike of struck.filter((each) => each.on === on)) {
      const endX = Math.max(x(strike.toMs), x(strike.fromMs) + 8) + 8 + strike.what.length * 6.2;
      const line = lines.find((each) => each.endX < x(strike.fromMs));
      if (line === undefined) lines.push({ strikes: [strike], endX });
      else {
        line.strikes.push(strike);
        line.endX = endX;
      }
    }
    return lines.map(({ strikes }) => strikes);
  });
}

function drawStrikes(struck: readonly Struck[], x: (atMs: number) => number): string {
  return strikeRows(struck, x)
    .map((strikes, row) =>
      strikes
        .map(({ what, fromMs, toMs }) => {
          const y = strikesTop + row * rowHeight;
          const barWidth = Math.max(3, x(toMs) - x(fromMs));
          // At the right edge the words stand before the bar.
          const isLate = x(fromMs) + barWidth + what.length * 6.2 > width - 10;
          const label = isLate
            ? `<text class="legend" x="${(x(fromMs) - 6).toFixed(1)}" y="${y + 10}" text-anchor="end">${escape(what)}</text>`
            : `<text class="legend" x="${(x(fromMs) + barWidth + 6).toFixed(1)}" y="${y + 10}">${escape(what)}</text>`;
          return rectangle("bar", x(fromMs), y, barWidth, 12) + label;
        })
        .join(""),
    )
    .join("\n");
}

function drawChart(
  { title, unit, logarithmic, lines }: Chart,
  seconds: readonly Second[],
  x: (ms: number) => number,
  top: number,
  endMs: number,
): string {
  const values = lines.flatMap(({ of }) => seconds.map(of)).filter((value) => value !== undefined);
  const most = Math.max(10, ...values);
  const bottom = top + chartHeight;
  const y = (value: number): number => {
    const share = logarithmic === true ? Math.log10(Math.max(1, value)) / Math.log10(most) : value / most;
    return bottom - share * chartHeight;
  };
  const ticks = logarithmic === true ? decades(most) : [0, niceStep(most), niceStep(most) * 2].filter((tick) => tick <= most);
  const grid = ticks
    .map(
      (tick) =>
        `<path class="grid" d="M${left} ${y(tick).toFixed(1)}H${width - right}"/><text x="${left - 8}" y="${y(tick).toFixed(1)}" dy="4" text-anchor="end">${tick.toLocaleString("en")}${unit}</text>`,
    )
    .join("");
  const stepMs = endMs > 90_000 ? 20_000 : 10_000;
  const times = Array.from({ length: Math.floor(endMs / stepMs) + 1 }, (_, index) => index * stepMs)
    .map((ms) => `<text x="${x(ms).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${ms / 1000} s</text>`)
    .join("");
  let legendX = left;
  const legends = lines
    .map(({ name, color }) => {
      const at = legendX + title.length * 7 + 24;
      legendX += name.length * 6.4 + 48;
      return `<path class="line ${color}" d="M${at} ${top - 14}h20"/><text class="legend" x="${at + 26}" y="${top - 10}">${escape(name)}</text>`;
    })
    .join("");
  const paths = lines
    .map(({ color, of }) => {
      let drawn = "";
      let isPen = false;
      for (const second of seconds) {
        const value = of(second);
        if (value !== undefined) drawn += `${isPen ? "L" : "M"}${x(second.atMs).toFixed(1)} ${y(value).toFixed(1)}`;
        isPen = value !== undefined;
      }
      return `<path class="line ${color}" d="${drawn}"/>`;
    })
    .join("");
  return `<text class="heading" x="${left}" y="${top - 10}">${escape(title)}</text>${legends}${grid}${times}${paths}`;
}

export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function niceStep(most: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(most / 2));
  return ([5, 2, 1].find((factor) => factor * magnitude <= most / 2) ?? 1) * magnitude;
}

function decades(most: number): readonly number[] {
  return Array.from({ length: Math.floor(Math.log10(most)) + 1 }, (_, power) => 10 ** power);
}

function rectangle(name: string, x: number, y: number, barWidth: number, barHeight: number): string {
  return `<rect class="${name}" x="${x.toFixed(1)}" y="${y}" width="${barWidth.toFixed(1)}" height="${barHeight}"/>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
