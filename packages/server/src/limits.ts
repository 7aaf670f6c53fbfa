import { wireLimits } from "@holdfast/core/engine";
import { type PresenceLimits, presenceLimits } from "./presence/presence-table.ts";
import { type CompactionLimits, compactionLimits } from "./stream/compaction-limits.ts";

/** Every bound of r0, named, with its unit. What happens at each is a rule in `docs/spec/server.md`. */
export interface ServerLimits extends CompactionLimits, PresenceLimits {
  /** What a welcome tells a client that one push may hold. */
  readonly pushBytesMax: number;
  /** One message as carried. */
  readonly messageBytesMax: number;
  /** One HTTP request's body. */
  readonly bodyBytesMax: number;
  readonly pageBytesMax: number;
  readonly pageBytesMin: number;
  /** A record's state: what grows beyond is refused as `too-large`. A page holds at least one, and no message is larger than `inflatedBytesMax`. */
  readonly recordBytesMax: number;
  readonly pageTransactionsMax: number;
  readonly pageRecordsMax: number;
  /** A poke carries its changes up to here, else only the head. */
  readonly pokeBytesMax: number;
  /** Pokes of one space that were handed out together, while the last round went out, at most; then the head alone. */
  readonly pokePartsMax: number;
  /** The next round waits for as long as the last one took, and no longer than this. */
  readonly pokePauseMsMax: number;
  /** Followers who are told of a change that is too large for its poke ask for it over so long that no more than these do, a second. */
  readonly pokePullsPerSecond: number;
  /** Sessions that break with an instance come back over so long that no more than these do, a second, and within `reconnectWithinMsMax`. */
  readonly reconnectsPerSecond: number;
  readonly reconnectWithinMsMax: number;
  /** The heads of followed spaces are read from the store once in so long, jittered by half: finds what news did not tell. */
  readonly antiEntropyMs: number;
  /** In batches of so many spaces. */
  readonly antiEntropySpacesMax: number;
  /** And within so long after the bus has said that it may have lost something. */
  readonly doubtMsMax: number;
  /** Messages above this are deflated for a client that can. */
  readonly deflateBytesMin: number;
  /** One turn of a space decides at most so many jobs and transactions. */
  readonly turnJobsMax: number;
  readonly turnTransactionsMax: number;
  /** Turns under way at once; beyond, spaces take turns, first come first served. */
  readonly turnsMax: number;
  /** Pushes that wait for their turn: in the whole instance, of one space, of one principal, of one session; beyond, `overloaded`. */
  readonly waitingPushesMax: number;
  readonly spacePushesMax: number;
  readonly principalPushesMax: number;
  readonly sessionPushesMax: number;
  /** And how many bytes they hold, as carried. */
  readonly waitingBytesMax: number;
  /** If every wait for a turn is longer than this for so long, a growing share of what arrives is refused (`overload/queue-delay.ts`). */
  readonly queueTargetMs: number;
  readonly queueIntervalMs: number;
  /** Pulls under way at once: pages of a first sync, and of those who catch up. */
  readonly firstSyncsMax: number;
  readonly catchUpsMax: number;
  /** And how many may wait for a place in each, and for how long; beyond, `overloaded`. */
  readonly pullsWaitingMax: number;
  readonly pullWaitMsMax: number;
  readonly connectionsMax: number;
  /** HTTP requests under way at once; their bodies together hold at most `waitingBytesMax`. */
  readonly exchangesMax: number;
  readonly spacesFollowedMax: number;
  /** Replicas whose last displaced openings are remembered, and how many of each; then the oldest are forgotten. */
  readonly displacedReplicasMax: number;
  readonly displacedOpeningsMax: number;
  /** Bytes that a socket has not taken yet: from the first, pokes say only the head; at the second, it is closed. */
  readonly outgoingBytesSoft: number;
  readonly outgoingBytesMax: number;
  /** What one session may have sent before it is worked on. */
  readonly inboxMessagesMax: number;
  readonly inboxBytesMax: number;
  readonly arbiterMsMax: number;
  readonly callbackMsMax: number;
  readonly helloMsMax: number;
  /** A request's headers have come after so long, and all of it after so long, or its connection is closed. */
  readonly headersMsMax: number;
  readonly bodyMsMax: number;
  /** A connection over which nothing goes, between requests; longer than a proxy's own, so that the proxy closes first. */
  readonly keepAliveMsMax: number;
  readonly heartbeatMs: number;
  /** A session that has said nothing for so long is closed. */
  readonly idleMsMax: number;
  /** An access decision is asked for again after so long. */
  readonly accessMsMax: number;
  /** How long an intent's or a refusal's full outcome is kept. */
  readonly outcomeRetentionMs: number;
  readonly retryAfterMs: number;
  /** A device whose change builds on what a backup had lost is asked to try again after so long: another device may bring that back. */
  readonly restoredRetryMs: number;
  /** And so long at most; then the change is refused. */
  readonly restoredHoldMsMax: number;
  /** A drain: connections are still taken for so long, while `/ready` says no; then so many devices are sent away a second, over so long at most. */
  readonly drainNoticeMs: number;
  readonly drainPerSecond: number;
  readonly drainMsMax: number;
  /** One page of `changes` holds so many at most; a follower that has everything looks again after so long, give or take half. */
  readonly feedRowsMax: number;
  readonly feedPollMs: number;
  /** Closing waits so long for what is being answered. */
  readonly closeMsMax: number;
  /** A store that has not answered for so long is not ready. */
  readonly readyMsMax: number;
  /** An instance is not ready either when so many turns in a row have failed within so long. */
  readonly readyFailedTurnsMin: number;
  readonly readyFailedMsMax: number;
}

