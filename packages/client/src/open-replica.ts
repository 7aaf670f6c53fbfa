/** The composition root of a replica: puts store, queue, queries and sync together over a host's ports. */
import type { Replica, SpaceReader } from "./replica.ts";
import { createBatch } from "./write/batch.ts";
import { Settlements } from "./write/settlements.ts";
import { countDeadLetters, markDelivered, readDeadLetters } from "./store/dead-letters.ts";
import type { ReplicaOptions, ReplicaPorts } from "./options.ts";
import { loadRecord } from "./store/record-store.ts";
import {
  callerError,
  unknownCollection,
  cycleDefaults,
  initialChain,
  toSchemaSpec,
  isTextWithin,
  spaceIdBytesMax,
} from "@holdfast/core/engine";
import { showProvisionally } from "./apply/apply-snapshot.ts";
import { createWorkQueue } from "./write/work-queue.ts";
import type { ReplicaStatus } from "./status.ts";
import type { ApplyOutcome } from "./apply/outcome.ts";
import { readLastWritten } from "./store/change-log.ts";
import { createInspection } from "./inspection.ts";
import { digestOf } from "./digest.ts";
import { createConflicts, createDeadLetters, type KeyedConflicts, type KeyedDeadLetters, toPublic } from "./conflicts.ts";
import { createEffectLoop, type EffectLoop } from "./effect-loop.ts";
import { openText } from "./query/open-text.ts";
import { syncNow } from "./sync-now.ts";
import { replicaDefaults } from "./limits.ts";
import { fillColumns } from "./column-fills.ts";
import { createSpace, factsOf, rememberSyncedAt, writeSpace } from "./store/spaces.ts";
import { countConflicts } from "./store/conflict-log.ts";
import { createReads } from "./query/reads.ts";
import { checkOpen, createWriter, spaceOf, type Writer } from "./write/write.ts";
import { type ReplicaContext, undecidedIn } from "./context.ts";
import { composeStatus } from "./compose-status.ts";
import { createEvents } from "./events.ts";
import type { SubmitTarget } from "./write/submit.ts";
import type { AnySchema, SpaceId } from "@holdfast/core";
import { createScrubbing } from "./scrubbing.ts";
import { LiveQueries } from "./query/live.ts";
import { createCollectionQuery, emptyPlan } from "./query/collection-query.ts";
import { drawTextSession } from "./write/text-session.ts";
import { toRow } from "./query/rows.ts";
import { createSql } from "./query/sql.ts";
import { signOut, unfollowSpace } from "./leave.ts";
import { offline } from "./transport/offline.ts";
import { openStore } from "./store/open-store.ts";
import { createIdSource } from "./id-source.ts";
import { conflictsAfter } from "./store/conflict-log.ts";

/** The inside of a replica, for a host that serves it to many tabs (`web/`). */
export interface ReplicaEngine extends SubmitTarget {
  readonly conflicts: KeyedConflicts;
  readonly deadLetters: KeyedDeadLetters;
  readonly writer: Writer;
  /** A hint that now is a good moment: the network is back, the user is. */
  hurry(): void;
}

