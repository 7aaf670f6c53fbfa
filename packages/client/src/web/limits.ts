/** Limits of a replica that many tabs share, each with its unit. What happens at each is a rule of `docs/spec/tabs.md`. */
export interface TabLimits {
  /** From `openReplica` to a replica or a typed refusal. */
  readonly openMsMax: number;
  /** A browser's storage that has not answered by then is taken for none: the replica is ephemeral. */
  readonly storageMsMax: number;
  /** While no owner is known it is asked for again after so long. */
  readonly seekMs: number;
  /** Requests wait so long for a new owner; then they are refused. */
  readonly ownerlessMsMax: number;
  /** Requests of one tab without an answer. Beyond it the next is refused with `limit-reached`. */
  readonly requestsInFlightMax: number;
  /** Messages that travel together. The rest follow in the next post. */
  readonly messagesPerPostMax: number;
  /** Rows of live queries that travel together, so that taking them is a short task for a page: some 3 ms. The rest follow in the next post. */
  readonly rowsPerPostMax: number;
  /** A worker that has not begun by then is taken for dead: only one that has begun can be seen to die. Doubled each time in a row. */
  readonly bootMsMax: number;
  /** A worker that has ended by itself is started again after so long; doubled each time in a row, up to the maximum. */
  readonly restartMs: number;
  readonly restartMsMax: number;
  /** A worker is given so long to close its store; then it is ended. */
  readonly closeMsMax: number;
  /** A callback that reads what others write is run so often; then its write is refused. */
  readonly attemptsMax: number;
  /** Conflicts and dead letters that a page mirrors, the oldest first. */
  readonly listedMax: number;
  /** Own writes without an answer for so long, in a store that the browser may remove, are told as at risk. */
  readonly atRiskMs: number;
}

/**
 * `turnMsMax` of a store that tabs share (ms), where `limits` says none: shorter than a commit, so that a read that comes while writes and
 * pages are queued waits for the one under way. A dozen made it wait for as many as fit in, at the cost of none of them.
 */
export const ownerTurnMsMax = 1;

export const tabDefaults: TabLimits = {
  openMsMax: 2_800,
  storageMsMax: 1_500,
  seekMs: 150,
  ownerlessMsMax: 10_000,
  requestsInFlightMax: 10_000,
  messagesPerPostMax: 256,
  rowsPerPostMax: 500,
  bootMsMax: 2_000,
  restartMs: 50,
  restartMsMax: 5_000,
  closeMsMax: 1_000,
  attemptsMax: 20,
  listedMax: 1_000,
  atRiskMs: 10 * 60_000,
};
