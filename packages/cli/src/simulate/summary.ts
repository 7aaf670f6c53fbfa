/** What a run over many seeds ends with. */
import { quantile, type SimulateAppResult } from "@holdfast/simulator";

export function summaryLines(
  { totals, figures, failing, realMs }: SimulateAppResult,
  replays: ReadonlyMap<string, string>,
): readonly string[] {
  const told = failing.flatMap(({ seed, plan, small }) => {
    if (small === undefined) return [];
    const before = plan.operations.length + plan.faults.length;
    const head = before === small.length ? `seed ${seed}:` : `seed ${seed}, from ${before} operations and faults to ${small.length}:`;
    return [head, "", ...small.conversation.map((line) => `  ${line}`), "", `  again: ${replays.get(String(seed)) ?? ""}`, ""];
  });
  const ms = (share: number): string => duration(quantile(figures.convergenceMs, share));
  const each = (bytes: number): string => (figures.operations === 0 ? "–" : `${number(bytes / figures.operations)} B`);
  const per1000 = (count: number): string => (figures.operations === 0 ? "–" : number((count * 1_000) / figures.operations));
  return [
    ...(told.length > 0 ? ["", ...told] : [""]),
    totals.failed === 0
      ? `${number(totals.runs)} seeds, and everything held.`
      : `${number(totals.runs)} seeds, ${number(totals.failed)} failed: ${failing.map(({ seed }) => seed).join(", ")}`,
    `  ${(totals.virtualMs / 3_600_000).toFixed(1)} virtual hours in ${(realMs / 1_000).toFixed(1)} s; ${number(totals.acknowledged)} operations on a disk, ${number(total(totals.faults))} faults`,
    `  everywhere after     ${ms(0.5)} p50, ${ms(0.95)} p95, ${ms(0.99)} p99`,
    `  bytes an operation   ${each(figures.bytesUp)} up, ${each(figures.bytesDown)} down`,
    `  conflicts            ${per1000(figures.conflicts)} in 1,000 operations, ${per1000(figures.losers)} values lost`,
    ...untried(totals.faults),
  ];
}

export function summaryToJson({ totals, figures, failing, realMs }: SimulateAppResult): string {
  const { convergenceMs, ...rest } = figures;
  const shares = { p50: quantile(convergenceMs, 0.5), p95: quantile(convergenceMs, 0.95), p99: quantile(convergenceMs, 0.99) };
  const told = failing.map(({ seed, failures, small }) => ({
    seed,
    failures,
    plan: small?.plan,
    length: small?.length,
    conversation: small?.conversation,
  }));
  const counted = { ...totals, faults: Object.fromEntries(totals.faults), points: Object.fromEntries(totals.points) };
  return JSON.stringify({ ...counted, realMs: Math.round(realMs), convergenceMs: shares, figures: rest, failing: told }, null, 2);
}

function untried(faults: ReadonlyMap<string, number>): readonly string[] {
  return faults.size === 0 ? ["  No fault has struck."] : [];
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function duration(ms: number | undefined): string {
  if (ms === undefined) return "–";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${(ms / 60_000).toFixed(0)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