/** Throws `HoldfastError`: `store-locked`, `store-unsafe`, `store-corrupt`, `store-failed`, `store-mismatch`, `wrong-principal`, `invalid-option`. */
export async function openReplicaWith<S extends AnySchema>(
  options: ReplicaOptions<S>,
  ports: ReplicaPorts,
  expose?: (engine: ReplicaEngine) => void,
): Promise<Replica<S>> {
  const limits = { ...replicaDefaults, ...options.limits };
  const wanted = [...new Set(options.spaces ?? [])];
  for (const space of wanted) checkSpaceId(space);
  const report = options.onError ?? ((error: unknown) => void queueMicrotask(() => reportToHost(error)));
  const schema = toSchemaSpec(options.schema);
  const { runtime } = ports;
  const port = ports.openSqlite();
  let opened: ReturnType<typeof openStore>;
  try {
    opened = openStore(port, schema, runtime, options.user, ports.ephemeral === undefined);
  } catch (error) {
    port.close();
    throw error;
  }
  const { store } = opened;
  const events = createEvents(report);
  const context: ReplicaContext = {
    port,
    store,
    schema,
    runtime,
    limits,
    events,
    settlements: new Settlements(),
    spaces: new Map(opened.spaces.map((row) => [row.space, row])),
    undecided: new Map(
      port.all("SELECT space, count(*) AS n FROM _intents GROUP BY space").map((row) => [row["space"] as string, row["n"] as number]),
    ),
    saidDependencies: new Map(),
    forkDue: false,
    isScrubOwed: opened.isScrubOwed,
    written: readLastWritten(
      port,
      opened.spaces.map(({ space }) => space),
    ),
    pulledOwn: new Map(),
    pulledIdle: new Set(),
    welcomedMarks: new Map(),
    answers: new Map(),
    textSession: drawTextSession(runtime),
    mintRecordId: createIdSource(runtime),
    report,
    replica: opened.replica,
    principal: opened.principal,
    epoch: opened.epoch,
    conflictCount: countConflicts(port),
    deadLetterCount: countDeadLetters(port),
    phase: "open",
    defect: undefined,
  };

  try {
    // A snapshot and what is shown on it are two commits, since app code runs in between: a death there is made good here.
    for (const space of context.undecided.keys()) await showProvisionally(context, space);
  } catch (error) {
    port.close();
    throw error;
  }
  const live = new LiveQueries(context);
  const batch = createBatch(context, {
    written: (space, counter) => loop.dispatch({ type: "written", space, counter }),
    changed: (changes) => live.changed(changes),
    defect: (error) => stop(error),
  });
  const queue = createWorkQueue(runtime, batch, limits, ports.defer);
  const writer = createWriter(context, queue, batch);

  let statusPlanned = false;
  let lastStatus = "";
  const planStatus = (): void => {
    if (statusPlanned || !events.has("status")) return;
    statusPlanned = true;
    queueMicrotask(() => {
      statusPlanned = false;
      const status = statusNow();
      // Time alone is no news.
      const text = JSON.stringify(status, (key, value: unknown) => (key === "cursorAge" ? 0 : value));
      if (text === lastStatus) return;
      lastStatus = text;
      events.emit("status", status);
    });
  };
  const statusNow = (): ReplicaStatus => composeStatus(context, loop.state, ports);

  const stop = (defect: unknown): void => {
    if (context.phase === "stopped" || context.phase === "closed") return;
    context.phase = "stopped";
    context.defect = defect;
    loop.stop();
    report(defect);
    events.emit("stopped", { cause: defect });
  };
  const waiters = new Set<() => void>();
  const loop: EffectLoop = createEffectLoop({
    context,
    queue,
    transport: ports.transport ?? offline,
    limits: { ...cycleDefaults, ...options.sync },
    fetchToken: async (refused) => (await options.auth?.({ refused })) ?? "",
    inflate: ports.inflate,
    settled: (outcome) => {
      announceOutcome(outcome);
      scrubbing.check();
    },
    observe: ports.observe,
    announce: ({ event, detail, space }) => {
      if (event === "no-access") events.emit("no-access", { space: space ?? "" });
      else events.emit("blocked", { reason: event, detail });
    },
    stepped: () => {
      for (const check of waiters) check();
      planStatus();
    },
    stop,
  });

  const announceOutcome = (outcome: ApplyOutcome): void => {
    live.changed(outcome.changes);
    if (outcome.conflictsAfter !== undefined && events.has("conflict"))
      for (const conflict of conflictsAfter(port, outcome.conflictsAfter)) events.emit("conflict", conflict);
    if (outcome.forked !== undefined) events.emit("forked", { before: outcome.forked.before, after: outcome.forked.replica });
    if (outcome.refused === true) deliverRefusals();
  };
  /** Told first, remembered as told after: a kill between the two tells it again, and never not at all (F22). */
  const deliverRefusals = (): void => {
    if (!events.has("refused") || context.deadLetterCount === 0) return;
    const letters = readDeadLetters(port, store.lattices, "undelivered");
    if (letters.length === 0) return;
    for (const letter of letters) events.emit("refused", toPublic(letter));
    void queue.job(() => port.transaction(() => letters.forEach(({ id }) => markDelivered(port, id)))).catch(report);
  };

  /** Nobody waits for it: a disk that fails now is told of, and the refusals are, after the next one or the next start. */
  const deliverSoon = (): void => {
    try {
      if (context.phase === "open") deliverRefusals();
    } catch (error) {
      report(error);
    }
  };

  const fills = fillColumns(context, queue, opened.fills, stop);
  const isSynced = (space: SpaceId): boolean => statusNow().spaces[space]?.synced === true;
  const scrubbing = createScrubbing(context, queue);
  scrubbing.check();
  const reads = createReads(context, live, fills, isSynced);

  const follow = async (spaces: readonly SpaceId[]): Promise<void> => {
    const added = spaces.filter((space) => context.spaces.get(space)?.followed !== true);
    if (added.length === 0) return;
    if (context.spaces.size + added.length > limits.spacesMax)
      throw callerError("limit-reached", `A replica follows at most ${limits.spacesMax} spaces.`, "Unfollow some.");
    const rows = added.map((space) => ({
      ...(context.spaces.get(space) ?? createSpace(space, initialChain(space, context.replica))),
      followed: true,
    }));
    port.transaction(() => rows.forEach((row) => writeSpace(port, row)));
    for (const row of rows) {
      context.spaces.set(row.space, row);
      loop.dispatch({ type: "follow", facts: factsOf(row) });
    }
  };
  try {
    await follow(wanted);
  } catch (error) {
    context.phase = "closed";
    fills.stop();
    port.close();
    throw error;
  }

  const readers = new Map<SpaceId, SpaceReader<S>>();
  const createReader = (space: SpaceId): SpaceReader<S> => {
    const collections = Object.create(null) as Record<string, unknown>;
    for (const [name, statements] of store.collections) {
      if (!context.schema.collections.has(name)) continue;
      collections[name] = Object.freeze({
        ...createCollectionQuery(reads, space, statements, emptyPlan),
        get: async (id: string) => {
          await reads.ready("", space);
          const [row] = reads.all(`SELECT _meta FROM ${statements.table} WHERE space = ? AND id = ?`, [space, String(id)]);
          return row === undefined ? undefined : toRow(store, statements, id, row["_meta"] as Uint8Array);
        },
        openText: async (id: string, field: string) => {
          checkOpen(context);
          spaceOf(context, space);
          return openText({
            context,
            live,
            space,
            collection: statements,
            id,
            field,
            read: () => loadRecord(store, space, name, id, undecidedIn(context, space) > 0).visible,
            write: (run) => writer.write(space, run),
          });
        },
      });
    }
    return new Proxy(Object.freeze(collections), {
      get(target, name) {
        if (typeof name !== "string" || name === "then" || name in target) return Reflect.get(target, name) as unknown;
        throw unknownCollection(name);
      },
    }) as SpaceReader<S>;
  };

  const remember = (): void => {
    try {
      rememberSyncedAt(port, context.spaces.values());
    } catch {
      // A full disk neither keeps a replica from closing nor is news: after the restart, the last time in step is told as earlier.
    }
  };
  const shutDown = async (): Promise<void> => {
    if (context.phase === "closed") return;
    if (context.phase === "open") context.phase = "closing";
    loop.stop();
    fills.stop();
    scrubbing.stop();
    await queue.idle();
    if (context.phase === "closing") remember();
    context.phase = "closed";
    live.clear();
    context.settlements.abandon();
    port.close();
  };

  const conflicts = createConflicts(context, writer, queue, planStatus);
  const deadLetters = createDeadLetters(context, writer, queue, planStatus);
  const replica: Replica<S> = {
    get id() {
      return context.replica;
    },
    write: (space, run) => writer.write(space, run as never),
    request: (space, intent, input) => writer.request(space, intent, input),
    space(space) {
      spaceOf(context, space);
      let reader = readers.get(space);
      if (reader === undefined) readers.set(space, (reader = createReader(space)));
      return reader;
    },
    sql: createSql(reads, port),
    status: statusNow,
    conflicts,
    deadLetters,
    on(name, listener) {
      const off = events.on(name, listener);
      if (name === "refused") queueMicrotask(deliverSoon);
      return off;
    },
    sync: () => syncNow(context, loop, waiters, statusNow),
    async follow(space) {
      checkOpen(context);
      checkSpaceId(space);
      await queue.job(() => follow([space]));
    },
    async unfollow(space, unfollowOptions = {}) {
      checkOpen(context);
      spaceOf(context, space);
      await queue.job(() => {
        unfollowSpace(context, space, unfollowOptions.discard === true);
        loop.dispatch({ type: "unfollow", space });
        readers.delete(space);
        live.changed([{ space, collection: "", id: "" }]);
      });
    },
    async background() {
      loop.dispatch({ type: "background" });
      await queue.idle();
    },
    async foreground() {
      if (context.phase === "open" && ports.transport !== undefined) loop.dispatch({ type: "foreground" });
    },
    online: () => loop.dispatch({ type: "online" }),
    signIn: () => loop.dispatch({ type: "credentials" }),
    async signOut({ pending }) {
      checkOpen(context);
      context.phase = "closing";
      loop.stop();
      await queue.idle();
      const discarded = signOut(context, pending);
      events.emit("signed-out", { reason: "app" });
      await shutDown();
      return discarded;
    },
    async digest(space) {
      if (context.phase === "closed") checkOpen(context);
      spaceOf(context, space);
      return digestOf(store, space);
    },
    inspect: createInspection(context),
    close: shutDown,
  };
  expose?.({
    context,
    conflicts,
    deadLetters,
    queue,
    batch,
    writer,
    hurry: () => loop.dispatch({ type: "hurry" }),
  });
  if (ports.transport !== undefined) loop.dispatch({ type: "start" });
  return Object.freeze(replica);
}

function checkSpaceId(space: SpaceId): void {
  if (!isTextWithin(space, spaceIdBytesMax))
    throw callerError("invalid-option", "That is not a space id.", `Pass text of 1 to ${spaceIdBytesMax} bytes.`);
}

/** As an uncaught error of nobody's promise would be. */
function reportToHost(error: unknown): void {
  const host = globalThis as { reportError?: (error: unknown) => void; console?: { error(...what: unknown[]): void } };
  if (typeof host.reportError === "function") host.reportError(error);
  else host.console?.error(error);
}
