/**
 * Who may join the queue of pushes. Nothing is refused that could be served soon; what is refused is refused at once, before it costs
 * anything, and by name. Bounds are for the instance, for one space and for one principal, so that none of them can take all of it.
 */
import type { Runtime, SpaceId } from "@holdfast/core/engine";
import type { ServerLimits } from "../limits.ts";
import { type QueueDelay, queueAtRest, shedShare, stepQueueDelay } from "./queue-delay.ts";
import type { Refused, RefusedReason } from "./refused.ts";
import { jitteredMs } from "./retry-after.ts";

export interface Waiting {
  readonly space: SpaceId;
  /** Empty: the backend itself. */
  readonly principal: string;
  readonly bytes: number;
}

export interface Admission {
  /** Undefined: it waits from here on, until `left`. */
  enter(job: Waiting): Refused | undefined;
  left(job: Waiting): void;
  /** A turn has begun; `waitedMs` of what had waited longest for it. */
  began(space: SpaceId, waitedMs: number): void;
  /** Nothing of the space waits any more. */
  emptied(space: SpaceId): void;
  isFull(): boolean;
  isShedding(): boolean;
  readonly waiting: number;
  readonly waitingBytes: number;
}

export function createAdmission(limits: ServerLimits, runtime: Pick<Runtime, "nowMs" | "random">): Admission {
  const bySpace = new Map<SpaceId, number>();
  const byPrincipal = new Map<string, number>();
  const delays = new Map<SpaceId, QueueDelay>();
  let instance = queueAtRest;
  let waiting = 0;
  let waitingBytes = 0;

  function reasonAgainst({ space, principal, bytes }: Waiting): RefusedReason | undefined {
    if (waiting >= limits.waitingPushesMax) return "queue-full";
    // The first is always taken: a push may be larger than what an instance is willing to keep, and would come again for ever (F16).
    if (waiting > 0 && waitingBytes + bytes > limits.waitingBytesMax) return "bytes-full";
    if ((bySpace.get(space) ?? 0) >= limits.spacePushesMax) return "space-full";
    if (principal !== "" && (byPrincipal.get(principal) ?? 0) >= limits.principalPushesMax) return "principal-full";
    const share = Math.max(shedShare(instance), shedShare(delays.get(space) ?? queueAtRest));
    return share > 0 && runtime.random() < share ? "shed" : undefined;
  }

  return {
    enter(job) {
      const reason = reasonAgainst(job);
      if (reason !== undefined) return { reason, retryAfterMs: jitteredMs(limits.retryAfterMs, runtime.random()) };
      waiting++;
      waitingBytes += job.bytes;
      add(bySpace, job.space, 1);
      add(byPrincipal, job.principal, 1);
      return undefined;
    },
    left({ space, principal, bytes }) {
      waiting--;
      waitingBytes -= bytes;
      add(bySpace, space, -1);
      add(byPrincipal, principal, -1);
    },
    began(space, waitedMs) {
      const at = { nowMs: runtime.nowMs(), waitedMs };
      // One slow space makes no slow instance: the least wait of any space counts, as long as anything flows.
      instance = stepQueueDelay(instance, at, limits);
      const delay = stepQueueDelay(delays.get(space) ?? queueAtRest, at, limits);
      if (delay === queueAtRest) delays.delete(space);
      else delays.set(space, delay);
    },
    emptied(space) {
      delays.delete(space);
      if (waiting === 0) instance = queueAtRest;
    },
    isFull: () => waiting >= limits.waitingPushesMax || waitingBytes >= limits.waitingBytesMax,
    isShedding: () => instance.kind === "standing",
    get waiting() {
      return waiting;
    },
    get waitingBytes() {
      return waitingBytes;
    },
  };
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
