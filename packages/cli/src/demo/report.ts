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

export function printReport(stage: Stage, world: World, outcome: Outcome): void {
  const { paint } = stage;
  stage.line();
  stage.title("  Result");
  stage.line();
  for (const [name, figure, detail] of composeRows(world, outcome)) {
    const painted =
      name === "lost"
        ? outcome.losses.length === 0
          ? paint.good(figure.padStart(8))
          : paint.bad(figure.padStart(8))
        : paint.bold(figure.padStart(8));
    stage.line(`  ${name.padEnd(22)}${painted}   ${paint.dim(detail)}`.trimEnd());
  }
  stage.line();
  const { digests } = outcome.agreement;
  for (const name of [...deviceNames, "server"] as const) {
    const agrees = digests[name] === digests.server;
    stage.line(
      `  ${(name === "phone" ? "digests" : "").padEnd(10)}${name.padEnd(8)}${digests[name]}  ${agrees ? paint.good("✓") : paint.bad("✗")}`,
    );
  }
  stage.line();
}

export function composeRows({ oracle, devices }: World, { shown, losses, tally, conflictsDetected }: Outcome): readonly Row[] {
  const losers = keptLosers(shown);
  const decisions = deviceNames.flatMap((name) => devices[name].decisions.map((decision) => ({ name, decision })));
  const accepted = decisions.filter(({ decision }) => decision.status === "accepted");
  const refused = decisions.filter(({ decision }) => decision.status === "refused");
  const bytes = tally.bytesUp + tally.bytesDown;
  const each = (amount: number): string => Math.round(amount / Math.max(1, tally.offlineWrites)).toString();
  return [
    ["writes acknowledged", String(oracle.count()), deviceNames.map((name) => `${name} ${oracle.count(name)}`).join(" · ")],
    ["processes killed", String(tally.killed.length), tally.killed.join(" · ")],
    ["recovered", String(tally.recovered.length), tally.recovered.join(" · ")],
    [
      "lost",
      String(losses.length),
      losses.length === 0 ? "every acknowledged write is there, or where the rules put it" : (losses[0] as string),
    ],
    ["conflicts detected", String(conflictsDetected), "concurrent writes to one key, as the server saw them"],
    ["losers kept", String(losers), "values in the conflict logs: one call restores each"],
    ["requests accepted", String(accepted.length), accepted.map(({ name, decision }) => describe(name, decision)).join(" · ")],
    ["requests refused", String(refused.length), refused.map(({ name, decision }) => describe(name, decision)).join(" · ")],
    [
      "bytes a write",
      each(bytes),
      `on the wire, all three devices: ${each(tally.bytesUp)} up once, ${each(tally.bytesDown)} down to the two others`,
    ],
    [
      "time to convergence",
      `${(tally.convergenceMs / 1000).toFixed(1)} s`,
      `${tally.offlineWrites} writes made offline, one device killed on the way`,
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
