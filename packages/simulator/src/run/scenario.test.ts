import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { loadSqlite } from "../disk/load-sqlite.ts";
import { drawPlan } from "../plan/draw-plan.ts";
import { simulate } from "../simulate.ts";
import { judgeScenario, parseScenario, readScenario, type Scenario, scenarioFiles, scenarioToText } from "./scenario.ts";

const sqlite = await loadSqlite();
const corpus = scenarioFiles(fileURLToPath(new URL("../../scenarios", import.meta.url)));
const written: Scenario = { format: 1, title: "A title", found: "A sentence.", expects: { fails: "survival" }, plan: drawPlan(2) };

describe("scenarios", () => {
  afterAll(() => expect(sqlite.openFiles()).toBe(0));

  it("[SIM56] every scenario of the corpus ends as it says", { timeout: 180_000 }, async () => {
    expect(corpus.length).toBeGreaterThan(5);
    for (const file of corpus) {
      const scenario = readScenario(file);
      const { failures } = await simulate(scenario.plan, { sqlite });
      expect(judgeScenario(scenario, failures), `${file}: ${scenario.title}`).toBeUndefined();
    }
  });

  it("[SIM62] what is written is read again, and every file of the corpus is written as it would be", () => {
    const text = scenarioToText(written);
    expect(parseScenario(text, "here")).toEqual(JSON.parse(JSON.stringify(written)));
    expect(text.split("\n").length).toBeGreaterThan(written.plan.operations.length);
    for (const file of corpus) expect(scenarioToText(readScenario(file)), file).toBe(readFileSync(file, "utf8"));
  });

  it("[SIM62] what is no scenario is refused, by the name of the field that is wrong", () => {
    const broken = JSON.parse(scenarioToText(written)) as { format: number; plan: { operations: object[]; config: { devices?: number } } };
    const parse = (change: (scenario: typeof broken) => void): string => {
      const copy = structuredClone(broken);
      change(copy);
      try {
        parseScenario(JSON.stringify(copy), "x.json");
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(parse(() => undefined)).toBe("");
    expect(parse((scenario) => (scenario.format = 2))).toMatch(/x\.json is no scenario of format 1:\n {2}format: /);
    expect(parse((scenario) => delete scenario.plan.config.devices)).toMatch(/plan\.config\.devices: /);
    expect(parse((scenario) => (scenario.plan.operations[0] = { id: "1-1" }))).toMatch(/plan\.operations\.0\.atMs: /);
    expect(() => parseScenario("{", "x.json")).toThrow(/x\.json is not JSON/);
  });

  it("[SIM62] a scenario says what it expects, and is told where it does not come", () => {
    const failure = { checker: "balance", detail: "it is negative", atMs: 1 };
    expect(judgeScenario(written, [{ ...failure, checker: "survival" }])).toBeUndefined();
    expect(judgeScenario(written, [])).toBe('it should fail with "survival", and passes');
    expect(judgeScenario(written, [failure])).toBe('it should fail with "survival", and fails with balance: it is negative');
    expect(judgeScenario({ ...written, expects: "passes" }, [failure])).toBe("it should pass, and fails with balance: it is negative");
    expect(judgeScenario({ ...written, expects: "passes" }, [])).toBeUndefined();
  });
});
