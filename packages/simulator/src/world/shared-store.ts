/**
 * r0's store as one of its instances sees it: across a way that takes time, and no further than the instance lives. One that dies in its
 * turn lets go of it, as a connection that breaks lets go of a database's lock; what it had handed over may be committed or not.
 */
import type { ServerStore, StoreReader } from "@holdfast/core/engine";
import { forwardStore } from "./forward-store.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

export interface SharedStoreParts {
  readonly world: World;
  readonly store: ServerStore;
  readonly process: Process;
  readonly delayMsMean: number;
  /** No other instance writes to it: nothing has to be looked up that was not told. */
  readonly isExclusive: boolean;
  /** Rejects when the process dies. */
  readonly dying: Promise<never>;
}

type Asked<T> = () => Promise<T>;

export function shareStore({ world, store, process, delayMsMean, isExclusive, dying }: SharedStoreParts): ServerStore {
  let asked = 0;
  const travel = (run: () => void): void => {
    if (delayMsMean === 0) run();
    else world.schedule(world.random("store", process.name, ++asked).exponential(delayMsMean), run);
  };
  /** A dead instance hears no answer, and a suspended one hears it when it goes on. */
  const ask = <T>(question: Asked<T>): Promise<T> =>
    new Promise((resolve, reject) =>
      process.effect(() =>
        travel(
          () =>
            void question().then(
              (answer) => travel(() => process.effect(() => resolve(answer))),
              (error: Error) => travel(() => process.effect(() => reject(error))),
            ),
        ),
      ),
    );
  const readerOf = (reader: StoreReader): StoreReader => ({
    space: () => ask(() => reader.space()),
    marks: (replicas) => ask(() => reader.marks(replicas)),
    records: (keys) => ask(() => reader.records(keys)),
    outcomes: (ranges) => ask(() => reader.outcomes(ranges)),
    imprints: (range) => ask(() => reader.imprints(range)),
    intents: (ids) => ask(() => reader.intents(ids)),
  });
  return forwardStore((question) => ask(() => question(store)), {
    isExclusive,
    transact: (space, body) => ask(() => store.transact(space, (reader) => Promise.race([body(readerOf(reader)), dying]))),
    // The store is the machine's.
    close: () => Promise.resolve(),
  });
}
