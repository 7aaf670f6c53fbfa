/**
 * Places for work that costs much at once. Who finds none waits in line, for a bounded time, and is sent away then: first syncs have a pool
 * of their own, so that a thousand new devices do not hold up those that are nearly in step.
 */
import type { Runtime } from "@holdfast/core/engine";

export interface PoolLimits {
  readonly placesMax: number;
  readonly waitingMax: number;
  readonly waitMsMax: number;
}

export interface Pool {
  /** Gives the place back when called; undefined: there was none in time. */
  enter(): Promise<(() => void) | undefined>;
  readonly taken: number;
  readonly waiting: number;
}

export function createPool(limits: PoolLimits, runtime: Pick<Runtime, "setTimer">): Pool {
  const line = new Set<() => void>();
  let taken = 0;

  function leave(): void {
    const [next] = line;
    if (next === undefined) taken--;
    else {
      line.delete(next);
      next();
    }
  }

  /** Once, however often it is called. */
  function place(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      leave();
    };
  }

  return {
    enter() {
      if (taken < limits.placesMax) {
        taken++;
        return Promise.resolve(place());
      }
      if (line.size >= limits.waitingMax) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        const called = (): void => {
          cancel();
          resolve(place());
        };
        const cancel = runtime.setTimer(limits.waitMsMax, () => {
          line.delete(called);
          resolve(undefined);
        });
        line.add(called);
      });
    },
    get taken() {
      return taken;
    },
    get waiting() {
      return line.size;
    },
  };
}
