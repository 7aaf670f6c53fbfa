/**
 * Budgets of operations and bytes, for a principal, for a space and for the instance (or for all instances together, where the counters are in
 * Redis). A push that alone exceeds a budget is charged all of it, and passes once there is nothing else in the window: it would be refused
 * for ever otherwise (F16).
 */
import type { Runtime, SpaceId, Transaction } from "@holdfast/core/engine";
import type { RateCounter, RateLimits } from "../rate-limits/rate-limits.ts";
import type { Refused, RefusedReason } from "./refused.ts";
import { jitteredMs } from "./retry-after.ts";

export interface RateBudgets {
  readonly operations?: number;
  readonly bytes?: number;
}

/** What may be taken in each window of `perSeconds`; what is not named is not bounded. */
export interface Rates {
  /** Whole seconds; 10 unless told. */
  readonly perSeconds?: number;
  readonly principal?: RateBudgets;
  readonly space?: RateBudgets;
  readonly instance?: RateBudgets;
}

export interface RateCost {
  readonly principal: string;
  readonly space: SpaceId;
  readonly operations: number;
  readonly bytes: number;
}

/** An intent is one; so is a void. */
export function countOperations({ transactions }: { readonly transactions: readonly Transaction[] }): number {
  return transactions.reduce((sum, { body }) => sum + (body.type === "operations" ? body.operations.length : 1), 0);
}

export interface RateGate {
  take(cost: RateCost): Promise<Refused | undefined>;
}

interface Budget {
  readonly reason: RefusedReason;
  readonly unit: "operations" | "bytes";
  readonly points: number;
  readonly counter: RateCounter;
  readonly keyOf: (cost: RateCost) => string;
}

const perSecondsDefault = 10;

/** Undefined where nothing is bounded: then nothing is asked, and nothing waits. */
export function createRateGate(rates: Rates | undefined, limits: RateLimits, runtime: Pick<Runtime, "random">): RateGate | undefined {
  const budgets = rates === undefined ? [] : budgetsOf(rates, limits);
  if (budgets.length === 0) return undefined;
  return {
    async take(cost) {
      // One after the other, the narrowest first: what a user is refused is not charged to everybody.
      for (const { reason, unit, points, counter, keyOf } of budgets) {
        const taken = Math.min(points, cost[unit]);
        if (taken === 0) continue;
        const { allowed, retryAfterMs } = await counter.take(keyOf(cost), taken);
        if (!allowed) return { reason, retryAfterMs: retryAfterMs + jitteredMs(retryAfterMs / 4, runtime.random()) };
      }
      return undefined;
    },
  };
}

function budgetsOf(rates: Rates, limits: RateLimits): readonly Budget[] {
  const perSeconds = rates.perSeconds ?? perSecondsDefault;
  const scopes = [
    { scope: "principal", keyOf: ({ principal }: RateCost) => principal },
    { scope: "space", keyOf: ({ space }: RateCost) => space },
    { scope: "instance", keyOf: () => "all" },
  ] as const;
  return scopes.flatMap(({ scope, keyOf }) =>
    (["operations", "bytes"] as const).flatMap((unit) => {
      const points = rates[scope]?.[unit];
      if (points === undefined) return [];
      const counter = limits.counter({ name: `holdfast-${scope}-${unit}`, points, perSeconds });
      return [{ reason: `rate-${scope}` as const, unit, points, counter, keyOf }];
    }),
  );
}
