/** The part of a store that compaction asks. Each implementation has a file for it. */
import type { ServerStore } from "@holdfast/core/engine";

export type CompactionPart = Pick<
  ServerStore,
  | "compact"
  | "dropStream"
  | "readAged"
  | "readTombstones"
  | "readCrowded"
  | "readCompactable"
  | "sizeOf"
  | "countRecords"
  | "writePositions"
  | "readPositions"
  | "dropPositions"
>;
