/** r0's store at some distance: each question but a turn travels as it is. */
import type { ServerStore } from "@holdfast/core/engine";

/** Asks the store, wherever it is. */
export type AskStore = <T>(question: (store: ServerStore) => Promise<T>) => Promise<T>;

export function forwardStore(ask: AskStore, own: Pick<ServerStore, "isExclusive" | "transact" | "close">): ServerStore {
  return {
    ...own,
    meta: () => ask((store) => store.meta()),
    readSpaces: (spaces) => ask((store) => store.readSpaces(spaces)),
    readMark: (space, replica) => ask((store) => store.readMark(space, replica)),
    readOutcomes: (space, range) => ask((store) => store.readOutcomes(space, range)),
    readStream: (space, after, through, bounds) => ask((store) => store.readStream(space, after, through, bounds)),
    readRecords: (space, after, bounds) => ask((store) => store.readRecords(space, after, bounds)),
    bindReplica: (replica, principal) => ask((store) => store.bindReplica(replica, principal)),
    compact: (space, horizon) => ask((store) => store.compact(space, horizon)),
    dropStream: (space, countMax) => ask((store) => store.dropStream(space, countMax)),
    readAged: (space, through, beforeMs, countMax) => ask((store) => store.readAged(space, through, beforeMs, countMax)),
    readTombstones: (space, through, bounds) => ask((store) => store.readTombstones(space, through, bounds)),
    readCrowded: (space, through, entries, bounds) => ask((store) => store.readCrowded(space, through, entries, bounds)),
    readCompactable: (after, countMax) => ask((store) => store.readCompactable(after, countMax)),
    sizeOf: (space) => ask((store) => store.sizeOf(space)),
    countRecords: (space) => ask((store) => store.countRecords(space)),
    writePositions: (rows) => ask((store) => store.writePositions(rows)),
    readPositions: (space, sinceMs, countMax) => ask((store) => store.readPositions(space, sinceMs, countMax)),
    dropPositions: (beforeMs, countMax) => ask((store) => store.dropPositions(beforeMs, countMax)),
    expireOutcomes: (beforeMs) => ask((store) => store.expireOutcomes(beforeMs)),
    startNewEpoch: (epoch) => ask((store) => store.startNewEpoch(epoch)),
  };
}
