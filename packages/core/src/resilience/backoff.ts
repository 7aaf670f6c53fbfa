/**
 * Exponential backoff with full jitter (paper 6.3): attempt n sleeps uniformly in [0, min(cap, base · 2ⁿ)).
 * `Retry-After` is a floor under the jitter window, not a replacement for it, so that a fleet that was told the same second
 * does not come back in it (trap 16), and the window is at least as wide as the floor: half of a fleet that is told 20 s after its first
 * failure would come back in one second otherwise (F42). The sleep is floor + uniform[0, max(window, floor)).
 *
 * A far side that knows how many would come back together may say how wide the first window has to be (`windowMsMin`): half a second is
 * nothing to twenty thousand sessions that one death has ended. The cap holds for it too. Windows go on from there: who has come in vain within
 * a minute, and with it as many others as the far side feared, would else be back within a second, with all of them (a second wave).
 */
export interface BackoffState {
  /** Failures since the last stable connection, or as many as have the width of the widest window so far. */
  readonly attempts: number;
}

export interface BackoffLimits {
  readonly baseMs: number;
  readonly capMs: number;
}

export const backoffAtRest: BackoffState = { attempts: 0 };

/** The window of the n-th attempt, n from 0. */
export function backoffWindowMs(attempts: number, limits: BackoffLimits): number {
  return Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(attempts, 40));
}

/** `random` is uniform in [0, 1). */
export function stepBackoff(
  state: BackoffState,
  event: { readonly random: number; readonly retryAfterMs: number | undefined; readonly windowMsMin?: number },
  limits: BackoffLimits,
): { readonly state: BackoffState; readonly delayMs: number } {
  const floorMs = Math.max(0, event.retryAfterMs ?? 0);
  const spreadMs = Math.min(limits.capMs, event.windowMsMin ?? 0);
  const windowMs = Math.max(backoffWindowMs(state.attempts, limits), floorMs, spreadMs);
  const attempts = Math.max(state.attempts, attemptsOf(spreadMs, limits)) + 1;
  return { state: { attempts }, delayMs: floorMs + Math.floor(event.random * windowMs) };
}

/** The last attempt whose window is no wider. */
function attemptsOf(windowMs: number, { baseMs }: BackoffLimits): number {
  return windowMs <= baseMs ? 0 : Math.floor(Math.log2(windowMs / baseMs));
}