export const serverLimits: ServerLimits = {
  ...compactionLimits,
  ...presenceLimits,
  pushBytesMax: 512 * 1024,
  messageBytesMax: wireLimits.messageBytesMax,
  bodyBytesMax: wireLimits.bodyBytesMax,
  pageBytesMax: 512 * 1024,
  pageBytesMin: 1024,
  recordBytesMax: wireLimits.inflatedBytesMax - 64 * 1024,
  pageTransactionsMax: 2_000,
  pageRecordsMax: 2_000,
  pokeBytesMax: 4 * 1024,
  pokePartsMax: 16,
  pokePauseMsMax: 100,
  pokePullsPerSecond: 2_000,
  reconnectsPerSecond: 250,
  reconnectWithinMsMax: 60_000,
  antiEntropyMs: 10_000,
  antiEntropySpacesMax: 1_000,
  doubtMsMax: 1_000,
  deflateBytesMin: 1024,
  turnJobsMax: 256,
  turnTransactionsMax: 4_096,
  turnsMax: 1_000,
  waitingPushesMax: 10_000,
  spacePushesMax: 5_000,
  principalPushesMax: 2_000,
  sessionPushesMax: 64,
  waitingBytesMax: 256 * 1024 * 1024,
  queueTargetMs: 1_000,
  queueIntervalMs: 5_000,
  firstSyncsMax: 32,
  catchUpsMax: 256,
  pullsWaitingMax: 5_000,
  pullWaitMsMax: 10_000,
  connectionsMax: 20_000,
  exchangesMax: 2_000,
  spacesFollowedMax: 256,
  displacedReplicasMax: 10_000,
  displacedOpeningsMax: 8,
  outgoingBytesSoft: 1024 * 1024,
  outgoingBytesMax: 16 * 1024 * 1024,
  inboxMessagesMax: 256,
  inboxBytesMax: 16 * 1024 * 1024,
  arbiterMsMax: 5_000,
  callbackMsMax: 5_000,
  helloMsMax: 10_000,
  headersMsMax: 10_000,
  bodyMsMax: 60_000,
  keepAliveMsMax: 75_000,
  heartbeatMs: 25_000,
  idleMsMax: 90_000,
  accessMsMax: 30_000,
  outcomeRetentionMs: 30 * 24 * 3_600_000,
  retryAfterMs: 1_000,
  restoredRetryMs: 10_000,
  restoredHoldMsMax: 300_000,
  drainNoticeMs: 0,
  drainPerSecond: 200,
  drainMsMax: 20_000,
  feedRowsMax: 500,
  feedPollMs: 500,
  closeMsMax: 5_000,
  readyMsMax: 2_000,
  readyFailedTurnsMin: 10,
  readyFailedMsMax: 15_000,
};
