/** News between r0's instances: late, lost and doubled, as far as a hint may be (F08). An instance hears its own at once. */
import type { Bus, Notice, SpaceId } from "@holdfast/core/engine";
import type { BusConfig } from "../plan/plan.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

/** One instance, for one life. */
interface Subscriber {
  readonly process: Process;
  readonly spaces: Set<SpaceId>;
  readonly hear: (notice: Notice) => void;
}

export class SimulatedBus {
  readonly #world: World;
  readonly #config: BusConfig;
  readonly #subscribers = new Set<Subscriber>();
  #notices = 0;
  /** In peace nothing is lost any more. */
  calm = false;

  constructor(world: World, config: BusConfig) {
    this.#world = world;
    this.#config = config;
  }

  /** The bus as one instance holds it. */
  endOf(process: Process): Bus {
    return {
      publish: (notice) => this.#publish(process, notice),
      // It never says that it doubts: what is lost on it, nobody has noticed.
      subscribe: ({ heard }) => {
        const spaces = new Set<SpaceId>();
        const subscriber = { process, spaces, hear: heard };
        this.#subscribers.add(subscriber);
        return {
          follow: (space) => void spaces.add(space),
          unfollow: (space) => void spaces.delete(space),
          stop: () => void this.#subscribers.delete(subscriber),
        };
      },
      // Nobody in a fleet shows presence.
      whisper: () => undefined,
      close: () => Promise.resolve(),
    };
  }

  /** A dead instance hears nothing. */
  left(process: Process): void {
    for (const subscriber of this.#subscribers) if (subscriber.process === process) this.#subscribers.delete(subscriber);
  }

  #publish(publisher: Process, notice: Notice): void {
    const number = ++this.#notices;
    for (const subscriber of [...this.#subscribers]) {
      if (!subscriber.spaces.has(notice.space)) continue;
      if (subscriber.process === publisher) subscriber.hear(notice);
      else this.#carry(subscriber, notice, number);
    }
  }

  #carry({ process, hear }: Subscriber, notice: Notice, number: number): void {
    const draws = this.#world.random("notice", process.name, number);
    const { delayMsMean, losePerNotice, doublePerNotice } = this.#config;
    if (!this.calm && draws.chance(losePerNotice)) {
      this.#world.struck("notice lost");
      return;
    }
    const copies = !this.calm && draws.chance(doublePerNotice) ? 2 : 1;
    if (copies === 2) this.#world.struck("notice doubled");
    for (let copy = 0; copy < copies; copy++) {
      this.#world.schedule(draws.exponential(delayMsMean), () =>
        process.effect(() => {
          this.#world.sometimes("news of one instance reaches another");
          hear(notice);
        }),
      );
    }
  }
}
