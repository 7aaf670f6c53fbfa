/** Figures as a reader of a report wants them. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return "–";
  if (ms < 999.5) return `${plain(ms)} ms`;
  if (ms < 59_950) return `${plain(ms / 1_000)} s`;
  if (ms < 3_597_000) return `${plain(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${plain(ms / 3_600_000)} h` : `${plain(ms / 86_400_000)} days`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Three digits: 0.123, 1.23, 12.3, 123, 1,230. */
function plain(value: number): string {
  return value >= 100 ? whole(value) : String(Number(value.toPrecision(value < 10 ? 2 : 3)));
}
