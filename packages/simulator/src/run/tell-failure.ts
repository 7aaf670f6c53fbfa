/** What becomes of a failing plan: it is made small, told as a conversation, and kept as a file that replays. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectationOf } from "../conversation/expectations.ts";
import type { Plan } from "../plan/plan.ts";
import { lengthOf } from "../shrink/shrink.ts";
import type { Pool } from "./pool.ts";
import { scenarioFormat, scenarioToText } from "./scenario.ts";
import type { ShrinkResult } from "./task.ts";

export interface TellFailureOptions {
  readonly pool: Pool;
  /** For making it small. */
  readonly budgetMs: number;
  readonly folder: string;
  readonly print: (line: string) => void;
  readonly converse: (plan: Plan) => Promise<readonly string[]>;
}

export async function tellFailure(name: string, plan: Plan, options: TellFailureOptions): Promise<void> {
  const { pool, budgetMs, folder, print, converse } = options;
  const answer = await pool.run({ type: "shrink", plan, budgetMs }, budgetMs);
  if (answer.type !== "shrunk" || answer.result === undefined) {
    print(`${name} cannot be made smaller: ${answer.type === "lost" ? answer.detail : "it does not fail again"}`);
    return;
  }
  const { result } = answer;
  const file = save(name, result, folder);
  print(
    `\n${name}: from ${lengthOf(plan)} to ${lengthOf(result.plan)} operations and faults, in ${result.runs} runs and ${(result.ms / 1_000).toFixed(1)} s${result.finished ? "" : " (the time was up)"}\n`,
  );
  for (const line of await converse(result.plan)) print(`  ${line}`);
  print(`\n  replay it: npm run simulate -- --replay ${file} [--trace]\n`);
}

function save(name: string, { plan, failures }: ShrinkResult, folder: string): string {
  const [first] = failures;
  const checker = first?.checker ?? "";
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `found-${name.replaceAll(/\W+/g, "-")}.json`);
  const title = `${checker}: ${expectationOf(checker)}`;
  const found = first?.detail ?? "";
  writeFileSync(file, scenarioToText({ format: scenarioFormat, title, found, expects: { fails: checker }, plan }));
  return file;
}
