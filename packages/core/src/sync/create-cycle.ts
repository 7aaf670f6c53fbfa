/** A replica's sync machine as it is right after a start: everything it knows was read from rows. */
import { spacesAtRest } from "./cycle-space.ts";
import type { CycleState, SpaceFacts } from "./cycle.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import { backoffAtRest } from "../resilience/backoff.ts";
import { breakerAtRest } from "../resilience/circuit-breaker.ts";

export function createCycle(start: {
  readonly replica: ReplicaId;
  readonly opening?: Uint8Array;
  readonly principal: string;
  readonly schemaVersion: number;
  readonly spaces: readonly SpaceFacts[];
}): CycleState {
  const [high = 0, low = 0] = start.opening ?? [];
  return {
    replica: start.replica,
    opening: start.opening,
    principal: start.principal,
    schemaVersion: start.schemaVersion,
    link: { kind: "stopped" },
    // Not from one at each start: what something on the way has kept of an earlier opening would be taken for the answer (CYC30).
    nextRequest: 1 + high * 256 + low,
    spaces: spacesAtRest(start.spaces),
    backoff: backoffAtRest,
    breaker: breakerAtRest,
    tokensRefused: 0,
    pushBytesMax: 256 * 1024,
  };
}
