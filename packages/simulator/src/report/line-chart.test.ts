import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LineChart, lineChart, lineChartStyle, shortNumber } from "./line-chart.ts";

const chart: LineChart = {
  title: "Requests <a second> & more",
  description: "How they fall.",
  x: { label: "seconds" },
  y: { label: "requests a second" },
  series: [
    {
      name: "measured",
      points: [
        [0, 0],
        [10, 50],
        [20, 100],
      ],
    },
    {
      name: "expected",
      dashed: true,
      points: [
        [0, 40],
        [20, 40],
      ],
    },
  ],
};

/** The points of each line as drawn. */
function drawn(svg: string): readonly (readonly (readonly [x: number, y: number])[])[] {
  return [...svg.matchAll(/class="line [^"]*" d="(M[^"]*L[^"]*)"/g)].map(([, path]) =>
    [...(path as string).matchAll(/[ML](\S+) (\S+?)(?=[ML]|$)/g)].map(([, x, y]) => [Number(x), Number(y)] as const),
  );
}

describe("a line chart", () => {
  it("[SIM29] is one SVG with title, description, legend and units, its text escaped, and nothing fetched or run", () => {
    const svg = lineChart(chart);
    for (const text of ["measured", "expected", ">seconds<", ">requests a second<", "<desc>How they fall.</desc>"])
      expect(svg).toContain(text);
    expect(svg).toContain("<title>Requests &lt;a second&gt; &amp; more</title>");
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "") + lineChartStyle).not.toMatch(/<script|href|url\(|@import|http/);
    expect(lineChartStyle).toContain("prefers-color-scheme:dark");
    expect(drawn(svg)).toHaveLength(2);
  });

  it("[SIM29] every point is within the picture, and a greater value stands higher", () => {
    const value = fc.oneof(fc.double({ min: 0, max: 2e6, noNaN: true }), fc.constant(0));
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 50 }), fc.constantFrom("linear" as const, "log" as const), (values, scale) => {
        const points = values.map((y, x) => [x, y] as const);
        const [line] = drawn(lineChart({ ...chart, y: { label: "y", scale }, series: [{ name: "one", points }] }));
        expect(line).toHaveLength(values.length);
        for (const [x, y] of line ?? []) {
          expect(x).toBeGreaterThanOrEqual(64);
          expect(x).toBeLessThanOrEqual(720 - 16);
          expect(y).toBeGreaterThanOrEqual(52);
          expect(y).toBeLessThanOrEqual(300 - 42);
        }
        const high = values.indexOf(Math.max(...values));
        expect(line?.[high]?.[1]).toBe(Math.min(...(line ?? []).map(([, y]) => y)));
      }),
      { seed: 20261123 },
    );
  });

  it("[SIM29] axis numbers are short", () => {
    expect([0, 0.25, 950, 9_999, 16_667, 1_000_000].map(shortNumber)).toEqual(["0", "0.25", "950", "10000", "16.7k", "1M"]);
  });
});
