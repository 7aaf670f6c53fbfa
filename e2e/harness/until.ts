/** Waits for something to become true, by asking: for states that nothing announces. Bounded, and says what it waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, msMax = 20_000): Promise<void> {
  const startMs = performance.now();
  while (!(await holds())) {
    if (performance.now() - startMs > msMax) throw new Error(`${what}: not within ${msMax} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
