/** Puts an instance of r0 together: store, lanes, sessions, bus, HTTP. What it decides is in `pipeline/` and in core's `sync/admission.ts`. */
import {
  type AnySchema,
  bytesToHex,
  callerError,
  createCursorCodec,
  type CursorCodec,
  HoldfastError,
  type Notice,
  type Runtime,
  type SpaceId,
  utf8Length,
  wireLimits,
  type WriteTransaction,
} from "@holdfast/core/engine";
import { createLocalBus } from "./bus/local-bus.ts";
import { type HttpListener, type Listening, listenHttp } from "./http/listen.ts";
import { serverLimits } from "./limits.ts";
import type { ServerGauges } from "./observe.ts";
import type { Awaitable, LogEntry, Principal, ServerOptions } from "./options.ts";
import type { DecisionContext } from "./pipeline/context.ts";
import { createLanes, type Job, type Lanes } from "./pipeline/lanes.ts";
import { checkOptions, keysOf, openContext } from "./open-context.ts";
import { createAdmission } from "./overload/admission.ts";
import { createPool } from "./overload/pool.ts";
import { createRateGate } from "./overload/rate-gate.ts";
import { type Refused, type RefusedReason, refusedTexts } from "./overload/refused.ts";
import { jitteredMs } from "./overload/retry-after.ts";
import { sendAway } from "./overload/send-away.ts";
import { createReadiness, type Readiness } from "./overload/readiness.ts";
import { memoryRateLimits } from "./rate-limits/memory-rate-limits.ts";
import { openNews } from "./push/open-news.ts";
import { nodeRuntime } from "./runtime/node-runtime.ts";
import { type ChangePage, type ChangesOptions, followChanges } from "./feed/follow-changes.ts";
import { Followers } from "./session/followers.ts";
import { createOpenings } from "./session/openings.ts";
import { SessionFault, type SessionHandle, type SessionHost, type SessionLink } from "./session/host.ts";
import { Session } from "./session/session.ts";
import { type CompactionHost, compactTo } from "./stream/compact-space.ts";
import { runCompactionRound } from "./stream/compaction-rounds.ts";
import { digestStoredSpace } from "./stream/digest-stored-space.ts";
import { inspectSpace, type StoredReport } from "./stream/inspect-space.ts";
import { createPositions } from "./stream/positions.ts";

export interface Server<S extends AnySchema> {
  /** Port 0 takes a free one. Resolves when connections are accepted. */
  listen(options: { readonly port: number; readonly host?: string }): Promise<Listening>;
  space(id: SpaceId): ServerSpace<S>;
  /** Every committed change, at least once, for other systems: see `ChangesOptions`. Throws `cursor-expired` where compaction has overtaken the follower. */
  changes(options?: ChangesOptions): AsyncGenerator<ChangePage, void, void>;
  /** SHA-256 of the space's state: equal to a replica's that holds the same operations. */
  digest(space: SpaceId): Promise<string>;
  inspect(space: SpaceId): Promise<SpaceReport>;
  /**
   * At once, what happens by itself in the background: drops the stream but for the last `keep` changes, and collects the tombstones behind
   * them. Who is further behind gets a snapshot.
   */
  compact(space: SpaceId, keep: number): Promise<void>;
  /** A conversation over any link: what `listen` does for sockets, for tests and other hosts. */
  connect(link: SessionLink): Promise<Session>;
  /** Whether a load balancer should send anybody here. */
  readiness(): Promise<Readiness>;
  gauges(): ServerGauges;
  /**
   * Before a planned `close`: `/ready` says no, then no connection is taken, and the devices are sent away one by one over
   * `limits.drainMsMax`, each when its pushes are answered. Resolves when all have gone or the time is up.
   */
  drain(): Promise<void>;
  /** Accepts nothing more, answers what it has taken, tells the clients, and closes the store. */
  close(): Promise<void>;
}

export interface ServerSpace<S extends AnySchema> {
  /** Resolves with the callback's value when it is durable. The callback may run again if a commit that it shared has failed. */
  write<T>(change: (tx: WriteTransaction<S>) => Awaitable<T>): Promise<T>;
}

export interface SpaceReport extends StoredReport {
  /** Since this instance started, over all spaces. */
  readonly counts: ServerCounts;
}

export interface ServerCounts {
  readonly turns: number;
  readonly transactions: number;
  readonly conflicts: number;
  readonly refused: number;
  readonly sessions: number;
}

