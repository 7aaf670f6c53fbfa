/** A replica's limits, each with its unit. What happens at each is a rule of `docs/spec/client.md`. */
export interface ReplicaLimits {
  /** Own operations of one space without an answer. Beyond it a write is refused with `limit-reached`. */
  readonly pendingOperationsMax: number;
  /** Writes waiting for the lock. Beyond it a write is refused with `limit-reached`. */
  readonly queuedWritesMax: number;
  /** Writes that share one commit. The rest wait for the next. */
  readonly writesPerCommitMax: number;
  /** A write's callback that has not settled by then is refused with `timeout`: it holds the lock. */
  readonly callbackMsMax: number;
  /** Work goes on so long (ms) without letting the host's timers and sockets in. */
  readonly turnMsMax: number;
  /** Kept conflicts; at the limit the oldest makes room. */
  readonly conflictsMax: number;
  /** Kept dead letters; at the limit writes are refused with `limit-reached` until the app disposes of some. None is ever dropped. */
  readonly deadLettersMax: number;
  /** Confirmed transactions of a space kept for a server that lost them; the oldest go first. */
  readonly confirmedKeptMax: number;
  /** Open live queries. */
  readonly liveQueriesMax: number;
  /** Followed spaces. */
  readonly spacesMax: number;
  /** Rows of a table rewritten in one slice when the schema has changed. */
  readonly fillSliceRowsMax: number;
  /** After a disk that was full or failed, columns are filled on after so long (ms). */
  readonly fillRetryMs: number;
  /** After a disk that was full or failed, what was deleted is scrubbed from the file after so long (ms). */
  readonly scrubRetryMs: number;
  /** Undecided intents of one space. Beyond it a request is refused with `limit-reached`. */
  readonly undecidedIntentsMax: number;
  /** A text binding's keystrokes are written together after so long. */
  readonly textGroupMs: number;
  /** Messages received and not yet applied; beyond it the connection is closed, and a later one pulls again. */
  readonly inboxMessagesMax: number;
}

export const replicaDefaults: ReplicaLimits = {
  pendingOperationsMax: 1_000_000,
  queuedWritesMax: 100_000,
  writesPerCommitMax: 512,
  callbackMsMax: 10_000,
  turnMsMax: 12,
  conflictsMax: 10_000,
  deadLettersMax: 10_000,
  confirmedKeptMax: 2_000,
  liveQueriesMax: 1_000,
  spacesMax: 1_000,
  fillSliceRowsMax: 500,
  fillRetryMs: 5_000,
  scrubRetryMs: 60_000,
  undecidedIntentsMax: 1_000,
  textGroupMs: 16,
  inboxMessagesMax: 10_000,
};
