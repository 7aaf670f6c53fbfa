/** What a bench prints: one line a measure, beside its floor of the same run and what we aim for. */

export interface Line {
  readonly work: string;
  readonly ours: string;
  /** The physical floor, measured in this run; empty where there is none. */
  readonly floor: string;
  readonly ratio: string;
  readonly aim: string;
  /** Undefined: a figure without an aim. */
  readonly met: boolean | undefined;
}

const columns = ["work", "ours", "floor", "ratio", "aim", "met"] as const;

export function printTable(title: string, lines: readonly Line[]): void {
  const cells = [
    [...columns],
    ...lines.map((line) => [line.work, line.ours, line.floor, line.ratio, line.aim, line.met === undefined ? "" : line.met ? "yes" : "NO"]),
  ];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  process.stdout.write(`\n${title}\n`);
  for (const [index, row] of cells.entries()) {
    process.stdout.write(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}\n`.replace(/ +\n$/, "\n"));
    if (index === 0) process.stdout.write(`  ${widths.map((width) => "─".repeat(width)).join("  ")}\n`);
  }
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export function ascending(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}

export function ms(value: number): string {
  return value < 10 ? `${value.toFixed(2)} ms` : `${value.toFixed(0)} ms`;
}

export function rate(value: number): string {
  return `${Math.round(value).toLocaleString("en")}/s`;
}

export function bytes(value: number): string {
  return value < 10_000
    ? `${Math.round(value)} B`
    : value < 1_000_000
      ? `${(value / 1_000).toFixed(1)} kB`
      : `${(value / 1_000_000).toFixed(2)} MB`;
}
