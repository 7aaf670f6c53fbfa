/** Crashes every transaction type at every disk operation, in every phase, by every kind of death; counts, judges and remembers what was wrong. */
import { random } from "../random.ts";

import type { Finding, Harm } from "./judges/finding.ts";
import type { Lane } from "./lane.ts";
import type { Tamper } from "./machine.ts";
import type { DeathKind, Ending } from "./patient.ts";
import { recover } from "./recover.ts";
import { type Rehearsal, rehearse, releaseRehearsal } from "./rehearsal.ts";
import { phases } from "./sqlite-crashes.ts";
import { allTransactions } from "./transactions/all-transactions.ts";
import type { TransactionType } from "./transactions/transaction-type.ts";
import { type CrashPoint, releaseWreck, wreck } from "./wreck.ts";

export interface CrashLoopOptions {
  readonly lane: Lane;
  /** Crash-recoveries that are judged: at least so many, and some of every type. */
  readonly crashes: number;
  readonly seed: number;
  /** Ends at the first failure. */
  readonly stopAtFirst?: boolean;
  /** All by default. */
  readonly types?: readonly TransactionType[];
  /** The share of recoveries that end in a whole conversation with r0; a twelfth by default. */
  readonly syncShare?: number;
  /** Takes something away from the victim's SQLite, to see that it is missed. */
  readonly tamper?: Tamper;
  /** Called after each. False ends the loop. */
  readonly progress?: (report: CrashReport) => boolean;
}

export interface TypeCounts {
  /** Disk operations of the transaction, over all seeds. */
  operations: number;
  readonly deaths: Record<DeathKind, number>;
  /** Of these, so many died again while they recovered. */
  again: number;
  /** Of these, so many spoke with r0 to the end. */
  synced: number;
  readonly harms: Record<Harm, number>;
}

export interface CrashFailure {
  readonly lane: string;
  readonly type: string;
  readonly seed: number;
  readonly point: CrashPoint;
  readonly ending: Ending;
  readonly findings: readonly Finding[];
}

export interface CrashReport {
  crashes: number;
  readonly byType: Map<string, TypeCounts>;
  readonly failures: CrashFailure[];
  /** Somebody has ended it early. */
  ended: boolean;
}

const failuresMax = 50;
const syncShareUsual = 1 / 12;

/** Each crash ends in all of these ways. */
const endings: readonly Ending[] = [
  { death: "kill", draw: 1 },
  { death: "power", draw: 1 },
  { death: "power", draw: 2 },
  { death: "power", draw: 3 },
  { death: "kill, then power", draw: 1 },
  { death: "kill, then power", draw: 2 },
];

export async function runCrashLoop(options: CrashLoopOptions): Promise<CrashReport> {
  const { crashes, seed, stopAtFirst = false } = options;
  const report: CrashReport = { crashes: 0, byType: new Map(), failures: [], ended: false };
  const isStopped = (): boolean => report.ended || (stopAtFirst && report.failures.length > 0);
  for (let round = seed; report.crashes < crashes && !isStopped(); round++) await runRound(options, round, report, isStopped);
  return report;
}

/** One seed: all types, each at all of its points, or at a share of them where fewer are wanted than there are. */
async function runRound(options: CrashLoopOptions, seed: number, report: CrashReport, isStopped: () => boolean): Promise<void> {
  const { lane, crashes, types = allTransactions, tamper } = options;
  const rehearsals: Rehearsal[] = [];
  for (const type of types) rehearsals.push(await rehearse(lane, type, seed, tamper));
  const pointsByType = rehearsals.map(({ operations, key }) => drawPoints(operations, key));
  const wanted = crashes - report.crashes;
  const share = Math.min(1, wanted / (endings.length * pointsByType.reduce((sum, points) => sum + points.length, 0)));
  for (const [index, rehearsal] of rehearsals.entries()) {
    const counts = countsOf(report, rehearsal.type.name);
    counts.operations += rehearsal.operations;
    const points = pointsByType[index] ?? [];
    for (const point of points.slice(0, Math.max(1, Math.floor(points.length * share)))) {
      if (isStopped()) break;
      await crashAndCount(options, rehearsal, point, seed, report, counts);
    }
    releaseRehearsal(rehearsal);
  }
}

/** Every operation × phase, in an order of their own, so that a share of them is a fair one. */
function drawPoints(operations: number, key: string): readonly CrashPoint[] {
  const points: { readonly point: CrashPoint; readonly order: number }[] = [];
  const draws = random(key, "points");
  for (let operation = 1; operation <= operations; operation++)
    for (const phase of phases) points.push({ point: { operation, phase }, order: draws.next() });
  return points.sort((one, other) => one.order - other.order).map(({ point }) => point);
}

async function crashAndCount(
  { lane, syncShare = syncShareUsual, tamper, progress }: CrashLoopOptions,
  rehearsal: Rehearsal,
  point: CrashPoint,
  seed: number,
  report: CrashReport,
  counts: TypeCounts,
): Promise<void> {
  const wrecked = await wreck(lane, rehearsal, point, tamper);
  for (const ending of endings) {
    const { findings, diedAgain, synced } = await recover(lane, wrecked, ending, { syncShare, tamper });
    report.crashes++;
    counts.deaths[ending.death]++;
    if (diedAgain) counts.again++;
    if (synced) counts.synced++;
    const [first] = findings;
    if (first !== undefined) {
      counts.harms[first.harm]++;
      if (report.failures.length < failuresMax)
        report.failures.push({ lane: lane.name, type: rehearsal.type.name, seed, point, ending, findings });
    }
    if (progress?.(report) === false) report.ended = true;
  }
  releaseWreck(wrecked);
}

function countsOf({ byType }: CrashReport, type: string): TypeCounts {
  let counts = byType.get(type);
  if (counts === undefined) {
    counts = {
      operations: 0,
      deaths: { kill: 0, power: 0, "kill, then power": 0 },
      again: 0,
      synced: 0,
      harms: { lost: 0, torn: 0, stuck: 0 },
    };
    byType.set(type, counts);
  }
  return counts;
}
