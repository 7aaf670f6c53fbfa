/** For how long what builds on what a backup had lost has been waiting for whoever brings that back (SRV28). In memory: a restart waits anew. */
import type { ReplicaId, Runtime, SpaceId } from "@holdfast/core/engine";

export interface Patience {
  /** True until the replica's first such transaction in the space was asked about for longer than is waited: what builds on it waits no more. */
  waits(space: SpaceId, replica: ReplicaId): boolean;
}

/** Replicas and spaces that are remembered at once; the oldest is forgotten, and waits anew. */
const waitingMax = 10_000;

export function createPatience(runtime: Pick<Runtime, "nowMs">, holdMsMax: number): Patience {
  const sinceMs = new Map<string, number>();
  return {
    waits(space, replica) {
      const key = `${replica} ${space}`;
      const known = sinceMs.get(key);
      if (known !== undefined) return runtime.nowMs() - known < holdMsMax;
      sinceMs.set(key, runtime.nowMs());
      const [oldest] = sinceMs.keys();
      if (sinceMs.size > waitingMax && oldest !== undefined) sinceMs.delete(oldest);
      return true;
    },
  };
}
