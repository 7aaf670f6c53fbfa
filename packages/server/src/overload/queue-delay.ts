/**
 * Whether a queue stands, told by how long what leaves it has waited, and never by its length: a long queue that moves is a burst, a short one
 * that does not is a database in trouble. After CoDel (Nichols and Jacobson, "Controlling queue delay", 2012), which takes the *least* wait
 * of an interval. What is refused here has not been taken yet, so that we refuse a growing share of what arrives, as CoDel drops:
 * 1 − 1/√(1 + n) in the n-th interval in a row, and never all of it, or nothing would tell that the queue has gone.
 *
 *     flowing ──every wait of an interval above the target──► standing (n = 1, 2, …) ──one wait below it, or nothing waits──► flowing
 */
export interface QueueDelay {
  readonly kind: "flowing" | "standing";
  /** When the interval under way began; undefined: with the next wait. */
  readonly sinceMs: number | undefined;
  /** The least wait in it. */
  readonly leastMs: number;
  /** Intervals in a row. */
  readonly standing: number;
}

export interface QueueDelayLimits {
  readonly queueTargetMs: number;
  readonly queueIntervalMs: number;
}

export const queueAtRest: QueueDelay = { kind: "flowing", sinceMs: undefined, leastMs: Number.POSITIVE_INFINITY, standing: 0 };

/** The share is capped: a queue that nothing enters any more would never be seen to move. */
export const shedShareMax = 0.9;

/** Something has left the queue after `waitedMs`. */
export function stepQueueDelay(
  state: QueueDelay,
  { nowMs, waitedMs }: { readonly nowMs: number; readonly waitedMs: number },
  { queueTargetMs, queueIntervalMs }: QueueDelayLimits,
): QueueDelay {
  if (waitedMs <= queueTargetMs) return queueAtRest;
  const sinceMs = state.sinceMs ?? nowMs;
  const leastMs = Math.min(state.leastMs, waitedMs);
  if (nowMs - sinceMs < queueIntervalMs) return { ...state, sinceMs, leastMs };
  return { kind: "standing", sinceMs: nowMs, leastMs: Number.POSITIVE_INFINITY, standing: state.standing + 1 };
}

/** The share of what arrives that is refused. */
export function shedShare({ standing }: QueueDelay): number {
  return standing === 0 ? 0 : Math.min(shedShareMax, 1 - 1 / Math.sqrt(1 + standing));
}
