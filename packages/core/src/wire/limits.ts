/**
 * Every bound of the wire, by name. A reader checks a count or a length against these before it allocates anything;
 * a message beyond one is a fault, never a truncated value. Writers are kept within them by the limits of the write path.
 */
export const wireLimits = {
  /** One message as carried: a WebSocket message, an HTTP frame. */
  messageBytesMax: 1 << 20,
  /** One message after inflating. */
  inflatedBytesMax: 4 << 20,
  /** An HTTP body of frames. */
  bodyBytesMax: 8 << 20,
  framesMax: 4096,
  transactionsPerBatchMax: 4096,
  operationsPerTransactionMax: 16_384,
  operationsPerBatchMax: 16_384,
  /** Of one operation's context: replicas that wrote one record. */
  contextEntriesMax: 1024,
  /** Columns may say a thousand contexts in few bytes; their sum is bounded apart. */
  contextEntriesPerBatchMax: 65_536,
  replicasPerBatchMax: 8192,
  namesPerBatchMax: 4096,
  keysPerBatchMax: 4096,
  keysPerWelcomeMax: 1024,
  dependenciesPerTransactionMax: 64,
  dependenciesPerBatchMax: 8192,
  extensionsPerBatchMax: 4096,
  extensionBytesMax: 65_536,
  snapshotRecordsMax: 16_384,
  recordIdBytesMax: 128,
  spaceIdBytesMax: 128,
  principalBytesMax: 256,
  epochBytesMax: 64,
  tokenBytesMax: 16_384,
  cursorBytesMax: 256,
  spacesMax: 1024,
  capabilitiesMax: 64,
  capabilityBytesMax: 64,
  openingBytesMax: 16,
  outcomesMax: 4096,
  outcomeCodeBytesMax: 64,
  outcomeReasonBytesMax: 1024,
  outcomeResultBytesMax: 262_144,
  faultMessageBytesMax: 1024,
  /** Of operations: unknown kinds are kept up to here. */
  kindMax: 0xffff,
  schemaVersionMax: 0xffff_ffff,
  requestMax: 0xffff_ffff,
  /** Counters, Lamport times, sequence numbers and wall times: a difference of two is still a safe integer when zigzagged. */
  integerMax: 2 ** 52 - 1,
} as const;

/** A wall clock as a transaction carries it: whole, from 1970, and never so far off that it could not be written (F59). */
export function clampWallMs(ms: number): number {
  return ms > 0 ? Math.min(Math.floor(ms), wireLimits.integerMax) : 0;
}
