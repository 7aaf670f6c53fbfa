/** What a turn reads, as the file holds it at the moment of each call. */
import type { SpaceId, StoreReader } from "@holdfast/core/engine";
import { emptySpace } from "../store/empty-rows.ts";
import type { Database } from "./database.ts";
import { readImprints, readIntent, readMark, readOutcomes, readRecord, readSpace } from "./read-rows.ts";

export function createReader(database: Database, space: SpaceId): StoreReader {
  return {
    space: async () => readSpace(database, space) ?? emptySpace(space),
    marks: async (replicas) => replicas.map((replica) => readMark(database, space, replica)),
    records: async (keys) => keys.map((key) => readRecord(database, space, key)),
    outcomes: async (ranges) => ranges.flatMap((range) => readOutcomes(database, space, range)),
    imprints: async (range) => readImprints(database, space, range),
    intents: async (ids) => ids.map((id) => readIntent(database, space, id)),
  };
}
