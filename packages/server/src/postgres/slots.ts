/** So many at once, first come, first served; who waits for too long goes without. */
import type { Runtime } from "@holdfast/core/engine";

export interface Slots {
  /** False if there was none in time. */
  take(waitMsMax: number): Promise<boolean>;
  give(): void;
}

export function createSlots(runtime: Pick<Runtime, "setTimer">, slotsMax: number): Slots {
  const waiting = new Set<() => void>();
  let taken = 0;
  return {
    take(waitMsMax) {
      if (taken < slotsMax) {
        taken++;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const cancel = runtime.setTimer(waitMsMax, () => {
          waiting.delete(handed);
          resolve(false);
        });
        function handed(): void {
          waiting.delete(handed);
          cancel();
          resolve(true);
        }
        waiting.add(handed);
      });
    },
    give() {
      const [next] = waiting;
      if (next === undefined) taken--;
      else next(); // and it has the place of the one that leaves
    },
  };
}
