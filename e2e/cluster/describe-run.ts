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
      `  in step                   ${(settledMs / 1000).toFixed(1)} s after the last write`,
      `  turns decided again       ${count(total(run.metrics, "holdfast_store_retries_total"))} (by the instances' last lives)`,
    ],
  };
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
