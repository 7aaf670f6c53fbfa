/** How long it took until everybody had a write: bars on a logarithmic axis, with the quantiles marked. One SVG string. */
import { escapeText } from "./line-chart.ts";
import { duration } from "./words.ts";

export interface Mark {
  readonly name: string;
  readonly value: number;
}

const [width, height] = [520, 260];
const [left, right, top, bottom] = [40, 12, 72, 40];
/** Bars for each power of ten. */
const perDecade = 5;
const decades = [1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 360_000_000];

export const histogramStyle = `.histogram{font:12px system-ui,sans-serif}.histogram text{fill:var(--faint)}.histogram .title{fill:var(--ink);font-size:14px;font-weight:600}
.histogram rect{fill:var(--blue);opacity:.75}.histogram .mark{stroke:var(--bad);stroke-dasharray:4 3}.histogram .marked{fill:var(--ink)}.histogram .axis{stroke:var(--rule)}`;

export function durationHistogram(title: string, valuesMs: readonly number[], marks: readonly Mark[]): string {
  const binOf = (ms: number): number => Math.floor(Math.log10(Math.max(1, ms)) * perDecade);
  const counts = new Map<number, number>();
  for (const ms of valuesMs) counts.set(binOf(ms), (counts.get(binOf(ms)) ?? 0) + 1);
  const bins = [...counts.keys()];
  const [low, high] = [Math.min(...bins, perDecade), Math.max(...bins, 2 * perDecade) + 1];
  const most = Math.max(1, ...counts.values());
  const x = (logarithm: number): number => left + ((logarithm * perDecade - low) / (high - low)) * (width - left - right);
  const xOf = (ms: number): number => x(Math.log10(Math.max(1, ms)));
  const yOf = (count: number): number => height - bottom - (count / most) * (height - bottom - top);
  const bars = [...counts].map(([bin, count]) => {
    const [from, until] = [x(bin / perDecade), x((bin + 1) / perDecade)];
    const what = `${duration(10 ** (bin / perDecade))} to ${duration(10 ** ((bin + 1) / perDecade))}: ${count}`;
    return `<rect x="${(from + 1).toFixed(1)}" y="${yOf(count).toFixed(1)}" width="${(until - from - 2).toFixed(1)}" height="${(height - bottom - yOf(count)).toFixed(1)}" rx="2"><title>${what}</title></rect>`;
  });
  const ticks = decades
    .filter((ms) => xOf(ms) >= left - 1 && xOf(ms) <= width - right + 1)
    .map((ms) => `<text x="${xOf(ms).toFixed(1)}" y="${height - bottom + 17}" text-anchor="middle">${duration(ms)}</text>`);
  const marked = marks.map(({ name, value }, index) => {
    // A row for each: quantiles may stand close together, or be the same.
    const y = 32 + index * 14;
    const at = xOf(value);
    const anchor = at > width - 120 ? "end" : "start";
    return `<path class="mark" d="M${at.toFixed(1)} ${y + 2}V${height - bottom}"/><text class="marked" x="${(at + (anchor === "start" ? 4 : -4)).toFixed(1)}" y="${y + 4}" text-anchor="${anchor}">${escapeText(name)} ${duration(value)}</text>`;
  });
  const description = `${valuesMs.length} writes. ${marks.map(({ name, value }) => `${name}: ${duration(value)}`).join(", ")}.`;
  return `<svg class="histogram" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"><title>${escapeText(title)}</title><desc>${escapeText(description)}</desc>
<text class="title" x="0" y="16">${escapeText(title)}</text>${bars.join("")}<path class="axis" d="M${left} ${height - bottom}H${width - right}"/>${ticks.join("")}${marked.join("")}
<text x="${(left + width - right) / 2}" y="${height - 6}" text-anchor="middle">from its own disk to every device, logarithmic</text></svg>`;
}
