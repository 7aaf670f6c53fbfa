/** Puts an instance of r0 together: store, lanes, sessions, bus, HTTP. What it decides is in `pipeline/` and in core's `sync/admission.ts`. */
import {
  type AnySchema,
  bytesToHex,
  callerError,
  createCursorCodec,
  decodeServerPresence,
  type CursorCodec,
  HoldfastError,
  type Notice,
  type Runtime,
  type SpaceId,
  utf8Length,
  wireLimits,
} from "@holdfast/core/engine";
import { createLocalBus } from "./bus/local-bus.ts";
import { type HttpListener, listenHttp } from "./http/listen.ts";
import { serverLimits } from "./limits.ts";
import type { LogEntry, Principal, ServerOptions } from "./options.ts";
import type { DecisionContext } from "./pipeline/context.ts";
import { createLanes, type Lanes } from "./pipeline/lanes.ts";
import { checkOptions, keysOf, openContext } from "./open-context.ts";
import { createLoad } from "./overload/load.ts";
import { refusedTexts } from "./overload/refused.ts";
import { sendAway } from "./overload/send-away.ts";
import { createReadiness } from "./overload/readiness.ts";
import { memoryRateLimits } from "./rate-limits/memory-rate-limits.ts";
import { PresenceTable } from "./presence/presence-table.ts";
import { openNews } from "./push/open-news.ts";
import { nodeRuntime } from "./runtime/node-runtime.ts";
import { followChanges } from "./feed/follow-changes.ts";
import { Followers } from "./session/followers.ts";
import { createOpenings } from "./session/openings.ts";
import { SessionFault, type SessionHandle, type SessionHost, type SessionLink } from "./session/host.ts";
import { Session } from "./session/session.ts";
import type { Server } from "./server.ts";
import { createCompactor } from "./stream/compact-in-background.ts";
import { type CompactionHost, compactTo } from "./stream/compact-space.ts";
import { digestStoredSpace } from "./stream/digest-stored-space.ts";
import { inspectSpace } from "./stream/inspect-space.ts";
import { createPositions } from "./stream/positions.ts";

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
    { follow: (space) => news.follow(space), unfollow: nobodyFollows },
    limits.pokePullsPerSecond,
  );
  const sessions = new Set<SessionHandle>();
  const listeners: HttpListener[] = [];
  const counts = { turns: 0, transactions: 0, conflicts: 0, refused: 0 };
  const observe = guardListener(options.observe ?? ignore);
  const rateLimits = options.rateLimits ?? memoryRateLimits();
  const waker = options.push?.start({ runtime, rateLimits, callbackMsMax: limits.callbackMsMax, log });
  /** What is to be said when a session ends. */
  const departures = new Map<SessionHandle, () => void>();
  let lanes: Lanes | undefined;
  const load = createLoad({
    limits,
    runtime,
    rates: options.rates,
    rateLimits,
    observe,
    lanes: () => (closed ? undefined : lanes),
    connections: () => sessions.size,
  });
  let draining: Promise<void> | undefined;
  const presence = new PresenceTable({
    runtime,
    limits,
    tell: (space, message) => followers.tellPresence(space, message),
    whisper: (space, message) => bus.whisper(space, message),
  });
  const news = openNews({ bus, store, runtime, limits, defer, log, hand, whispered });
  const compact = createCompactor(log, observe);
  const timers = new Set<() => void>();
  let closed = false;
  const readiness = createReadiness({
    store,
    runtime,
    readyMsMax: limits.readyMsMax,
    closing: () => closed || draining !== undefined,
    load,
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
        load.committed(turn);
      },
      began: load.began,
      failed: load.failed,
      emptied: load.emptied,
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
      passed: (space, replica, sequence) => positions.passed(space, replica, sequence),
      codecOf: (space) => remember(codecs, space, () => createCursorCodec(context.epoch, space)),
      submit: load.submit,
      rate: load.rate,
      enterPull: load.enterPull,
      observe,
      reconnectWithinMs: () => Math.min(limits.reconnectWithinMsMax, Math.floor((sessions.size * 1_000) / limits.reconnectsPerSecond)),
      greeted: (session, replica, principal) => {
        if (waker !== undefined) departures.set(session, waker.arrived(principal as P));
        return followers.greet(session, replica);
      },
      heard: (session) => followers.heard(session),
      follow: (session, space) => followers.follow(session, space),
      show: (session, space, present) => presence.show(session, space, present),
      presenceOf: (space) => presence.wholeOf(space),
      unfollow: (session, space) => {
        presence.left(session, space);
        followers.unfollow(session, space);
      },
      ended: (session) => {
        sessions.delete(session);
        presence.left(session);
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
    repeat(limits.compactionMs * (0.5 + runtime.random()), () => compact(compaction));
    return { host, context, compaction };
  }

  function pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => void runtime.setTimer(delayMs, resolve));
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

  function nobodyFollows(space: SpaceId): void {
    news.unfollow(space);
    presence.forget(space);
  }

  function whispered(_space: SpaceId, bytes: Uint8Array): void {
    const said = decodeServerPresence(bytes);
    if (said.ok) presence.heard(said.value);
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
    const alone = {
      greeted: () => false,
      heard: ignore,
      follow: ignore,
      unfollow: ignore,
      ended: ignore,
      show: ignore,
      presenceOf: () => undefined,
      reconnectWithinMs: () => 0,
    };
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
        refuses: load.refuses,
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
            const refused = load.submit(id, {
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
      ...load.gauges(),
      followedSpaces: followers.spaces,
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
      presence.stop();
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
