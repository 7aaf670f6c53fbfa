/**
 * Every bound of the wire, by name. A reader checks a count or a length against these before it allocates anything;
 * a message beyond one is a fault, never a truncated value. Writers are kept within them by the limits of the write path.
 *
 * Read as a namespace, `import * as wireLimits`: bundlers put the numbers where they are used.
 */
/** One message as carried: a WebSocket message, an HTTP frame. */
export const messageBytesMax = 1 << 20;
/** One message after inflating. */
export const inflatedBytesMax = 4 << 20;
/** An HTTP body of frames. */
export const bodyBytesMax = 8 << 20;
export const framesMax = 4096;
export const transactionsPerBatchMax = 4096;
export const operationsPerTransactionMax = 16_384;
export const operationsPerBatchMax = 16_384;
/** Of one operation's context: replicas that wrote one record. */
export const contextEntriesMax = 1024;
/** Columns may say a thousand contexts in few bytes; their sum is bounded apart. */
export const contextEntriesPerBatchMax = 65_536;
export const replicasPerBatchMax = 8192;
export const namesPerBatchMax = 4096;
export const keysPerBatchMax = 4096;
export const keysPerWelcomeMax = 1024;
/** In counters: as many as a replica keeps of what is confirmed (`confirmedKeptMax`), unless it is told to keep more. */
export const recalledCountersMax = 2_000;
export const dependenciesPerTransactionMax = 64;
export const dependenciesPerBatchMax = 8192;
export const extensionsPerBatchMax = 4096;
export const extensionBytesMax = 65_536;
export const snapshotRecordsMax = 16_384;
export const recordIdBytesMax = 128;
export const spaceIdBytesMax = 128;
export const principalBytesMax = 256;
export const epochBytesMax = 64;
export const tokenBytesMax = 16_384;
export const cursorBytesMax = 256;
export const spacesMax = 1024;
export const capabilitiesMax = 64;
export const capabilityBytesMax = 64;
export const openingBytesMax = 16;
export const outcomesMax = 4096;
export const outcomeCodeBytesMax = 64;
export const outcomeReasonBytesMax = 1024;
export const outcomeResultBytesMax = 262_144;
export const faultMessageBytesMax = 1024;
/** Of operations: unknown kinds are kept up to here. */
export const kindMax = 0xffff;
export const schemaVersionMax = 0xffff_ffff;
export const requestMax = 0xffff_ffff;
/** Counters, Lamport times, sequence numbers and wall times: a difference of two is still a safe integer when zigzagged. */
export const integerMax = 2 ** 52 - 1;
/** Of what one replica shows of itself in a space, and how many of them one message tells. */
export const presenceBytesMax = 1024;
export const presentMax = 512;
