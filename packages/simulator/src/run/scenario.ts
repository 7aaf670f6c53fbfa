/** A scenario: a plan that was found once, with what it is about, as a file. The corpus is a folder of them, replayed for ever. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Failure } from "../fleet.ts";
import type { Plan } from "../plan/plan.ts";

/** Of the file, not of the plan: it rises when old files cannot be read any more. New fields of a plan are optional, and need no new format. */
export const scenarioFormat = 1;

export interface Scenario {
  readonly format: typeof scenarioFormat;
  readonly title: string;
  /** What was wrong, in a sentence. */
  readonly found: string;
  /** What has to come out of it: nothing wrong; or, while a bug is known and open, what this checker says. */
  readonly expects: "passes" | { readonly fails: string };
  /** It passes because of this protection: without it, it fails. */
  readonly mutant?: string;
  readonly plan: Plan;
}

const count = z.number().int().min(0);
const atMs = z.number().min(0);
/** Apps, kinds of faults and settings come and go: what is known of them all is checked, the rest is the run's to refuse. */
const plan = z.looseObject({
  seed: z.union([z.number(), z.string()]),
  config: z.looseObject({
    devices: count.min(1),
    spaces: count.min(1),
    durationMs: z.number().min(1),
    network: z.looseObject({ delayMsMean: z.number().min(0) }),
    limits: z.looseObject({}),
  }),
  operations: z.array(
    z.looseObject({ id: z.string(), atMs, device: count, space: count, effect: z.string(), target: z.string(), amount: z.number() }),
  ),
  faults: z.array(z.looseObject({ id: z.string(), atMs, type: z.string() })),
});
const scenario = z.strictObject({
  format: z.literal(scenarioFormat),
  title: z.string().min(1),
  found: z.string().min(1),
  expects: z.union([z.literal("passes"), z.strictObject({ fails: z.string() })]),
  mutant: z.string().optional(),
  plan,
});

/** Throws an error that says which field of which file is wrong. */
export function parseScenario(text: string, file: string): Scenario {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const parsed = scenario.safeParse(json);
  // As it stands in the file, with its fields in their order.
  if (parsed.success) return json as Scenario;
  const issues = parsed.error.issues.map(({ path, message }) => `  ${path.join(".") || "the whole"}: ${message}`);
  throw new Error(`${file} is no scenario of format ${scenarioFormat}:\n${issues.join("\n")}`);
}

export function readScenario(file: string): Scenario {
  return parseScenario(readFileSync(file, "utf8"), file);
}

/** The files of a folder, by name. */
export function scenarioFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(folder, name));
}

/** Undefined: what came out is what the scenario expects. */
export function judgeScenario({ expects }: Scenario, failures: readonly Failure[]): string | undefined {
  const found = failures.map(({ checker, detail }) => `${checker}: ${detail}`).join("; ");
  if (expects === "passes") return failures.length === 0 ? undefined : `it should pass, and fails with ${found}`;
  if (failures.some(({ checker }) => checker === expects.fails)) return undefined;
  return `it should fail with "${expects.fails}", and ${failures.length === 0 ? "passes" : `fails with ${found}`}`;
}

/** As it is written to a file: the things that happen one a line, so that a person can read and change them. */
export function scenarioToText(written: Scenario): string {
  const lines = (items: readonly unknown[]): string =>
    items.length === 0 ? "[]" : `[\n${items.map((item) => `      ${JSON.stringify(item)}`).join(",\n")}\n    ]`;
  const { plan: whole, ...head } = written;
  const { operations, faults, ...rest } = whole;
  const fields = [
    ...Object.entries(head).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`),
    `  "plan": {\n${[
      ...Object.entries(rest).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`),
      `    "operations": ${lines(operations)}`,
      `    "faults": ${lines(faults)}`,
    ].join(",\n")}\n  }`,
  ];
  return `{\n${fields.join(",\n")}\n}\n`;
}
