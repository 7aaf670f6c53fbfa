/** What r0 has, as far as a device's state must agree with it before they have spoken. */
import type { SqlitePort } from "@holdfast/core/engine";

export interface R0Facts {
  readonly head: number;
  /** Replica → the last counter of it that r0 has answered. */
  readonly marks: ReadonlyMap<string, number>;
  /** Entry → the sequence number at which it came into being. */
  readonly entries: ReadonlyMap<string, number>;
}

export function readR0Facts(port: SqlitePort, space: string): R0Facts {
  const marks = port.all("SELECT replica, mark FROM marks WHERE space = ?", [space]);
  const entries = port.all("SELECT record, sequence FROM records WHERE space = ? AND collection = 'entries'", [space]);
  return {
    head: (port.all("SELECT head FROM spaces WHERE space = ?", [space])[0]?.["head"] as number | undefined) ?? 0,
    marks: new Map(marks.map((row) => [row["replica"] as string, row["mark"] as number])),
    entries: new Map(entries.map((row) => [row["record"] as string, row["sequence"] as number])),
  };
}
