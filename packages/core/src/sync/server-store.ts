/**
 * What r0 asks of its database: batches in, batches out, and one atomic durable write a turn (architecture section 5).
 * Every key begins with the space. The port decides nothing: SQLite (embedded) and PostgreSQL answer alike, held together by
 * the suite in `@holdfast/conformance`.
 */
import type { ReplicaId } from "../causality/replica-id.ts";
import type { SpaceId } from "../operation/operation.ts";

/** Absent rows read as zeros: a space exists from its first change. */
export interface SpaceRow {
  readonly space: SpaceId;
  /** The highest sequence number given. */
  readonly head: number;
  /** The highest Lamport time that r0 has let into the space. */
  readonly lamport: number;
  /** Changes with a sequence number up to here are no longer in the stream. */
  readonly horizon: number;
}

/** One row a replica and space, kept for ever: what deduplicates (trap 3). */
export interface MarkRow {
  readonly space: SpaceId;
  readonly replica: ReplicaId;
  /** Every operation of the replica up to this counter has been answered. */
  readonly mark: number;
  /** The chain at `mark`. */
  readonly chain: Uint8Array;
  /** The Lamport time of the operation at `mark`. */
  readonly lamport: number;
  /** The highest counter with a recorded outcome, forgotten ones included. */
  readonly recordedThrough: number;
}

export interface RecordKey {
  readonly collection: string;
  readonly record: string;
}

export interface RecordRow extends RecordKey {
  /** `encodeRecordState`'s bytes. */
  readonly state: Uint8Array;
  /** The change that touched it last. */
  readonly sequence: number;
  /** A tombstone: collected behind the horizon. What an older version wrote may say so of one that is none; whoever collects looks. */
  readonly deleted: boolean;
}

export interface StreamRow {
  readonly sequence: number;
  readonly replica: ReplicaId;
  readonly counterFirst: number;
  readonly counterLast: number;
  /** `encodeTransaction`'s bytes. */
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970 by r0's clock; for people only. */
  readonly atMs: number;
}

