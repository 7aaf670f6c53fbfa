/**
 * Whether a load balancer should send devices here: not while it drains, not while it is overloaded, not while its store does not answer, or
 * answers and takes nothing.
 * Alive is something else: an instance that is not ready must not be restarted for it (`/health` against `/ready`).
 */
import type { Runtime, ServerStore } from "@holdfast/core/engine";

export interface Readiness {
  readonly ready: boolean;
  /** Why not; for people. */
  readonly reasons: readonly string[];
}

export interface ReadinessHost {
  readonly store: Pick<ServerStore, "meta">;
  readonly runtime: Pick<Runtime, "nowMs" | "setTimer">;
  readonly readyMsMax: number;
  readonly closing: () => boolean;
  readonly load: {
    isOverloaded(): boolean;
    /** Turn after turn. */
    isFailing(): boolean;
  };
}

/** Balancers ask every second, and several of them: the store is asked once in so long at most. */
const askedAgainMs = 500;

export function createReadiness({ store, runtime, readyMsMax, closing, load }: ReadinessHost): () => Promise<Readiness> {
  let asked: { readonly atMs: number; readonly answers: Promise<boolean> } | undefined;

  function storeAnswers(): Promise<boolean> {
    const nowMs = runtime.nowMs();
    if (asked === undefined || nowMs - asked.atMs >= askedAgainMs) asked = { atMs: nowMs, answers: ask() };
    return asked.answers;
  }

  function ask(): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = runtime.setTimer(readyMsMax, () => resolve(false));
      const told = (answers: boolean): void => {
        cancel();
        resolve(answers);
      };
      store.meta().then(
        () => told(true),
        () => told(false),
      );
    });
  }

  return async () => {
    const reasons: string[] = [];
    if (closing()) reasons.push("it is closing");
    if (load.isOverloaded()) reasons.push("it has too much to do");
    if (!closing() && !(await storeAnswers())) reasons.push("the store does not answer");
    if (load.isFailing()) reasons.push("the store takes no writes");
    return { ready: reasons.length === 0, reasons };
  };
}
