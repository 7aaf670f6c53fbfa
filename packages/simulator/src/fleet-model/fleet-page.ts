/** The study as one HTML file: tables and curves, light and dark, nothing fetched and nothing run. */
import { escapeText, lineChartStyle } from "../report/line-chart.ts";
import { outageCurves, pokeCurves, recoveryCurves, returnCurves, wholeCurves } from "./fleet-curves.ts";
import type { FleetStudy } from "./fleet-study.ts";
import { tablesOf, type TextTable } from "./fleet-tables.ts";

const style = `
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;padding:0 1rem;max-width:1180px;background:light-dark(#fff,#0d1117);color:light-dark(#1f2328,#e6edf3)}
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}p{max-width:75ch}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}th,td{padding:.25rem .7rem;text-align:right;white-space:nowrap;border-bottom:1px solid light-dark(#d8dee4,#343b44)}
th{font-weight:600}th.text,td.text{text-align:left}.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,480px),1fr));gap:1.6rem;margin-top:1.2rem}
.charts svg{width:100%}`;

/** Columns of words rather than figures, at the left of each table. */
const textColumns = new Set(["retries", "Retry-After", "breaker", "change"]);

export function fleetPage(study: FleetStudy, costs: string): string {
  const [strategies, outages, pokes] = tablesOf(study);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Holdfast: a fleet after an outage</title>
<style>${style}${lineChartStyle}</style></head><body>
<h1>A fleet after an outage</h1>
<p>A discrete-event model of clients with the engine's own backoff, circuit breaker and poke handling, against a server with a capacity; other retries as comparison. Seed ${escapeText(study.options.seed)}. ${escapeText(costs)}</p>
${section(strategies, "Peaks are those of the busiest second and tenth of a second after the outage; N/window is the paper's expectation, the expected rate is N over the mean time between two attempts (N without jitter). Wasted: requests a client that synced nobody, after the outage and in it.")}
<div class="charts">${returnCurves(study).join("\n")}${recoveryCurves(study)}${wholeCurves(study).join("\n")}</div>
${section(outages, "A short outage leaves the backoff's windows narrow, half a second at first. So a welcome says within what its session is to come back: –, nothing; what r0 says unless told otherwise; and what it says when its limits are the server's capacity.")}
<div class="charts">${outageCurves(study)}</div>
${section(pokes, "A small change comes with its poke. A larger one is asked for by every follower, within the window that r0 names; a session whose page takes longer than the client waits is lost, and connects again.")}
<div class="charts">${pokeCurves(study)}</div>
</body></html>
`;
}

function section(table: TextTable | undefined, explanation: string): string {
  if (table === undefined) return "";
  const isText = table.columns.map((column) => textColumns.has(column));
  const cells = (row: readonly string[], tag: "th" | "td"): string =>
    row.map((cell, index) => `<${tag}${isText[index] === true ? ' class="text"' : ""}>${escapeText(cell)}</${tag}>`).join("");
  return `<h2>${escapeText(table.title)}</h2><p>${escapeText(explanation)}</p>
<div class="scroll"><table><thead><tr>${cells(table.columns, "th")}</tr></thead><tbody>
${table.rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n")}
</tbody></table></div>`;
}
