/**
 * A read of the store that fails is no transaction's fault, and no callback's: whoever it went through (an arbiter that catches everything
 * and refuses), the turn must not be committed, nor the transaction be named as the one that fails (F10: its author would withdraw it).
 */
import { HoldfastError, type StoreReader } from "@holdfast/core/engine";

export interface ReadWatch {
  watch(reader: StoreReader): StoreReader;
  run<T>(read: () => Promise<T>): Promise<T>;
  /** Throws the first fault that there was. */
  assertRead(): void;
}

export function createReadWatch(): ReadWatch {
  let fault: HoldfastError | undefined;
  const run = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      fault ??= toDiskFault(error);
      throw fault;
    }
  };
  return {
    run,
    watch: (reader) => ({
      space: () => run(() => reader.space()),
      marks: (replicas) => run(() => reader.marks(replicas)),
      records: (keys) => run(() => reader.records(keys)),
      outcomes: (ranges) => run(() => reader.outcomes(ranges)),
      imprints: (range) => run(() => reader.imprints(range)),
      intents: (ids) => run(() => reader.intents(ids)),
    }),
    assertRead() {
      if (fault !== undefined) throw fault;
    },
  };
}

function toDiskFault(error: unknown): HoldfastError {
  if (error instanceof HoldfastError && error.origin === "disk") return error;
  return new HoldfastError("store-failed", "The store could not be read.", {
    origin: "disk",
    retry: true,
    advice: "Look at the database.",
    cause: error,
  });
}
