/** A checker looks at one property and says what is wrong with it, in words that name the culprit. */
import type { Memory, Oracle } from "../workload/oracle.ts";
import type { SpaceView } from "../workload/space-view.ts";

/** One read of one space on one device, at any moment. */
export interface Reading {
  readonly device: string;
  readonly space: number;
  readonly view: SpaceView;
  readonly memory: Memory;
  /** Operations that no answer of r0 covers, by the device's own status. */
  readonly pending: number;
  /** What r0 holds at the same moment; undefined while it is down. */
  readonly entriesAtR0: ReadonlySet<string> | undefined;
}

/** One device at the end, drained and in step. */
export interface Ending {
  readonly device: string;
  readonly space: number;
  readonly view: SpaceView;
  readonly digest: string;
  readonly digestAtR0: string;
}

export interface EndingOfSpace {
  readonly space: number;
  readonly oracle: Oracle;
  readonly endings: readonly Ending[];
}

export type ReadingChecker = (reading: Reading) => readonly string[];
export type EndingChecker = (ending: EndingOfSpace) => readonly string[];
