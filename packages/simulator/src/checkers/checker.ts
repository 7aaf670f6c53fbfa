/** A checker looks at one property and says what is wrong with it, in words that name the culprit. */
import type { LostOperation, Memory, Oracle } from "../workload/oracle.ts";
import type { SpaceView } from "../workload/space-view.ts";

/** One read of one space on one device, at any moment. */
export interface Reading<View = SpaceView> {
  readonly device: string;
  readonly space: number;
  readonly view: View;
  readonly memory: Memory;
  /** Operations that no answer of r0 covers, by the device's own status. */
  readonly pending: number;
  /** Entries that the writer of an entry was shown when it wrote. */
  readonly sawOf: (entry: string) => ReadonlySet<string> | undefined;
  /** What of that r0 has lost and nobody keeps: of what its writer changed there, no entry tells any more. */
  readonly lostSeenBy: (entry: string) => readonly LostOperation[];
  /** Ids that r0 holds of a collection at the same moment; undefined while it is down. */
  readonly recordsAtR0: (collection: string) => ReadonlySet<string> | undefined;
  /** The same; of an r0 that was put back, those alone up to which the device has read. */
  readonly passedAtR0: (collection: string) => ReadonlySet<string> | undefined;
}

/** One device at the end, drained and in step. */
export interface Ending<View = SpaceView> {
  readonly device: string;
  readonly space: number;
  readonly view: View;
  readonly digest: string;
  readonly digestAtR0: string;
}

export interface EndingOfSpace<View = SpaceView> {
  readonly space: number;
  readonly oracle: Oracle;
  readonly endings: readonly Ending<View>[];
  /** Nothing in the plan takes conflicts out of a log: no bound on it, no snapshot, no backup, nobody who leaves or loses access. */
  readonly keepsLogs: boolean;
}

export type ReadingChecker<View = SpaceView> = (reading: Reading<View>) => readonly string[];
export type EndingChecker<View = SpaceView> = (ending: EndingOfSpace<View>) => readonly string[];
