/** r0's store over the shared database: the optimistic turns that ship, over the model of what they run on. */
import { HoldfastError, type ServerStore, type SpaceId, type StoreReader } from "@holdfast/core/engine";
import { createOptimisticTurns, type OptimisticBackend, type SpaceLock, type VersionedBatch } from "@holdfast/server/engine";
import { forwardStore } from "../world/forward-store.ts";
import { type ConnectionParts, ConnectionRefused, DatabaseConnection } from "./database-connection.ts";
import { ConnectionLost, type DatabaseLife } from "./shared-database.ts";

/** As one instance has it, for one life. */
export function openDatabaseStore(parts: ConnectionParts): ServerStore {
  const { process, database } = parts;
  const connection = new DatabaseConnection(parts);
  const ask = <T>(question: (life: DatabaseLife) => Promise<T>): Promise<T> => connection.ask(question).catch(throwFault);
  const { overtakenMax } = database.config;
  const turns = createOptimisticTurns({
    backend: createBackend(parts, connection, ask),
    runtime: process.runtime,
    defer: process.defer,
    ...(overtakenMax !== undefined && { limits: { overtakenMax } }),
  });
  const forwarded = forwardStore((question) => ask(({ store }) => question(store)), {
    isExclusive: false,
    transact: (space, body) => turns.transact(space, body),
    close: () => turns.drained(),
  });
  return { ...forwarded, compact: (space, horizon) => ask((life) => life.compact(space, horizon)) };
}

type Ask = DatabaseConnection["ask"];

function createBackend({ world, database }: ConnectionParts, connection: DatabaseConnection, ask: Ask): OptimisticBackend {
  /** A commit that nobody has taken is not there; one whose answer is lost may be. */
  const toAnswer = (error: unknown) => {
    if (error instanceof ConnectionRefused) return { type: "undone", again: true, error } as const;
    if (!(error instanceof ConnectionLost)) throw error;
    world.sometimes("the answer to a commit is lost");
    return { type: "lost", error } as const;
  };

  async function lock(space: SpaceId, waitMsMax: number): Promise<SpaceLock | undefined> {
    const holder = { space };
    let lockedIn: DatabaseLife | undefined;
    try {
      const taken = await connection.ask((life) => {
        lockedIn = life;
        return life.lock(space, holder, waitMsMax);
      });
      if (!taken) return undefined;
    } catch (error) {
      // Its transaction ends with the connection.
      lockedIn?.release(holder);
      return throwFault(error);
    }
    world.sometimes("a turn takes a space's lock");
    const release = (): void => lockedIn?.release(holder);
    return {
      async commit(batch) {
        const answer = await connection
          .ask((life) => {
            if (life !== lockedIn) throw new ConnectionLost("The transaction's connection is gone.");
            return life.commit([batch], holder);
          })
          .catch(toAnswer);
        release();
        return "type" in answer ? answer : (answer[0] as Exclude<typeof answer, { type: string }>[number]);
      },
      release: async () => release(),
    };
  }

  return {
    reader: (space, seen) => createReader(ask, space, createWatch(world, seen)),
    commit: (batches: readonly VersionedBatch[]) => connection.ask((life) => life.commit(batches)).catch(toAnswer),
    lock,
    breaks: () => database.lives,
    commitsOf: (space) => {
      world.sometimes("a lost commit is looked for");
      return ask(async (life) => life.commitsOf(space));
    },
  };
}

/** Tells, beside the turn, when rows of two versions have met in it. */
function createWatch(world: ConnectionParts["world"], seen: (version: number) => void): (version: number) => void {
  let first: number | undefined;
  return (version) => {
    first ??= version;
    if (version !== first) world.sometimes("rows of two versions meet in a turn");
    seen(version);
  };
}

function createReader(ask: Ask, space: SpaceId, seen: (version: number) => void): StoreReader {
  const read = async <T>(rows: (reader: StoreReader) => Promise<T>): Promise<T> => {
    const { version, answer } = await ask(async (life) => {
      // Both are of the moment in which the question arrives.
      const [at, asked] = [life.commitsOf(space).version, rows(life.reader(space))];
      return { version: at, answer: await asked };
    });
    seen(version);
    return answer;
  };
  return {
    space: () => read((reader) => reader.space()),
    marks: (replicas) => read((reader) => reader.marks(replicas)),
    records: (keys) => read((reader) => reader.records(keys)),
    outcomes: (ranges) => read((reader) => reader.outcomes(ranges)),
    imprints: (range) => read((reader) => reader.imprints(range)),
    intents: (ids) => read((reader) => reader.intents(ids)),
  };
}

/** What a driver's error becomes: it passes, and may be asked again. */
function throwFault(error: unknown): never {
  if (!(error instanceof ConnectionLost) && !(error instanceof ConnectionRefused)) throw error;
  throw new HoldfastError("store-failed", error.message, { origin: "disk", retry: true, advice: "Try again.", cause: error });
}
