/** What every lane answers: one try, numbered, of finding that something is wrong. */
import type { Direction } from "../directed-plan.ts";

export interface Finding {
  /** The property that does not hold. */
  readonly checker: string;
  readonly detail: string;
  /** What replays it, as JSON, as small as it could be made. */
  readonly plan?: unknown;
  /** Operations and faults in the plan, as found and as shrunk. */
  readonly length?: number;
  readonly shrunkLength?: number;
}

export interface LaneOptions {
  readonly direction: Direction | undefined;
  /** For making a finding smaller; 0: leave it. */
  readonly shrinkMsMax: number;
}

/** `skipped`: this seed says nothing in this lane, and does not count. */
export type Try = (seed: number) => Promise<Finding | "skipped" | undefined>;

export type OpenLane = (options: LaneOptions) => Promise<Try>;
