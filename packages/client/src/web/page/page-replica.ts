/** `Replica` for a page: the interface of a replica in this thread, over the one that the store's owner has. */
import type { AnySchema, SpaceId } from "@holdfast/core";
import { callerError, toSchemaSpec } from "@holdfast/core/engine";
import { createEvents, type ReplicaEventMap, type ReplicaEventName } from "../../events.ts";
import { replicaDefaults } from "../../limits.ts";
import type { Replica, SpaceReader } from "../../replica.ts";
import { createStore } from "../../store/store.ts";
import { type Confirmation, type Decision, type Ticket } from "../../write/settlements.ts";
import type { Requested, Written } from "../../write/write.ts";
import { browserRuntime } from "../browser-runtime.ts";
import { type TabLimits, tabDefaults } from "../limits.ts";
import { dataToError, type ErrorData } from "../protocol/error-data.ts";
import type { OwnerMessage } from "../protocol/messages.ts";
import type { WebReplicaOptions } from "../options.ts";
import { askPersistence, followLifecycle } from "./lifecycle.ts";
import { Mirror } from "./mirror.ts";
import { createSpaceReader } from "./page-reader.ts";
import { PageWriter } from "./page-writer.ts";
import { createPageSql } from "./page-sql.ts";
import { StoreMarking } from "./store-marking.ts";
import { closedError, Tab } from "./tab.ts";

