/** What an instance lets in, put together: queues, places, budgets. Each refusal is told to whoever counts. */
import type { Runtime, SpaceId } from "@holdfast/core/engine";
import type { ServerLimits } from "../limits.ts";
import type { ServerEvent } from "../observe.ts";
import type { Job, Lanes, TurnCount } from "../pipeline/lanes.ts";
import type { RateLimits } from "../rate-limits/rate-limits.ts";
import type { PullKind } from "../session/host.ts";
import { createAdmission } from "./admission.ts";
import { createPool } from "./pool.ts";
import { createRateGate, type RateCost, type Rates } from "./rate-gate.ts";
import type { Refused, RefusedReason } from "./refused.ts";
import { jitteredMs } from "./retry-after.ts";
import { createTurnHealth } from "./turn-health.ts";

export interface LoadHost {
  readonly limits: ServerLimits;
  readonly runtime: Runtime;
  readonly rates: Rates | undefined;
  readonly rateLimits: RateLimits;
  readonly observe: (event: ServerEvent) => void;
  /** Undefined: nothing is taken yet, or any more. */
  readonly lanes: () => Lanes | undefined;
  readonly connections: () => number;
}

export function createLoad({ limits, runtime, rates, rateLimits, observe, lanes, connections }: LoadHost) {
  const admission = createAdmission(limits, runtime);
  const line = { waitingMax: limits.pullsWaitingMax, waitMsMax: limits.pullWaitMsMax };
  const pools = {
    "first-sync": createPool({ placesMax: limits.firstSyncsMax, ...line }, runtime),
    "catch-up": createPool({ placesMax: limits.catchUpsMax, ...line }, runtime),
  };
  const health = createTurnHealth(limits, () => runtime.nowMs());
  const gate = createRateGate(rates, rateLimits, runtime);

  function told<R extends Refused | undefined>(refused: R): R {
    if (refused !== undefined) observe({ type: "refused", reason: refused.reason });
    return refused;
  }

  function refuse(reason: RefusedReason): Refused {
    return told({ reason, retryAfterMs: jitteredMs(limits.retryAfterMs, runtime.random()) });
  }

  return {
    committed: (turn: TurnCount): void => {
      health.committed();
      observe({ type: "turn", ...turn });
    },
    failed: (): void => {
      health.failed();
      observe({ type: "turn-failed" });
    },
    isFailing: () => health.isFailing(),
    began: (space: SpaceId, waitedMs: number): void => admission.began(space, waitedMs),
    emptied: (space: SpaceId): void => admission.emptied(space),
    isOverloaded: () => admission.isFull() || admission.isShedding(),
    rate: gate === undefined ? undefined : async (cost: RateCost): Promise<Refused | undefined> => told(await gate.take(cost)),
    /** Why nothing new is taken from outside. */
    refuses: (): Refused | undefined => {
      if (connections() >= limits.connectionsMax) return refuse("connections-full");
      return admission.isFull() ? refuse("queue-full") : undefined;
    },
    enterPull: async (kind: PullKind): Promise<(() => void) | Refused> => {
      return (await pools[kind].enter()) ?? refuse(kind === "first-sync" ? "first-syncs-full" : "catch-ups-full");
    },
    /** Undefined: it waits for its turn. */
    submit: (space: SpaceId, job: Job): Refused | undefined => {
      const open = lanes();
      if (open === undefined) return refuse("closing");
      const waiting =
        job.type === "push" ? { space, principal: job.push.principal.id, bytes: job.bytes } : { space, principal: "", bytes: 0 };
      const refused = told(admission.enter(waiting));
      if (refused !== undefined) return refused;
      const { done, failed } = job;
      open.submit(space, {
        ...job,
        done: (result: never) => {
          admission.left(waiting);
          (done as (result: unknown) => void)(result);
        },
        failed: (error: unknown) => {
          admission.left(waiting);
          failed(error);
        },
      } as Job);
      return undefined;
    },
    gauges: () => ({
      waitingPushes: admission.waiting,
      waitingBytes: admission.waitingBytes,
      turns: lanes()?.turns ?? 0,
      firstSyncs: pools["first-sync"].taken,
      catchUps: pools["catch-up"].taken,
      shedding: admission.isShedding(),
    }),
  };
}
