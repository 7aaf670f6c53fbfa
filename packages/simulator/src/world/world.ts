/** Virtual time and one queue of events. Between two events every promise that can settle does. */
import type { Point } from "../points/points.ts";
import { type Random, random, type Seed } from "../random.ts";
import { Trace, type Watcher } from "./trace.ts";
import type { Told } from "./trace-event.ts";

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Milliseconds since 1970 at which every run begins. */
export const startWallMs = 1_790_000_000_000;

export class World {
  readonly seed: Seed;
  readonly trace: Trace;
  nowMs = 0;
  events = 0;
  /** The run is over: what dies now stays dead. */
  over = false;
  /** Everything has drained and is looked at: a fault that was still to come does not. */
  isSettled = false;
  /** What the run is to be reported with: faults that struck, states that were reached. */
  readonly faults = new Map<string, number>();
  readonly points = new Map<Point, number>();
  readonly #queue: Event[] = [];
  #order = 0;

  constructor(seed: Seed, watcher?: Watcher) {
    this.seed = seed;
    this.trace = new Trace(watcher);
  }

  random(stream: string, ...keys: readonly (string | number)[]): Random {
    return random(this.seed, stream, ...keys);
  }

  /** `told`: the same for an observer, in parts. */
  note(line: string, told?: Told): void {
    this.trace.add(this.nowMs, line, told);
  }

  /** A fault has struck. */
  struck(fault: string): void {
    count(this.faults, fault);
  }

  /** A state that a good swarm reaches now and then. */
  sometimes(point: Point): void {
    count(this.points, point);
  }

  /** Events of one instant run in the order in which they were asked for. */
  schedule(delayMs: number, run: () => void): () => void {
    // One that is not a number would stand in the queue for ever, and everything behind it.
    if (Number.isNaN(delayMs)) throw new RangeError("That is no delay.");
    const event: Event = { atMs: this.nowMs + Math.max(0, delayMs), order: ++this.#order, run, cancelled: false };
    push(this.#queue, event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Runs until `untilMs`, or until `done` says so between two events. */
  async run(untilMs: number, done: () => boolean = () => false): Promise<void> {
    for (let next = this.#queue[0]; next !== undefined && next.atMs <= untilMs; next = this.#queue[0]) {
      pop(this.#queue);
      if (next.cancelled) continue;
      this.nowMs = next.atMs;
      this.events++;
      next.run();
      await settled();
      if (done()) return;
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** Goes on until the promise has settled, which may take time in this world. */
  async until<T>(promise: Promise<T>, forMsMax = 60_000): Promise<T> {
    let isSettled = false;
    const note = (): void => {
      isSettled = true;
    };
    promise.then(note, note);
    await settled();
    if (!isSettled) await this.run(this.nowMs + forMsMax, () => isSettled);
    if (!isSettled) throw new Error("A promise does not settle.");
    return promise;
  }
}

/** Resolves when no promise is left that can go on by itself: the host runs microtasks to their end before the next macrotask. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function count<Name extends string>(counts: Map<Name, number>, name: Name): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

function push(heap: Event[], event: Event): void {
  let index = heap.push(event) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (isBefore(heap[parent] as Event, event)) break;
    heap[index] = heap[parent] as Event;
    index = parent;
  }
  heap[index] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop() as Event;
  if (heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
    if (isBefore(last, heap[child] as Event)) break;
    heap[index] = heap[child] as Event;
    index = child;
  }
  heap[index] = last;
}
