/** The figures of one run, gathered by an observer of it. */
import type { TraceEvent } from "../world/trace-event.ts";

export interface Measurements {
  /** For each confirmed operation, from its acknowledgement until every device that follows its space has it. */
  readonly convergenceMs: readonly number[];
  /** Confirmed, and never everywhere: the run has failed before, or a device is gone for good. */
  readonly unfinished: number;
  readonly operations: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly messages: number;
  /** Different places in which a value lost to another, and different values that lost. */
  readonly conflicts: number;
  readonly losers: number;
  /** Pending operations of all devices together, over the run in equal parts: the mean of each, and the highest. */
  readonly queueMean: readonly number[];
  readonly queueMax: readonly number[];
}

export interface Recorder {
  readonly observe: (event: TraceEvent) => void;
  readonly measure: (endMs: number) => Measurements;
}

/** Parts into which a run is cut for the depth of its queues. */
export const queueParts = 60;

/** A confirmed operation that some device may not have yet. */
interface Waiting {
  readonly space: string;
  readonly sinceMs: number;
  /** r0's head when the answer came: who has come so far has it. */
  readonly sequence: number;
}

/** `spaceName`: of an operation's number. */
export function createRecorder(spaceName: (space: number) => string): Recorder {
  const acknowledgedMs = new Map<string, number>();
  const spaceOf = new Map<string, string>();
  const sequences = new Map<string, Readonly<Record<string, number>>>();
  const pending = new Map<string, number>();
  const depths: { readonly atMs: number; readonly depth: number }[] = [{ atMs: 0, depth: 0 }];
  const places = new Set<string>();
  const losers = new Set<string>();
  const convergenceMs: number[] = [];
  let waiting: Waiting[] = [];
  /** Just confirmed: r0's head is told next. */
  let confirmed: Pick<Waiting, "space" | "sinceMs"> | undefined;
  let [operations, bytesUp, bytesDown, messages] = [0, 0, 0, 0];
  const isEverywhere = ({ space, sequence }: Waiting): boolean =>
    [...sequences.values()].every((known) => (known[space] ?? sequence) >= sequence);
  const settle = (atMs: number): void => {
    const left = waiting.filter((each) => !isEverywhere(each));
    if (left.length === waiting.length) return;
    for (const each of waiting) if (!left.includes(each)) convergenceMs.push(Math.round(atMs - each.sinceMs));
    waiting = left;
  };
  const observe = (event: TraceEvent): void => {
    switch (event.type) {
      case "operation":
        spaceOf.set(event.operation.id, spaceName(event.operation.space));
        return;
      case "acknowledged":
        operations++;
        acknowledgedMs.set(event.operation, event.atMs);
        return;
      case "answered": {
        const space = spaceOf.get(event.operation);
        const sinceMs = acknowledgedMs.get(event.operation);
        if (event.status !== "confirmed" || space === undefined || sinceMs === undefined) return;
        confirmed = { space, sinceMs };
        return;
      }
      case "head":
        if (confirmed?.space === event.space) waiting.push({ ...confirmed, sequence: event.sequence });
        confirmed = undefined;
        return settle(event.atMs);
      case "status": {
        sequences.set(event.machine, event.sequences);
        pending.set(event.machine, event.pending);
        const depth = [...pending.values()].reduce((sum, each) => sum + each, 0);
        if (depths.at(-1)?.depth !== depth) depths.push({ atMs: event.atMs, depth });
        return settle(event.atMs);
      }
      case "conflict":
        places.add(`${event.place} ${event.winner}`);
        losers.add(`${event.place} ${event.loser}`);
        return;
      case "message":
        messages++;
        if (event.sender.startsWith("r0")) bytesDown += event.bytes;
        else bytesUp += event.bytes;
        return;
      default:
    }
  };
  const measure = (endMs: number): Measurements => ({
    ...{ convergenceMs, unfinished: waiting.length, operations, bytesUp, bytesDown, messages },
    ...{ conflicts: places.size, losers: losers.size },
    ...cutIntoParts(depths, endMs),
  });
  return { observe, measure };
}

function cutIntoParts(
  depths: readonly { readonly atMs: number; readonly depth: number }[],
  endMs: number,
): Pick<Measurements, "queueMean" | "queueMax"> {
  const queueMean: number[] = [];
  const queueMax: number[] = [];
  let next = 0;
  let depth = 0;
  for (let part = 0; part < queueParts; part++) {
    const [fromMs, untilMs] = [(endMs * part) / queueParts, (endMs * (part + 1)) / queueParts];
    let [area, most, atMs] = [0, depth, fromMs];
    for (let step = depths[next]; step !== undefined && step.atMs < untilMs; step = depths[++next]) {
      area += depth * (step.atMs - atMs);
      ({ depth, atMs } = step);
      most = Math.max(most, depth);
    }
    area += depth * (untilMs - atMs);
    queueMean.push(endMs === 0 ? 0 : Math.round((area / (untilMs - fromMs)) * 100) / 100);
    queueMax.push(most);
  }
  return { queueMean, queueMax };
}
