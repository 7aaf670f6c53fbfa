/** Waits for something to become true, by asking: for states that nothing announces. Bounded, and says what it waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, msMax = 20_000): Promise<void> {
  const startMs = performance.now();
  while (!(await holds())) {
    if (performance.now() - startMs > msMax) throw new Error(`${what}: not within ${msMax} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const turnMs = 10;

/**
 * The same, where everything that is waited for runs in this process: its clock is how often this loop has come round, each time after a sleep
 * of `turnMs`. On a machine at ease the two are one. Where a turn takes ten times as long, since other programs have the processor or the disk,
 * nobody here has been given more than a turn, and it counts as one; what sleeps by the clock has fewer turns for it.
 */
export async function untilServed(what: string, holds: () => boolean, msMax: number): Promise<void> {
  const startMs = performance.now();
  for (let turns = 0; !holds(); turns++) {
    if (turns * turnMs > msMax) {
      const tookMs = Math.round(performance.now() - startMs);
      throw new Error(`${what}: not within ${msMax} ms of ${turns} turns (${tookMs} ms by the clock).`);
    }
    await new Promise((resolve) => setTimeout(resolve, turnMs));
  }
}
