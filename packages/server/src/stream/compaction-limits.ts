/** What r0 keeps of the past, and in what steps it lets it go. */
export interface CompactionLimits {
  /** A change stays in the stream for so long at least, by r0's clock: whoever comes back sooner gets changes, and no snapshot. */
  readonly streamRetentionMs: number;
  /** A replica that has not been heard of for so long holds nothing back any more. It gets a snapshot when it returns; its marks stay for ever. */
  readonly replicaExpiryMs: number;
  /** A space's stream is cut to these, whoever has not passed it. */
  readonly streamRowsMax: number;
  readonly streamBytesMax: number;
  /** Who is behind by so many changes gets states instead, if the changes weigh so many times what the space's states do. */
  readonly catchUpRowsMin: number;
  readonly catchUpFactor: number;
  /** An instance goes through the spaces so often, give or take half. */
  readonly compactionMs: number;
  /** Rows of the stream that one transaction looks at or drops, and tombstones that one collects. */
  readonly compactionRowsMax: number;
  readonly collectedRecordsMax: number;
  readonly collectedBytesMax: number;
  /** A record's vector that names more replicas is folded; from 1 to 127. A context names each of them, with some twenty bytes. */
  readonly vectorEntriesMax: number;
  /** Between two such steps, give or take half: others come in. */
  readonly compactionPauseMs: number;
  /** Where replicas stand is written so often; what a crash loses of it makes r0 only more cautious. */
  readonly positionsWriteMs: number;
  /** A position that has not moved is written again after so long. */
  readonly positionsRepeatMs: number;
  /** Positions held in memory; beyond, they are written at once, and what was written is remembered no more. */
  readonly positionsHeldMax: number;
}

const dayMs = 24 * 3_600_000;

export const compactionLimits: CompactionLimits = {
  streamRetentionMs: 7 * dayMs,
  replicaExpiryMs: 30 * dayMs,
  streamRowsMax: 1_000_000,
  streamBytesMax: 1024 * 1024 * 1024,
  catchUpRowsMin: 5_000,
  catchUpFactor: 2,
  compactionMs: 10 * 60_000,
  compactionRowsMax: 2_000,
  collectedRecordsMax: 500,
  collectedBytesMax: 128 * 1024,
  vectorEntriesMax: 24,
  compactionPauseMs: 5,
  positionsWriteMs: 60_000,
  positionsRepeatMs: 6 * 3_600_000,
  positionsHeldMax: 50_000,
};
