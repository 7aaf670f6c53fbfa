/** The lanes of a space-time diagram: devices in their order, r0 and its instances at the right. */
import type { TraceEvent } from "../world/trace-event.ts";

export interface Lanes {
  readonly names: readonly string[];
  readonly width: number;
  /** Undefined for a machine that has no lane. */
  readonly xOf: (name: string) => number | undefined;
}

const laneWidthMax = 110;
const margin = 46;
/** What the words beside it leave. */
const widthMax = 540;

export function lanesOf(events: readonly TraceEvent[]): Lanes {
  const found = new Set<string>();
  for (const event of events) for (const name of machinesOf(event)) found.add(name);
  const laneWidth = Math.min(laneWidthMax, (widthMax - 2 * margin) / Math.max(1, found.size - 1));
  const isServer = (name: string): boolean => name.startsWith("r0");
  const names = [...found].sort((one, other) => Number(isServer(one)) - Number(isServer(other)) || (one < other ? -1 : 1));
  return {
    names,
    width: 2 * margin + laneWidth * Math.max(1, names.length - 1),
    xOf: (name) => (found.has(name) ? margin + laneWidth * names.indexOf(name) : undefined),
  };
}

function machinesOf(event: TraceEvent): readonly string[] {
  switch (event.type) {
    case "open":
    case "operation":
      return [event.machine];
    case "message":
      return [event.sender, event.receiver];
    default:
      return [];
  }
}
