/** Every bound of what goes through Redis, named, with its unit. Redis carries hints, and none of them is worth waiting for (F08). */
export interface RedisLimits {
  /** What has been handed to a connection and is not answered: beyond, news is kept as heads, or dropped. */
  readonly unansweredMax: number;
  readonly unansweredBytesMax: number;
  /** Spaces whose newest head is kept while news cannot be sent, to be told when it can; beyond, the others' anti-entropy finds them. */
  readonly missedSpacesMax: number;
  /** Channels of one SUBSCRIBE. */
  readonly subscribeMax: number;
  /** A space that nobody follows any more is left after so long: devices that only reconnect would make it come and go. */
  readonly lingerMs: number;
  /** Each end sends itself news through Redis this often. */
  readonly heartbeatMs: number;
  /** If none has come for so long, the connections are half open (trap 15): they are closed and opened again. */
  readonly silenceMsMax: number;
  readonly connectMsMax: number;
  /** Between two attempts to connect: full jitter below this. */
  readonly reconnectMsMax: number;
  /** What goes wrong with Redis is logged once in so long, with how often. */
  readonly logEveryMs: number;
  /** A count is waited for so long; then it is taken in memory, and so are all others for as long as `awayMs`. */
  readonly takeMsMax: number;
  readonly awayMs: number;
  /** That a device is connected is said again this often, and believed for three times as long. */
  readonly deviceMs: number;
}

export const redisLimits: RedisLimits = {
  unansweredMax: 10_000,
  unansweredBytesMax: 4 * 1024 * 1024,
  missedSpacesMax: 10_000,
  subscribeMax: 1_000,
  lingerMs: 10_000,
  heartbeatMs: 1_000,
  silenceMsMax: 4_000,
  connectMsMax: 2_000,
  reconnectMsMax: 1_000,
  logEveryMs: 60_000,
  takeMsMax: 250,
  awayMs: 1_000,
  deviceMs: 30_000,
};
