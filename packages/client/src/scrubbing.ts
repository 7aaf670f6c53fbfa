/** The scrub that a lost space leaves owed (`store/scrub.ts`): once for all that are lost together, and tried again where the disk refuses. */
import { HoldfastError } from "@holdfast/core";
import type { ReplicaContext } from "./context.ts";
import { isFilling } from "./store/fill.ts";
import { scrub } from "./store/scrub.ts";
import type { WorkQueue } from "./write/work-queue.ts";

export interface Scrubbing {
  /** After whatever may have left one owed. */
  check(): void;
  stop(): void;
}

export function createScrubbing(context: ReplicaContext, queue: WorkQueue): Scrubbing {
  let isPlanned = false;
  let cancel = (): void => undefined;

  const plan = (): void => void queue.job(attempt);
  function attempt(): void {
    if (context.phase !== "open") return;
    try {
      // A fill goes on from a rowid, and VACUUM may number rows anew.
      if (!isFilling(context.port)) {
        scrub(context.port);
        context.isScrubOwed = isPlanned = false;
        return;
      }
    } catch (error) {
      if (!(error instanceof HoldfastError)) context.report(error);
    }
    cancel = context.runtime.setTimer(context.limits.scrubRetryMs, plan);
  }

  return {
    check() {
      if (!context.isScrubOwed || isPlanned) return;
      isPlanned = true;
      plan();
    },
    stop: () => cancel(),
  };
}
