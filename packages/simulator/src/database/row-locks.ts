/** Rows that transactions hold until they end; whoever comes meanwhile waits, first come, first served. */

interface Waiting {
  readonly holder: object;
  readonly taken: () => void;
}

export class RowLocks {
  readonly #heldBy = new Map<string, object>();
  readonly #waiting = new Map<string, Waiting[]>();

  isFree(row: string, holder: object): boolean {
    const held = this.#heldBy.get(row);
    return held === undefined || held === holder;
  }

  take(row: string, holder: object): Promise<void> {
    if (this.isFree(row, holder)) {
      this.#heldBy.set(row, holder);
      return Promise.resolve();
    }
    return new Promise((taken) => {
      const queue = this.#waiting.get(row) ?? [];
      this.#waiting.set(row, [...queue, { holder, taken }]);
    });
  }

  /** Of all that it holds and waits for. */
  release(holder: object): void {
    for (const [row, queue] of this.#waiting)
      this.#waiting.set(
        row,
        queue.filter((each) => each.holder !== holder),
      );
    for (const [row, held] of [...this.#heldBy]) {
      if (held !== holder) continue;
      const [next, ...others] = this.#waiting.get(row) ?? [];
      this.#waiting.set(row, others);
      if (next === undefined) this.#heldBy.delete(row);
      else {
        this.#heldBy.set(row, next.holder);
        next.taken();
      }
    }
  }
}
