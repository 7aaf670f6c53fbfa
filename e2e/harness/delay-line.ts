/** Passes items on after their delay. Those put in order stay in order; a held one may be overtaken. */
export interface DelayLine<T> {
  put(item: T, delayMs: number, inOrder: boolean): void;
  /** What waits is lost. */
  stop(): void;
}

export function createDelayLine<T>(deliver: (item: T) => void): DelayLine<T> {
  const timers = new Set<NodeJS.Timeout>();
  let lastDueMs = 0;
  let ordered: { readonly item: T; readonly dueMs: number }[] = [];
  let stopped = false;

  const drain = (): void => {
    while (!stopped && ordered[0] !== undefined && ordered[0].dueMs <= performance.now()) deliver((ordered.shift() as { item: T }).item);
    if (!stopped && ordered[0] !== undefined) later(ordered[0].dueMs - performance.now(), drain);
  };
  const later = (delayMs: number, run: () => void): void => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        run();
      },
      Math.max(0, Math.ceil(delayMs)),
    );
    timers.add(timer);
  };

  return {
    put(item, delayMs, inOrder) {
      if (stopped) return;
      const nowMs = performance.now();
      if (!inOrder) {
        later(delayMs, () => deliver(item));
        return;
      }
      const dueMs = Math.max(lastDueMs, nowMs + delayMs);
      lastDueMs = dueMs;
      if (ordered.length === 0 && dueMs <= nowMs) {
        deliver(item);
        return;
      }
      ordered.push({ item, dueMs });
      if (ordered.length === 1) later(dueMs - nowMs, drain);
    },
    stop() {
      stopped = true;
      ordered = [];
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
