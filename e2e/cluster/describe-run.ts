/** A run in words and figures. */
import type { ClusterRun } from "./run-cluster.ts";
import { quantile } from "./timeline.ts";

export function describeRun(
  run: ClusterRun,
  devices: number,
): { readonly title: string; readonly summary: string; readonly lines: readonly string[] } {
  const { verdict, acknowledged, wroteMs, settledMs, seconds, struck, wrong } = run;
  const waits = seconds.flatMap(({ confirmMs }) => confirmMs);
  const most = seconds.reduce((maximum, { pending }) => Math.max(maximum, pending), 0);
  const count = (value: number): string => value.toLocaleString("en");
  const title = `${devices} devices, three instances, and everything that dies in ${Math.round(wroteMs / 1000)} s`;
  const outcome = wrong.length === 0 ? "none lost, none doubled, all digests equal" : `${wrong.length} things wrong`;
  const summary = `${count(acknowledged)} acknowledged transactions in ${verdict.spaces} spaces: ${outcome}; in step ${(settledMs / 1000).toFixed(1)} s after the last write.`;
  return {
    title,
    summary,
    lines: [
      title,
      `  acknowledged on devices   ${count(acknowledged)} transactions`,
      `  in r0's records           ${count(verdict.entries)} entries, ${count(verdict.changes)} changes in streams without gaps`,
      `  struck                    ${struck.map(({ what }) => what).join("; ")}`,
      `  device to r0              p50 ${quantile(waits, 0.5) ?? "-"} ms, p99 ${quantile(waits, 0.99) ?? "-"} ms (outages included)`,
      `  most that waited          ${count(most)} operations`,
      `  without a connection      ${absences(seconds)}`,
      `  in step                   ${(settledMs / 1000).toFixed(1)} s after the last write`,
      `  by the instances' last lives: a turn ${mean(run.metrics, "holdfast_turn_seconds")}, its wait ${mean(run.metrics, "holdfast_queue_seconds")}, a commit ${mean(run.metrics, "holdfast_store_commit_seconds")} on average;`,
      `                            ${count(total(run.metrics, "holdfast_store_retries_total"))} turns decided again, ${count(total(run.metrics, "holdfast_store_stale_total"))} batches stale, refused for load: ${refusals(run.metrics)}`,
    ],
  };
}

/** Device-seconds by why. */
function absences(seconds: ClusterRun["seconds"]): string {
  const reasons = new Map<string, number>();
  for (const second of seconds)
    for (const [reason, devices] of Object.entries(second.reasons)) reasons.set(reason, (reasons.get(reason) ?? 0) + devices);
  const sorted = [...reasons].sort(([, a], [, b]) => b - a);
  return sorted.length === 0 ? "none" : sorted.map(([reason, value]) => `${reason} ${value} s`).join(", ");
}

function mean(metrics: readonly string[], name: string): string {
  const number = total(metrics, `${name}_count`);
  return number === 0 ? "-" : `${((1_000 * total(metrics, `${name}_sum`)) / number).toFixed(0)} ms`;
}

function refusals(metrics: readonly string[]): string {
  const reasons = new Map<string, number>();
  for (const text of metrics)
    for (const [, reason = "", value] of text.matchAll(/^holdfast_load_refused_total\{reason="(.*)"\} (\d+)$/gm))
      reasons.set(reason, (reasons.get(reason) ?? 0) + Number(value));
  return reasons.size === 0 ? "none" : [...reasons].map(([reason, value]) => `${reason} ${value}`).join(", ");
}

function total(metrics: readonly string[], name: string): number {
  return metrics.reduce(
    (sum, text) =>
      sum +
      Number(
        text
          .split("\n")
          .find((line) => line.startsWith(`${name} `))
          ?.split(" ")[1] ?? 0,
      ),
    0,
  );
}
