/** Times and rates as people say them. */

const steps = [
  ["days", 86_400_000],
  ["hours", 3_600_000],
  ["minutes", 60_000],
  ["s", 1_000],
] as const;

export function inWords(ms: number): string {
  for (const [name, size] of steps) if (ms >= 2 * size || (name === "s" && ms >= size)) return `${plain(ms / size)} ${name}`;
  return `${plain(ms)} ms`;
}

export function percent(rate: number): string {
  return `${plain(100 * rate)} %`;
}

function plain(value: number): string {
  return String(Math.round(value * 10) / 10);
}
