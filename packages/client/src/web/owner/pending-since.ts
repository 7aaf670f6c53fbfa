/** Since when own writes wait for r0, by the clock that they were written by (F46). One look into the log for each answer of r0. */
import type { SpaceId } from "@holdfast/core/engine";
import type { ReplicaContext } from "../../context.ts";
import { readLog } from "../../store/change-log.ts";

export class PendingSince {
  readonly #context: ReplicaContext;
  /** Of each space: its oldest pending write. */
  readonly #oldest = new Map<SpaceId, { readonly settledThrough: number; readonly wallMs: number | undefined }>();

  constructor(context: ReplicaContext) {
    this.#context = context;
  }

  /** Wall clock (ms) of the oldest; undefined where nothing waits. */
  read(): number | undefined {
    const { port, spaces, store } = this.#context;
    let oldest: number | undefined;
    for (const { space, settledThrough, counter, access } of spaces.values()) {
      if (counter <= settledThrough || access === "none") continue;
      let known = this.#oldest.get(space);
      if (known?.settledThrough !== settledThrough) {
        const [first] = readLog(port, space, settledThrough, counter, 1, store.transactions);
        known = { settledThrough, wallMs: first?.transaction.wallMs };
        this.#oldest.set(space, known);
      }
      if (known.wallMs !== undefined) oldest = Math.min(oldest ?? known.wallMs, known.wallMs);
    }
    return oldest;
  }
}
