/** `npm run simulate -- --seeds N [--start S] [--without FAULT,FAULT] [--trace]`: draws plans from seeds, runs them, and says what it has seen. Exit code 1: a seed has failed. */
import { parseArgs } from "node:util";
import { loadSqlite } from "./disk/load-sqlite.ts";
import { drawPlan } from "./plan/draw-plan.ts";
import { type Report, simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    start: { type: "string", default: "1" },
    without: { type: "string", default: "" },
    trace: { type: "boolean", default: false },
  },
});
const [seeds, start] = [Number(values.seeds), Number(values.start)];
const without = new Set(values.without.split(","));
const sqlite = await loadSqlite();
const startedMs = performance.now();
const totals = { seeds: 0, failed: 0, virtualMs: 0, tried: 0, acknowledged: 0 };
const faults = new Map<string, number>();
const points = new Map<string, number>();

for (let seed = start; seed < start + seeds; seed++) {
  const drawn = drawPlan(seed);
  const plan = { ...drawn, faults: drawn.faults.filter(({ type }) => !without.has(type)) };
  const report = await simulate(plan, values.trace ? { sqlite, print: (line) => console.log(line) } : { sqlite });
  add(report);
  if (report.failures.length > 0) {
    totals.failed++;
    console.log(`seed ${seed} FAILS at ${(report.virtualMs / 1_000).toFixed(1)} s`);
    for (const { checker, detail } of report.failures.slice(0, 5)) console.log(`  ${checker}: ${detail.slice(0, 600)}`);
  }
  if (totals.seeds % 100 === 0)
    console.log(`${totals.seeds} seeds, ${totals.failed} failed, ${hours(totals.virtualMs)} virtual hours, ${seconds()} s`);
}
console.log(`\n${totals.seeds} seeds from ${start}: ${totals.failed} failed`);
console.log(
  `${hours(totals.virtualMs)} virtual hours in ${seconds()} s; ${totals.tried} writes and requests, ${totals.acknowledged} acknowledged`,
);
console.log(`faults: ${list(faults)}`);
console.log(`sometimes: ${list(points)}`);
process.exitCode = totals.failed > 0 ? 1 : 0;

function add(report: Report): void {
  totals.seeds++;
  totals.virtualMs += report.virtualMs;
  totals.tried += report.tried;
  totals.acknowledged += report.acknowledged;
  for (const [name, count] of report.faults) faults.set(name, (faults.get(name) ?? 0) + count);
  for (const [name, count] of report.points) points.set(name, (points.get(name) ?? 0) + count);
}

function hours(ms: number): string {
  return (ms / 3_600_000).toFixed(1);
}

function seconds(): string {
  return ((performance.now() - startedMs) / 1_000).toFixed(1);
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}
