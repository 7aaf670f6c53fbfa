/** What a run over many seeds ends with, in words. */
import { points } from "../points/points.ts";
import type { Totals } from "./totals.ts";

/** So many seeds must have reached every state that is asked for. */
const seedsForAllPoints = 1_000;

/** States that a good swarm reaches and this one did not. */
export function notReached(totals: Totals): readonly string[] {
  return points.filter((point) => !totals.points.has(point));
}

/** A large swarm that leaves states out proves nothing about them. */
export function isTooNarrow(totals: Totals): boolean {
  return totals.runs >= seedsForAllPoints && notReached(totals).length > 0;
}

export function summaryLines(totals: Totals, realMs: number): readonly string[] {
  const { runs, failed, virtualMs, tried, acknowledged, events, cpuMs } = totals;
  const cpuSeconds = cpuMs / 1_000;
  const missed = notReached(totals);
  return [
    `${number(runs)} runs, ${number(failed)} failed`,
    `${hours(virtualMs)} virtual hours in ${seconds(realMs)}: ${number(virtualMs / Math.max(1, realMs))} times real time`,
    `${number(tried)} operations, ${number(acknowledged)} acknowledged; ${number(events)} events`,
    `on one core: ${number(virtualMs / 1_000 / cpuSeconds)} simulated seconds and ${number(tried / cpuSeconds)} operations a second`,
    `faults: ${counts(totals.faults)}`,
    `states reached: ${totals.points.size}: ${counts(totals.points)}`,
    missed.length === 0
      ? `every one of the ${points.length} states asked for was reached`
      : `NOT reached (${missed.length} of ${points.length}): ${missed.join("; ")}`,
  ];
}

export function progressLine({ runs, failed, virtualMs }: Totals, realMs: number): string {
  return `${number(runs)} seeds, ${number(failed)} failed, ${hours(virtualMs)} virtual hours, ${seconds(realMs)}`;
}

function hours(ms: number): string {
  return (ms / 3_600_000).toFixed(1);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function counts(map: ReadonlyMap<string, number>): string {
  return [...map]
    .sort(([one, ones], [other, others]) => others - ones || (one < other ? -1 : 1))
    .map(([name, count]) => `${name} ${number(count)}`)
    .join(", ");
}
