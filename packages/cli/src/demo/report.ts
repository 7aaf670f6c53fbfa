/** The table at the end, and the verdict. */
import type { Tally } from "./acts.ts";
import type { PlanDecision, Shown } from "./ledger.ts";
import { type DeviceName, deviceNames } from "./schema.ts";
import type { Stage } from "./stage.ts";
import type { Agreement, World } from "./world.ts";

export interface Outcome {
  readonly agreement: Agreement;
  readonly shown: ReadonlyMap<DeviceName, Shown>;
  /** What the oracle found wrong. */
  readonly losses: readonly string[];
  readonly tally: Tally;
  readonly conflictsDetected: number;
}

/** A row: what, how many, and what is behind it. */
type Row = readonly [name: string, figure: string, detail: string];

const headWidth = 32;
const lineMax = 160;
/** On a narrower terminal a digest is cut to its first half. */
const digestColumns = 88;

export function printReport(stage: Stage, world: World, outcome: Outcome): void {
  const { paint } = stage;
  stage.line();
  stage.title("  Result");
  stage.line();
  for (const [name, figure, detail] of composeRows(world, outcome)) {
    const style = name !== "lost" ? paint.bold : outcome.losses.length === 0 ? paint.good : paint.bad;
    stage.beside(`  ${name.padEnd(21)}${style(figure.padStart(6))}   `, headWidth, detail, paint.dim);
  }
  stage.line();
  for (const [name, detail] of composeExamples(outcome)) stage.beside(`  ${name.padEnd(10)}`, 12, detail);
  stage.line();
  const { digests } = outcome.agreement;
  for (const name of [...deviceNames, "server"] as const) {
    const agrees = digests[name] === digests.server;
    const digest = digests[name].slice(0, stage.columns < digestColumns ? 32 : 64);
    const head = (name === "phone" ? "digests" : "").padEnd(10);
    stage.line(`  ${head}${name.padEnd(8)}${digest}  ${agrees ? paint.good("✓") : paint.bad("✗")}`);
  }
  stage.line();
}

export function composeRows({ oracle, devices }: World, { shown, losses, tally, conflictsDetected }: Outcome): readonly Row[] {
  const losers = keptLosers(shown);
  const decisions = deviceNames.flatMap((name) => devices[name].decisions.map((decision) => ({ name, decision })));
  const accepted = decisions.filter(({ decision }) => decision.status === "accepted");
  const refused = decisions.filter(({ decision }) => decision.status === "refused");
  const bytes = tally.bytesUp + tally.bytesDown;
  const each = (amount: number): string => Math.round(amount / Math.max(1, tally.offlineOperations)).toString();
  return [
    ["writes acknowledged", String(oracle.count()), deviceNames.map((name) => `${name} ${oracle.count(name)}`).join(" · ")],
    ["processes killed", String(tally.killed.length), tally.killed.join(" · ")],
    ["recovered", String(tally.recovered.length), tally.recovered.join(" · ")],
    [
      "lost",
      String(losses.length),
      losses.length === 0 ? "every acknowledged write is there, or where the rules put it" : (losses[0] as string),
    ],
    ["conflicts detected", String(conflictsDetected), "concurrent writes to one key, as the server saw them; most merge without a loser"],
    ["losers kept", String(losers), "values in the conflict logs: one call restores each"],
    ["requests accepted", String(accepted.length), accepted.map(({ name, decision }) => describe(name, decision)).join(" · ")],
    ["requests refused", String(refused.length), refused.map(({ name, decision }) => describe(name, decision)).join(" · ")],
    [
      "bytes an operation",
      each(bytes),
      `on the wire, all devices together: ${each(tally.bytesUp)} up, ${each(tally.bytesDown)} down to the two others`,
    ],
    [
      "time to convergence",
      `${(tally.convergenceMs / 1000).toFixed(1)} s`,
      `of ${tally.offlineWrites} writes made offline, from "back online" to equal digests, a kill included`,
    ],
  ];
}

function describe(name: DeviceName, decision: PlanDecision): string {
  return decision.status === "accepted"
    ? `${name}: ${decision.plan}`
    : `${name}: ${decision.plan}, undone (${decision.code}: ${decision.reason})`;
}

/** The same loser is in the log of every device that saw it lose. */
function keptLosers(shown: ReadonlyMap<DeviceName, Shown>): number {
  const names = [...shown.values()].flatMap(({ conflicts }) => conflicts.map(({ loser, field, item }) => `${loser} ${field} ${item}`));
  return new Set(names).size;
}

/** One conflict and one merge, as a person would meet them. */
function composeExamples({ shown }: Outcome): readonly (readonly [name: string, detail: string])[] {
  const [first] = [...shown.values()];
  if (first === undefined) return [];
  const examples: [string, string][] = [];
  for (const { record, field, value } of first.conflicts) {
    const note = field === "title" ? first.notes.find(({ id }) => id === record) : undefined;
    if (note === undefined || typeof value !== "string" || authorOf(note.title) === authorOf(value)) continue;
    examples.push(["conflict", `${record} is titled "${note.title}"; "${value}" is kept in the log`]);
    break;
  }
  const authors = (body: string): number => new Set([...body.matchAll(/⟨([a-z]+)-/g)].map(([, name]) => name)).size;
  const merged = first.notes.find(({ body }) => body.split("\n").some((line) => authors(line) === deviceNames.length));
  const line = merged?.body.split("\n").find((each) => authors(each) === deviceNames.length);
  if (merged !== undefined && line !== undefined)
    examples.push(["merge", `${merged.id}: ${line.length > lineMax ? `${line.slice(0, lineMax - 1)}…` : line}`]);
  return examples;
}

/** The device in a title's marker. */
function authorOf(title: string): string | undefined {
  return /\((\w+)-\d+\)$/.exec(title)?.[1];
}
