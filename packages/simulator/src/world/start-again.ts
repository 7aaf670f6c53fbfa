/** How long whoever looks after a machine waits before starting it again. */

/** An app that is opened again, and a supervisor's first pause. */
export const startAgainMs = 1_000;
/** So many starts in vain come one after another; then the pauses grow. */
const inVainMax = 60;
/** Well within what peace gives a fleet to drain. */
const pauseMsMax = 5 * 60_000;

/** A disk may be full for weeks, and a start each second of them would be a million. */
export function pauseBeforeStartMs(startsInVain: number): number {
  return Math.min(pauseMsMax, startAgainMs * 2 ** Math.max(0, startsInVain - inVainMax));
}