export interface OutcomeRow {
  readonly replica: ReplicaId;
  readonly counter: number;
  /** `encodeOutcome`'s bytes: what a retry is answered with. Of a forgotten outcome only the first is left, for ever. */
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

/** What was answered of one replica in one turn: see `operation/imprint.ts`. Kept for ever. */
export interface ImprintRow {
  readonly replica: ReplicaId;
  readonly counterFirst: number;
  readonly counterLast: number;
  /** `encodeImprints`'s bytes. */
  readonly bytes: Uint8Array;
}

export interface IntentRow {
  /** The intent's UUID in hexadecimal. */
  readonly intent: string;
  /** `encodeOutcome`'s bytes. */
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

export interface CounterRange {
  readonly replica: ReplicaId;
  readonly from: number;
  readonly through: number;
  /** The first so many rows: counters may be claimed in any number, and rows are read into memory. */
  readonly countMax: number;
}

/** What one turn of a space changes; committed as one, or not at all. */
export interface WriteBatch {
  readonly space: SpaceRow;
  readonly marks: readonly MarkRow[];
  readonly records: readonly RecordRow[];
  /** Dense, and the last one is `space.head`. */
  readonly stream: readonly StreamRow[];
  readonly outcomes: readonly OutcomeRow[];
  readonly intents: readonly IntentRow[];
  readonly imprints: readonly ImprintRow[];
  /** Tombstones that leave, if the row is still as it was read: with that sequence number. None of them is in `records`. */
  readonly collected: readonly (RecordKey & { readonly sequence: number })[];
  /** By how much the space's states have grown, in bytes; below zero if they have shrunk. */
  readonly stateBytes: number;
  /** Outcomes that their replica has on disk: all but their first byte goes. A replica may come back from before it had them. */
  readonly settled: readonly { readonly replica: ReplicaId; readonly through: number }[];
}

/** Answers stand in the order of the questions; an absent row is `undefined`. */
export interface StoreReader {
  space(): Promise<SpaceRow>;
  marks(replicas: readonly ReplicaId[]): Promise<readonly (MarkRow | undefined)[]>;
  records(keys: readonly RecordKey[]): Promise<readonly (RecordRow | undefined)[]>;
  /** Ascending in each range. */
  outcomes(ranges: readonly CounterRange[]): Promise<readonly OutcomeRow[]>;
  /** Rows that hold a counter of the range, ascending. */
  imprints(range: CounterRange): Promise<readonly ImprintRow[]>;
  intents(ids: readonly string[]): Promise<readonly (IntentRow | undefined)[]>;
}

export interface Turn<T> {
  /** Absent: nothing to write. */
  readonly batch: WriteBatch | undefined;
  readonly result: T;
}

export interface PageBounds {
  readonly countMax: number;
  /** At least one row is returned, whatever its size. */
  readonly bytesMax: number;
}

/** Lamport clocks after a restore start so far above what the backup knew that no lost stamp reaches them (trap 6). */
export const epochLamportStep = 2 ** 20;

/** Lamport times an epoch: more operations than any space of it takes, and room for thousands of epochs below what an integer holds. */
const lamportsPerEpoch = 2 ** 32;

/**
 * How high a stamp may be in a store that was restored, beside what its spaces have seen. A backup says nothing of the epochs that are lost with
 * what came after it: put back a second time, it begins where it began the first time, and devices bring what was stamped in between.
 */
export function lamportLostMax({ epochs }: StoreMeta): number {
  return epochs > 1 ? Math.min(epochs * lamportsPerEpoch, 2 ** 52) : 0;
}

/** How far a replica has everything of the space, durably on its device. Written lazily: an older one is only more cautious. */
export interface PositionRow {
  readonly space: SpaceId;
  readonly replica: ReplicaId;
  readonly sequence: number;
  /** When it last said so, by r0's clock. */
  readonly atMs: number;
}

/** Kept with the space's row by each commit: asking costs one read, whatever the space holds. */
export interface SpaceSize {
  /** Rows above the horizon, and what is below it and not dropped yet. */
  readonly streamBytes: number;
  readonly stateBytes: number;
}

export interface StoreMeta {
  /** 32 hexadecimal digits; also r0's replica id. */
  readonly epoch: string;
  /** How many epochs there were, this one included. */
  readonly epochs: number;
}

export interface FeedRow extends StreamRow {
  readonly space: SpaceId;
}

export interface FeedPage {
  readonly rows: readonly FeedRow[];
  /** Where the next page begins. */
  readonly place: string;
  /** Whether there is more right now. */
  readonly more: boolean;
}

export interface ServerStore {
  /** Nobody but the instance that opened it writes to this database: all its news is the instance's own. Absent: others may. */
  readonly isExclusive?: boolean;
  meta(): Promise<StoreMeta>;
  /**
   * A turn of one space: no other turn of that space overlaps it, and it reads what the last one committed. Resolves after the
   * batch is durable. If `body` throws or the commit fails, nothing has changed. Turns of different spaces may share a commit.
   */
  transact<T>(space: SpaceId, body: (reader: StoreReader) => Promise<Turn<T>>): Promise<T>;
  /** Committed state, outside any turn. */
  readSpaces(spaces: readonly SpaceId[]): Promise<readonly SpaceRow[]>;
  readMark(space: SpaceId, replica: ReplicaId): Promise<MarkRow | undefined>;
  /** Ascending by counter, the forgotten ones too. */
  readOutcomes(space: SpaceId, range: CounterRange): Promise<readonly OutcomeRow[]>;
  /** Rows with a sequence number in (after, through], ascending, without gaps, bounded. */
  readStream(space: SpaceId, after: number, through: number, bounds: PageBounds): Promise<readonly StreamRow[]>;
  /** Records after `after` in (collection, record) order by UTF-8 bytes, bounded; from the first when undefined. */
  readRecords(space: SpaceId, after: RecordKey | undefined, bounds: PageBounds): Promise<readonly RecordRow[]>;
  /** Binds a replica id to the principal that first used it, durably, and says whose it is (trap 7). */
  bindReplica(replica: ReplicaId, principal: string): Promise<string>;
  /** Moves the horizon, forward only and not past the head. What lies behind it is nobody's any more, and is dropped by `dropStream`. */
  compact(space: SpaceId, horizon: number): Promise<void>;
  /** Drops the first rows of the stream behind the horizon, so many at most in one short transaction; how many. Two at once are harmless. */
  dropStream(space: SpaceId, countMax: number): Promise<number>;
  /** The highest sequence number up to `through` such that it and all rows before it are older than `beforeMs`; looks at `countMax` rows. The horizon if there is none. */
  readAged(space: SpaceId, through: number, beforeMs: number, countMax: number): Promise<number>;
  /** Rows that say `deleted` with a sequence number up to `through`, ascending by it, bounded. */
  readTombstones(space: SpaceId, through: number, bounds: PageBounds): Promise<readonly RecordRow[]>;
  /**
   * Rows with a sequence number up to `through` whose vector names more than `entries` replicas (at most 127), bounded. What a state's third byte
   * says (`record-codec.ts`): the least number of its entries, and where it is 128 or more, more than any that is asked for.
   */
  readCrowded(space: SpaceId, through: number, entries: number, bounds: PageBounds): Promise<readonly RecordRow[]>;
  /** Ascending, after `after`: spaces that have a stream above their horizon or behind it, or tombstones. */
  readCompactable(after: SpaceId | undefined, countMax: number): Promise<readonly SpaceId[]>;
  sizeOf(space: SpaceId): Promise<SpaceSize>;
  /** For people: counts row by row. */
  countRecords(space: SpaceId): Promise<{ readonly records: number; readonly tombstones: number }>;
  /** Each takes the place of the replica's last one. */
  writePositions(rows: readonly PositionRow[]): Promise<void>;
  /** Those told since `sinceMs`, ascending by sequence number. */
  readPositions(space: SpaceId, sinceMs: number, countMax: number): Promise<readonly PositionRow[]>;
  /** Forgets positions told before `beforeMs`, so many at most; how many. */
  dropPositions(beforeMs: number, countMax: number): Promise<number>;
  /** Forgets what was recorded before `beforeMs`: outcomes but for their first byte, and intents. How many outcomes that were not forgotten yet. */
  expireOutcomes(beforeMs: number): Promise<number>;
  /**
   * The streams of all spaces in one order, in which nothing ever comes to stand before what was read: from the beginning, or behind an
   * earlier page. `intact` asks whether what came after `after` is all here still; undefined if it is not. A store that has no such order
   * leaves this out, and is read space by space.
   */
  readFeed?(after: string | undefined, countMax: number, intact: boolean): Promise<FeedPage | undefined>;
  /**
   * After a restore from a backup: a new identity of this history, and Lamport clocks moved past what was lost (trap 6): by at least a step, and to
   * a multiple of it, so that what was written before is told from what was written since.
   */
  startNewEpoch(epoch: string): Promise<void>;
  close(): Promise<void>;
}
