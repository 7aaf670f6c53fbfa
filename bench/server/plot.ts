/** Curves of what something costs as something else grows, as one SVG: a logarithmic axis to the right, a linear one from zero upwards. */

export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Panel {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  readonly curves: readonly Curve[];
}

const panelWidth = 420;
const panelHeight = 240;
const margin = { left: 64, right: 16, top: 36, bottom: 44 };
const colours = ["#2f6fde", "#d9730d", "#0f9d58"];

export function plot(panels: readonly Panel[], columns: number): string {
  const rows = Math.ceil(panels.length / columns);
  const body = panels.map((panel, n) => drawPanel(panel, (n % columns) * panelWidth, Math.floor(n / columns) * panelHeight)).join("\n");
  const style = "text{font:12px system-ui,sans-serif;fill:#57606a}.title{font-weight:600;fill:#1f2328}";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${columns * panelWidth} ${rows * panelHeight}" role="img"><style>${style}</style><rect width="100%" height="100%" fill="#ffffff"/>${body}</svg>\n`;
}

function drawPanel({ title, xName, yName, curves }: Panel, left: number, top: number): string {
  const all = curves.flatMap(({ points }) => points);
  const xMin = Math.log10(Math.min(...all.map(({ x }) => x)));
  const xMax = Math.max(xMin + 1e-9, Math.log10(Math.max(...all.map(({ x }) => x))));
  const yMax = niceAbove(Math.max(...all.map(({ y }) => y)));
  const width = panelWidth - margin.left - margin.right;
  const height = panelHeight - margin.top - margin.bottom;
  const px = (x: number): string => (margin.left + ((Math.log10(x) - xMin) / (xMax - xMin)) * width).toFixed(1);
  const py = (y: number): string => (margin.top + height - (y / yMax) * height).toFixed(1);
  const grid = [0, 0.5, 1]
    .map(
      (share) =>
        `<line x1="${margin.left}" x2="${margin.left + width}" y1="${py(yMax * share)}" y2="${py(yMax * share)}" stroke="#d0d7de"/>` +
        `<text x="${margin.left - 6}" y="${py(yMax * share)}" text-anchor="end" dy="4">${short(yMax * share)}</text>`,
    )
    .join("");
  const ticks = (curves[0]?.points ?? [])
    .map(({ x }) => `<text x="${px(x)}" y="${margin.top + height + 16}" text-anchor="middle">${short(x)}</text>`)
    .join("");
  const lines = curves
    .map(({ name, points }, n) => {
      const colour = colours[n % colours.length] ?? "#000";
      const path = points.map(({ x, y }) => `${px(x)},${py(y)}`).join(" ");
      const dots = points.map(({ x, y }) => `<circle cx="${px(x)}" cy="${py(y)}" r="3" fill="${colour}"/>`).join("");
      const label = `<text x="${margin.left + 8}" y="${margin.top + 12 + 14 * n}" style="fill:${colour}">${name}</text>`;
      return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}${label}`;
    })
    .join("");
  return `<g transform="translate(${left} ${top})"><text class="title" x="${margin.left}" y="20">${title}</text>${grid}${ticks}${lines}<text x="${margin.left + width / 2}" y="${panelHeight - 8}" text-anchor="middle">${xName}</text><text transform="translate(14 ${margin.top + height / 2}) rotate(-90)" text-anchor="middle">${yName}</text></g>`;
}

function niceAbove(value: number): number {
  const step = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return Math.ceil((value * 1.1) / step) * step;
}

function short(value: number): string {
  if (value >= 1_000_000) return `${trim(value / 1_000_000)}M`;
  if (value >= 1_000) return `${trim(value / 1_000)}k`;
  return trim(value);
}

function trim(value: number): string {
  return String(Number(value.toPrecision(2)));
}