/** How often sessions are looked at for expiry and silence. */
const sweepMs = 1_000;
const expiryMs = 3_600_000;

/** Throws `invalid-option` for what cannot work; nothing is opened before `listen`, but the store, which the caller has opened. */
export function createServer<S extends AnySchema, P extends Principal>(options: ServerOptions<S, P>): Server<S> {
  checkOptions(options);
  const limits = { ...serverLimits, ...options.limits };
  const runtime = options.runtime ?? nodeRuntime;
  const log = guardListener<LogEntry>(options.log ?? ignore);
  const { store } = options;
  const bus = options.bus ?? createLocalBus();
  const defer = options.defer ?? ((run) => void setImmediate(run));
  const followers = new Followers(
    createOpenings({ replicasMax: limits.displacedReplicasMax, openingsMax: limits.displacedOpeningsMax }),
    { follow: (space) => news.follow(space), unfollow: (space) => news.unfollow(space) },
    limits.pokePullsPerSecond,
  );
  const sessions = new Set<SessionHandle>();
  const listeners: HttpListener[] = [];
  const counts = { turns: 0, transactions: 0, conflicts: 0, refused: 0 };
  const observe = guardListener(options.observe ?? ignore);
  const admission = createAdmission(limits, runtime);
  const line = { waitingMax: limits.pullsWaitingMax, waitMsMax: limits.pullWaitMsMax };
  const pools = {
    "first-sync": createPool({ placesMax: limits.firstSyncsMax, ...line }, runtime),
    "catch-up": createPool({ placesMax: limits.catchUpsMax, ...line }, runtime),
  };
  const rateLimits = options.rateLimits ?? memoryRateLimits();
  const gate = createRateGate(options.rates, rateLimits, runtime);
  const waker = options.push?.start({ runtime, rateLimits, callbackMsMax: limits.callbackMsMax, log });
  /** What is to be said when a session ends. */
  const departures = new Map<SessionHandle, () => void>();
  let lanes: Lanes | undefined;
  let draining: Promise<void> | undefined;
  const news = openNews({ bus, store, runtime, limits, defer, log, hand });
  const timers = new Set<() => void>();
  let closed = false;
  let compacting = false;
  const readiness = createReadiness({
    store,
    runtime,
    readyMsMax: limits.readyMsMax,
    closing: () => closed || draining !== undefined,
    overloaded: () => admission.isFull() || admission.isShedding(),
  });

  const ready = start();
  ready.catch(ignore); // told by whatever is asked of the server next

  async function start(): Promise<{
    readonly host: SessionHost;
    readonly context: DecisionContext;
    readonly compaction: CompactionHost;
  }> {
    const context = await openContext(options, limits, runtime, log);
    lanes = createLanes({
      store,
      context,
      defer,
      publish: (notice) => {
        bus.publish(notice);
        waker?.changed(notice.space);
      },
      counted: (turn) => {
        counts.turns++;
        counts.transactions += turn.transactions;
        counts.conflicts += turn.conflicts;
        counts.refused += turn.refused;
        observe({ type: "turn", ...turn });
      },
      began: (space, waitedMs) => admission.began(space, waitedMs),
      failed: () => observe({ type: "turn-failed" }),
      emptied: (space) => admission.emptied(space),
    });
    const codecs = new Map<SpaceId, CursorCodec>();
    const positions = createPositions(
      store,
      () => runtime.wallMs(),
      limits,
      (error) =>
        log({ level: "warn", event: "positions-failed", detail: "Positions of replicas could not be written: they are, later.", error }),
    );
    const compaction: CompactionHost = {
      store,
      context,
      publish: (notice) => bus.publish(notice),
      isClosed: () => closed,
      pause: () => pause(limits.compactionPauseMs * (0.5 + runtime.random())),
    };
    const host: SessionHost = {
      epoch: context.epoch,
      store,
      limits,
      runtime,
      log,
      schemaVersion: context.rules.schema.version,
      lamportMin: context.lamportMin,
      keys: keysOf(context),
      authenticate: options.authenticate,
      accessOf: (principal, space) => options.authorize.space(principal as P, space),
      transactions: context.transactions,
      passed: positions.passed,
      codecOf: (space) => remember(codecs, space, () => createCursorCodec(context.epoch, space)),
      submit,
      rate: gate === undefined ? undefined : async (cost) => told(await gate.take(cost)),
      enterPull: async (kind) => {
        const leave = await pools[kind].enter();
        return leave ?? (told(refusal(kind === "first-sync" ? "first-syncs-full" : "catch-ups-full")) as Refused);
      },
      observe,
      reconnectWithinMs: () => Math.min(limits.reconnectWithinMsMax, Math.floor((sessions.size * 1_000) / limits.reconnectsPerSecond)),
      greeted: (session, replica, principal) => {
        if (waker !== undefined) departures.set(session, waker.arrived(principal as P));
        return followers.greet(session, replica);
      },
      heard: (session) => followers.heard(session),
      follow: (session, space) => followers.follow(session, space),
      unfollow: (session, space) => followers.unfollow(session, space),
      ended: (session) => {
        sessions.delete(session);
        followers.end(session);
        departures.get(session)?.();
        departures.delete(session);
      },
    };
    repeat(sweepMs, () => {
      const nowMs = runtime.nowMs();
      for (const session of sessions) session.check(nowMs);
    });
    // Jittered, so that instances do not clean up in step.
    repeat(
      expiryMs * (0.5 + runtime.random()),
      () =>
        void store
          .expireOutcomes(runtime.wallMs() - limits.outcomeRetentionMs)
          .catch((error: unknown) =>
            log({ level: "error", event: "expiry-failed", detail: "Old outcomes could not be forgotten.", error }),
          ),
    );
    repeat(limits.positionsWriteMs * (0.5 + runtime.random()), () => void positions.write());
    repeat(limits.compactionMs * (0.5 + runtime.random()), () => compactAll(compaction));
    return { host, context, compaction };
  }

  function pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => void runtime.setTimer(delayMs, resolve));
  }

  function compactAll(compaction: CompactionHost): void {
    if (compacting) return;
    compacting = true;
    const failed = (error: unknown, detail: string): void => {
      if (!closed) log({ level: "error", event: "compaction-failed", detail, error });
    };
    runCompactionRound(
      compaction,
      (space, { rows, tombstones }) =>
        log({
          level: "info",
          event: "compacted",
          detail: `Space "${space}": ${rows} changes dropped, ${tombstones} tombstones collected.`,
        }),
      (space, error) => failed(error, `Space "${space}" could not be compacted now.`),
    )
      .catch((error: unknown) => failed(error, "Spaces could not be compacted now."))
      .finally(() => {
        compacting = false;
      });
  }

  function repeat(delayMs: number, run: () => void): void {
    const cancel = runtime.setTimer(delayMs, () => {
      timers.delete(cancel);
      if (closed) return;
      run();
      repeat(delayMs, run);
    });
    timers.add(cancel);
  }

  function hand(parts: readonly Notice[]): void {
    const [{ space }] = parts as readonly [Notice];
    observe({
      type: "poke",
      receivers: followers.followersOf(space),
      changes: parts.reduce((sum, { changes }) => sum + changes.length, 0),
    });
    followers.hand(parts);
  }

  function refusal(reason: RefusedReason): Refused {
    return { reason, retryAfterMs: jitteredMs(limits.retryAfterMs, runtime.random()) };
  }

  function told(refused: Refused | undefined): Refused | undefined {
    if (refused !== undefined) observe({ type: "refused", reason: refused.reason });
    return refused;
  }

  function submit(space: SpaceId, job: Job): Refused | undefined {
    const waiting = { space, principal: job.type === "push" ? job.push.principal.id : "", bytes: job.type === "push" ? job.bytes : 0 };
    const refused = closed || lanes === undefined ? refusal("closing") : admission.enter(waiting);
    if (refused !== undefined || lanes === undefined) return told(refused);
    const { done, failed } = job;
    const counted = {
      ...job,
      done: (result: unknown) => {
        admission.left(waiting);
        (done as (result: unknown) => void)(result);
      },
      failed: (error: unknown) => {
        admission.left(waiting);
        failed(error);
      },
    };
    lanes.submit(space, counted);
    return undefined;
  }

  async function startDrain(): Promise<void> {
    await new Promise<void>((resolve) => runtime.setTimer(limits.drainNoticeMs, resolve));
    for (const listener of listeners) listener.refuse();
    await sendAway(sessions, limits, runtime);
  }

  function assertOpen(): void {
    if (closed) throw new HoldfastError("closed", "The server is closed.", { origin: "caller", retry: false, advice: "Create a new one." });
  }

  /** One that follows nothing and replaces nobody: an HTTP request's. */
  function openExchange(host: SessionHost, link: SessionLink): Session {
    const alone = { greeted: () => false, heard: ignore, follow: ignore, unfollow: ignore, ended: ignore, reconnectWithinMs: () => 0 };
    return new Session({ ...host, ...alone }, link);
  }

  function openSession(host: SessionHost, link: SessionLink): Session {
    const session = new Session(host, link);
    sessions.add(session);
    return session;
  }

  return {
    async listen({ port, host: hostname }) {
      assertOpen();
      const { host } = await ready;
      const listener = await listenHttp({
        port,
        hostname,
        limits,
        runtime,
        log,
        refuses: () => {
          if (sessions.size >= limits.connectionsMax) return told(refusal("connections-full"));
          return told(admission.isFull() ? refusal("queue-full") : undefined);
        },
        readiness,
        observe,
        connect: (link) => openSession(host, link),
        exchange: (link) => openExchange(host, link),
      });
      listeners.push(listener);
      return listener;
    },
    async connect(link) {
      assertOpen();
      return openSession((await ready).host, link);
    },
    space(id) {
      if (typeof id !== "string" || id === "" || utf8Length(id) > wireLimits.spaceIdBytesMax)
        throw callerError("unknown-space", "That is not a space id.", "A space id is text of 1 to 128 bytes.");
      return {
        async write(change) {
          assertOpen();
          await ready;
          return new Promise<never>((resolve, reject) => {
            const refused = submit(id, {
              type: "write",
              run: change,
              done: resolve as (value: unknown) => void,
              failed: reject,
            });
            if (refused !== undefined)
              reject(
                new HoldfastError("overloaded", refusedTexts[refused.reason], {
                  origin: "server",
                  retry: true,
                  advice: "Try again later.",
                }),
              );
          });
        },
      };
    },
    async *changes(follow = {}) {
      assertOpen();
      const { context } = await ready;
      yield* followChanges({ store, context, limits, closed: () => closed }, follow);
    },
    async digest(space) {
      const { context } = await ready;
      return digestStoredSpace(store, context.rules.lattices, space);
    },
    async inspect(space) {
      await ready;
      const stored = await inspectSpace(store, space, runtime.wallMs() - limits.replicaExpiryMs);
      return { ...stored, counts: { ...counts, sessions: sessions.size } };
    },
    async compact(space, keep) {
      // Somebody waits for it.
      await compactTo({ ...(await ready).compaction, pause: async () => {} }, space, keep);
    },
    readiness,
    gauges: () => ({
      connections: sessions.size,
      waitingPushes: admission.waiting,
      waitingBytes: admission.waitingBytes,
      turns: lanes?.turns ?? 0,
      firstSyncs: pools["first-sync"].taken,
      catchUps: pools["catch-up"].taken,
      followedSpaces: followers.spaces,
      shedding: admission.isShedding(),
      draining: draining !== undefined,
    }),
    drain() {
      draining ??= startDrain();
      return draining;
    },
    async close() {
      if (closed) return;
      closed = true;
      for (const cancel of timers) cancel();
      await ready.catch(ignore);
      for (const listener of listeners) listener.refuse();
      await finish(runtime, limits.closeMsMax, lanes);
      for (const session of sessions)
        session.end(new SessionFault("overloaded", "The server is closing.", Math.floor(limits.retryAfterMs * (1 + runtime.random()))));
      await Promise.all(listeners.map((listener) => listener.close()));
      news.stop();
      await bus.close();
      await waker?.stop();
      await rateLimits.close();
      await store.close();
    },
  };
}

function ignore(): void {}

/** A log, or whoever counts, must not stop by throwing what it was told of. */
function guardListener<E>(listener: (event: E) => void): (event: E) => void {
  return (event) => {
    try {
      listener(event);
    } catch {
      // There is nowhere left to say it.
    }
  };
}

/** Waits for what is under way, and not for ever. */
function finish(runtime: Runtime, delayMs: number, lanes: Lanes | undefined): Promise<void> {
  if (lanes === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = runtime.setTimer(delayMs, resolve);
    void lanes.drained().then(() => {
      cancel();
      resolve();
    });
  });
}

function remember<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** 128 random bits for `store.startNewEpoch`. */
export function mintEpoch(runtime: Runtime = nodeRuntime): string {
  return bytesToHex(runtime.randomBytes(16));
}
