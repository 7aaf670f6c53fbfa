/**
 * Which faults have met which moments and which work: a generator is under test like everything else, and what it never brings together
 * is not tested. A pair of fault and moment is counted for each kind of operation that waits for its answer then.
 */
export type Phase = "down" | "asleep" | "offline" | "sending" | "in step";

export interface Met {
  readonly fault: string;
  readonly phase: Phase;
  /** Of the operations without an answer; none, if there are none. */
  readonly effects: Iterable<string>;
}

export class Coverage {
  /** By "fault × phase × effect". */
  readonly counts = new Map<string, number>();

  met({ fault, phase, effects }: Met): void {
    const names = new Set(effects);
    for (const effect of names.size === 0 ? ["nothing pending"] : names) {
      const name = `${fault} × ${phase} × ${effect}`;
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    }
  }
}