export async function openPageReplica<S extends AnySchema>(options: WebReplicaOptions<S>): Promise<Replica<S>> {
  const runtime = browserRuntime;
  const schema = toSchemaSpec(options.schema);
  const limits: TabLimits = { ...tabDefaults, ...options.tabLimits };
  const replicaLimits = { ...replicaDefaults, ...options.limits };
  const report = options.onError ?? ((error: unknown) => reportError(error));
  const events = createEvents(report);
  const mirror = new Mirror(runtime, limits.atRiskMs, () => events.emit("status", mirror.status()));
  // The statements of the schema; nothing is read with them here.
  const store = createStore(undefined as never, schema);

  const heard = (message: OwnerMessage): void => {
    switch (message.type) {
      case "attached":
      case "status": {
        const isFirst = mirror.replica === "";
        mirror.take(message.replica, message.status, message.pendingSince);
        marker?.heard(isFirst);
        if (message.type === "attached") Object.assign(mirror, { conflicts: message.conflicts, deadLetters: message.deadLetters });
        if (!isFirst) events.emit("status", mirror.status());
        return;
      }
      case "lists":
        Object.assign(mirror, { conflicts: message.conflicts, deadLetters: message.deadLetters });
        return;
      case "event":
        emit(message.name, message.event);
        return;
      default:
        return;
    }
  };
  const marker = options.marker === "none" ? undefined : new StoreMarking(options.name, mirror, runtime);
  let signingOut = false;
  const emit = (name: ReplicaEventName, event: unknown): void => {
    if (name === "stopped") events.emit(name, { cause: dataToError((event as { readonly cause: ErrorData }).cause) });
    else events.emit(name, event as ReplicaEventMap[typeof name]);
    if (name !== "signed-out") return;
    marker?.remove();
    // The tab that asked for it waits for its answer first.
    if (!signingOut) void shutDown();
  };

  const tab = new Tab({
    store: options.name,
    runtime,
    limits,
    schema: { hash: schema.hash, version: schema.version },
    spaces: options.spaces ?? [],
    createWorker: options.worker,
    options: {
      server: options.server,
      user: options.user,
      limits: options.limits,
      sync: options.sync,
      tabLimits: options.tabLimits,
    },
    auth: async (refused) => (await options.auth?.({ refused })) ?? "",
    report,
    heard,
  });
  const unfollowLifecycle = followLifecycle(tab);
  tab.dispatch({ type: "start" });
  try {
    await tab.opened;
  } catch (error) {
    unfollowLifecycle();
    throw error;
  }
  if (options.persist !== "never")
    void askPersistence().then((persistent) => {
      if (mirror.takePersistent(persistent) && !mirror.closed) events.emit("status", mirror.status());
    });

  const writer = new PageWriter({
    tab,
    schema,
    lattices: store.lattices,
    runtime,
    attemptsMax: limits.attemptsMax,
    callbackMsMax: replicaLimits.callbackMsMax,
  });
  const checkOpen = (): void => {
    if (mirror.closed) throw closedError();
  };
  const check = (space: SpaceId): void => {
    checkOpen();
    if (mirror.status().spaces[space] === undefined)
      throw callerError("unknown-space", `The replica does not follow "${space}".`, "Call follow() first.");
  };
  const readers = new Map<SpaceId, SpaceReader<S>>();
  const readerParts = {
    tab,
    store,
    writer,
    runtime,
    report,
    check,
    textGroupMs: replicaLimits.textGroupMs,
    completeness: (space: SpaceId) => (mirror.status().spaces[space]?.synced === true ? "synced" : "local"),
  };

  const confirm = (ticket: Ticket | undefined): Promise<Confirmation> =>
    ticket === undefined
      ? Promise.resolve({ status: "confirmed" })
      : tab.call<"confirmed">({ type: "confirmed", ticket }).then((answer) => answer as Confirmation, unknownAnswer);
  const decide = (ticket: Ticket): Promise<Decision> =>
    tab.call<"decided">({ type: "decided", ticket }).then((answer) => answer as Decision, unknownAnswer);
  const written = <T>(value: T, ticket: Ticket | undefined): Written<T> => new PageWrittenValue(value, () => confirm(ticket));
  const requested = (ticket: Ticket): Requested => ({ decided: decide(ticket) });

  const shutDown = async (): Promise<void> => {
    if (mirror.closed) return;
    mirror.close();
    unfollowLifecycle();
    await tab.close();
  };

  const replica: Replica<S> = {
    get id() {
      return mirror.replica;
    },
    async write<T>(space: SpaceId, run: (tx: never) => T | Promise<T>) {
      check(space);
      const { value, ticket } = await writer.write(space, run as never);
      return written(value as Awaited<T>, ticket);
    },
    async request(space, intent, input) {
      check(space);
      return requested(await tab.call<"request">({ type: "request", space, intent, input }));
    },
    space(space) {
      check(space);
      let reader = readers.get(space);
      if (reader === undefined) readers.set(space, (reader = createSpaceReader<S>(readerParts, space)));
      return reader;
    },
    sql: createPageSql(tab, checkOpen, report),
    status: () => mirror.status(),
    conflicts: {
      list: () => mirror.conflicts,
      restore: async (id) => written(undefined, await tab.call<"restore">({ type: "restore", id })),
      dismiss: async (id) => tab.call<"dismiss">({ type: "dismiss", id }),
    },
    deadLetters: {
      list: () => mirror.deadLetters,
      async retry(id) {
        const { kind, ticket } = await tab.call<"retry">({ type: "retry", id });
        return kind === "request" && ticket !== undefined ? requested(ticket) : written(undefined, ticket);
      },
      discard: async (id) => tab.call<"discard">({ type: "discard", id }),
    },
    on(name, listener) {
      const off = events.on(name, listener);
      tab.listen(name, true);
      return () => {
        off();
        if (!events.has(name)) tab.listen(name, false);
      };
    },
    sync: () => tab.call<"sync">({ type: "sync" }),
    follow: async (space) => tab.call<"follow">({ type: "follow", space }),
    async unfollow(space, unfollowing) {
      await tab.call<"unfollow">({ type: "unfollow", space, discard: unfollowing?.discard === true });
      readers.delete(space);
    },
    async background() {
      tab.setBackground(true);
    },
    async foreground() {
      tab.setBackground(false);
    },
    online: () => tab.hint("online"),
    signIn: () => void tab.call<"sign-in">({ type: "sign-in" }).catch(report),
    async signOut({ pending }) {
      checkOpen();
      signingOut = true;
      let discarded: unknown;
      try {
        discarded = await tab.call<"sign-out">({ type: "sign-out", pending });
      } finally {
        signingOut = false;
      }
      await shutDown();
      return discarded as Awaited<ReturnType<Replica<S>["signOut"]>>;
    },
    digest: async (space) => tab.call<"digest">({ type: "digest", space }),
    inspect: {
      pending: async (space) => tab.call<"pending">({ type: "pending", space }),
      record: async (space, collection, id) => tab.call<"report">({ type: "report", space, collection, id }),
    },
    async close() {
      if (mirror.closed) return;
      await writer.idle();
      await tab.settled();
      await shutDown();
    },
  };
  return Object.freeze(replica);
}

/** A class, so that nobody asks the owner for a promise that nobody asks for. */
class PageWrittenValue<T> implements Written<T> {
  readonly value: T;
  readonly #ask: () => Promise<Confirmation>;
  #confirmed: Promise<Confirmation> | undefined;

  constructor(value: T, ask: () => Promise<Confirmation>) {
    this.value = value;
    this.#ask = ask;
  }

  get confirmed(): Promise<Confirmation> {
    this.#confirmed ??= this.#ask();
    return this.#confirmed;
  }
}

function unknownAnswer(): { readonly status: "unknown"; readonly reason: string } {
  return { status: "unknown", reason: "The replica was closed before r0 answered. What it decided is in the data." };
}

/** As an uncaught error of nobody's promise would be. */
function reportError(error: unknown): void {
  const host = globalThis as { reportError?: (error: unknown) => void };
  queueMicrotask(() => {
    if (typeof host.reportError === "function") host.reportError(error);
    else console.error(error);
  });
}
