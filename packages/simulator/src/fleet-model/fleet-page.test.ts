import { describe, expect, it } from "vitest";
import { curvesSvg } from "./fleet-curves.ts";
import { fleetPage } from "./fleet-page.ts";
import { type FleetStudy, planStudy } from "./fleet-study.ts";
import { renderTable, tablesOf } from "./fleet-tables.ts";
import { runFleetModel } from "./run-fleet-model.ts";
import { runPokeStorm } from "./run-poke-storm.ts";

function runStudy(): FleetStudy {
  const options = { clients: 1_000, outageMs: 20_000, seed: "<s>", requestsPerSecond: 50, outageAnswer: "unreachable" } as const;
  const plan = planStudy(options);
  return {
    options,
    strategies: plan.strategies.map(runFleetModel),
    outages: plan.outages.slice(0, 4).map(runFleetModel),
    pokes: plan.pokes.map(runPokeStorm),
  };
}

describe("a study of fleets", () => {
  const study = runStudy();

  it("[SIM29] has every strategy with every Retry-After, and the capacity it was told", () => {
    const kinds = study.strategies.map(({ config }) => `${config.strategy} ${config.retryAfter} ${config.breaker !== undefined}`);
    expect(new Set(kinds).size).toBe(16);
    expect(study.strategies.every(({ config }) => config.server.requestsPerSecond === 50)).toBe(true);
    const table = renderTable(tablesOf(study)[0] ?? { title: "", columns: [], rows: [] }).split("\n");
    expect(table[1]).toBe("1,000 clients, all cut off for 20 s; a server of 50 requests/s");
    expect(table.filter((line) => /^ {2}(fixed|exponential|equal|full)/.test(line))).toHaveLength(16);
  });

  it("[SIM29] is one page: tables and curves, its text escaped, nothing fetched and nothing run", () => {
    const page = fleetPage(study, "Cost & time.");
    expect(page.match(/<svg /g)).toHaveLength(10);
    expect(page.match(/<table>/g)).toHaveLength(3);
    expect(page).toContain("Seed &lt;s&gt;. Cost &amp; time.");
    for (const text of [page, curvesSvg(study)]) {
      expect(text.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
        /<script|href|src=|url\(|@import|http:|NaN|Infinity|undefined/,
      );
      expect(text).toContain("prefers-color-scheme:dark");
    }
  });
});
