/** How many things happened when, in slots of 100 ms: enough for a peak of any second, and small for hours. */
export const slotMs = 100;
const slotsPerSecond = 1_000 / slotMs;

export interface Peak {
  /** In the busiest second, wherever it begins. */
  readonly perSecond: number;
  readonly per100Ms: number;
  /** When the busiest second begins. */
  readonly atMs: number;
}

export class TimeCounts {
  readonly #slots: Uint32Array;

  constructor(virtualMsMax: number) {
    this.#slots = new Uint32Array(Math.ceil(virtualMsMax / slotMs) + 1);
  }

  add(nowMs: number): void {
    const slot = Math.floor(nowMs / slotMs);
    this.#slots[slot] = (this.#slots[slot] as number) + 1;
  }

  total(fromMs: number, toMs: number): number {
    let total = 0;
    for (let slot = Math.floor(fromMs / slotMs); slot < toMs / slotMs; slot++) total += this.#slots[slot] ?? 0;
    return total;
  }

  peak(fromMs: number, toMs: number = Number.POSITIVE_INFINITY): Peak {
    let [second, perSecond, per100Ms, at] = [0, 0, 0, 0];
    const first = Math.floor(fromMs / slotMs);
    const end = Math.min(this.#slots.length, toMs / slotMs);
    for (let slot = first; slot < end; slot++) {
      const here = this.#slots[slot] as number;
      second += here - (slot - slotsPerSecond >= first ? (this.#slots[slot - slotsPerSecond] as number) : 0);
      per100Ms = Math.max(per100Ms, here);
      if (second > perSecond) [perSecond, at] = [second, Math.max(first, slot - slotsPerSecond + 1)];
    }
    return { perSecond, per100Ms, atMs: at * slotMs };
  }

  /** The busiest second that begins within each step: a mean over the step would hide what a server dies of. */
  peaks(untilMs: number, stepMs: number): readonly number[] {
    return this.#steps(untilMs, stepMs, (slot, slots) => {
      let [highest, second] = [0, 0];
      for (let index = slot; index < slot + slots + slotsPerSecond - 1; index++) {
        second += this.#slots[index] ?? 0;
        if (index - slotsPerSecond >= slot) second -= this.#slots[index - slotsPerSecond] ?? 0;
        highest = Math.max(highest, second);
      }
      return highest;
    });
  }

  /** A second, in each step by itself. */
  rates(fromMs: number, untilMs: number, stepMs: number): readonly number[] {
    return Array.from({ length: Math.floor((untilMs - fromMs) / stepMs) }, (_, step) => {
      const from = fromMs + step * stepMs;
      return (this.total(from, from + stepMs) * 1_000) / stepMs;
    });
  }

  /** Up to the end of each step, from the beginning. */
  sums(untilMs: number, stepMs: number): readonly number[] {
    let sum = 0;
    return this.#steps(untilMs, stepMs, (slot, slots) => {
      for (let index = slot; index < slot + slots; index++) sum += this.#slots[index] ?? 0;
      return sum;
    });
  }

  /** The end of the first slot at which `count` have happened, or undefined: never. */
  reachedMs(count: number): number | undefined {
    let sum = 0;
    for (const [slot, here] of this.#slots.entries()) {
      sum += here;
      if (sum >= count) return (slot + 1) * slotMs;
    }
    return undefined;
  }

  #steps(untilMs: number, stepMs: number, value: (slot: number, slots: number) => number): readonly number[] {
    const slots = Math.max(1, Math.round(stepMs / slotMs));
    return Array.from({ length: Math.ceil(untilMs / (slots * slotMs)) }, (_, step) => value(step * slots, slots));
  }
}
