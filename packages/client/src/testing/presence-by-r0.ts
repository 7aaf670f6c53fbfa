/** What r0 says itself of a record's presence: that it forgets it, or folds its vector. */
import { kindCodes, type PresenceDelta, presenceLattice, type ReplicaId, type Transaction } from "@holdfast/core/engine";
import { space } from "./bed.ts";
import type { ScriptedR0 } from "./scripted-r0.ts";

export function presenceByR0(
  r0: ScriptedR0,
  counter: number,
  record: string,
  said: PresenceDelta,
  context: ReadonlyMap<ReplicaId, number> = new Map(),
): Transaction {
  const delta = presenceLattice.encodeDelta(said);
  return {
    replica: r0.epoch as ReplicaId,
    counter,
    lamport: r0.space(space).lamport + 1,
    schemaVersion: 1,
    wallMs: 0,
    dependencies: new Map(),
    body: {
      type: "operations",
      operations: [{ collection: "notes", record, field: "", kind: kindCodes.presence, delta, context, creates: false }],
    },
    extensions: [],
  };
}
