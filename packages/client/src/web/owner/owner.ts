/** The replica of a store, and the tabs that work through it. It exists while its worker holds the store's lock. */
import type { AnySchema } from "@holdfast/core";
import { bytesToHex, toSchemaSpec, type Runtime } from "@holdfast/core/engine";
import type { ReplicaEventMap, ReplicaEventName } from "../../events.ts";
import { openReplicaWith, type ReplicaEngine } from "../../open-replica.ts";
import type { ReplicaOptions } from "../../options.ts";
import type { Replica } from "../../replica.ts";
import { openRequests } from "../../store/requests.ts";
import type { Decision } from "../../write/settlements.ts";
import { inflateBounded } from "../../transport/inflate.ts";
import { createTransport } from "../../transport/transport.ts";
import { ownerTurnMsMax, type TabLimits } from "../limits.ts";
import { type ChannelLike, locksOf, openChannel } from "../platform.ts";
import type { SchemaIdentity } from "../protocol/decide-attach.ts";
import { errorToData } from "../protocol/error-data.ts";
import type { Envelope, OwnerMessage } from "../protocol/messages.ts";
import { rollCallChannel, tabChannel, tabLock, type WorkerOptions } from "../protocol/names.ts";
import { Outbox } from "../protocol/outbox.ts";
import { readRollCall, readTabEnvelope } from "../protocol/read-messages.ts";
import { rowsIn } from "../protocol/split-rows.ts";
import type { Storage } from "../storage/open-storage.ts";
import { PendingSince } from "./pending-since.ts";
import { TabSession } from "./tab-session.ts";

export interface OwnerParts<S extends AnySchema> {
  readonly schema: S;
  readonly store: string;
  readonly runtime: Runtime;
  readonly storage: Storage;
  readonly options: WorkerOptions;
  readonly limits: TabLimits;
  /** To the page that this worker belongs to. */
  readonly ownTab: string;
  readonly postToPage: (message: unknown) => void;
  /** A tab runs a newer version of the app: the store is to be closed, so that its worker can open it. */
  readonly outdated: () => void;
  /** The replica has closed itself: its user has signed out. */
  readonly ended: () => void;
}

const passedOn = ["conflict", "forked", "blocked", "no-access", "signed-out"] as const satisfies readonly ReplicaEventName[];
const termBytes = 8;
/** The tab that has signed out gets its answer before the channels are closed. */
const farewellMs = 100;
/** Steps follow one another: a status is told to tabs that did not ask after so long. */
const statusMs = 16;

export class Owner<S extends AnySchema> {
  readonly #parts: OwnerParts<S>;
  readonly #sessions = new Map<
    string,
    { readonly session: TabSession; readonly channel: ChannelLike | undefined; readonly abort: AbortController }
  >();
  readonly #tokenWaiters: (() => void)[] = [];
  readonly #decisions = new Map<string, Promise<Decision>>();
  readonly term: string;
  #replica: Replica<S> | undefined;
  #engine: ReplicaEngine | undefined;
  #pendingSince: PendingSince | undefined;
  #rollCall: ChannelLike | undefined;
  #cancelStatus: (() => void) | undefined;
  #unlistenRefused: (() => void) | undefined;
  #background = false;

  constructor(parts: OwnerParts<S>) {
    this.#parts = parts;
    this.term = bytesToHex(parts.runtime.randomBytes(termBytes));
  }

  async open(): Promise<void> {
    const { options, runtime, schema, storage, store, postToPage } = this.#parts;
    const replicaOptions = {
      schema,
      auth: ({ refused }: { readonly refused: boolean }) => this.#askToken(refused),
      onError: (error: unknown) => this.#tellOwn({ type: "report", error: errorToData(error) }),
      ...(options.user === undefined ? {} : { user: options.user }),
      limits: { turnMsMax: ownerTurnMsMax, ...options.limits },
      ...(options.sync === undefined ? {} : { sync: options.sync }),
    } satisfies ReplicaOptions<S>;
    this.#replica = await openReplicaWith(
      replicaOptions,
      {
        openSqlite: () => storage.open(),
        transport: options.server === undefined ? undefined : createTransport({ server: options.server, runtime }),
        runtime,
        inflate: inflateBounded,
        defer: createDefer(),
        persistent: false,
        ...(storage.ephemeral === undefined ? {} : { ephemeral: storage.ephemeral }),
      },
      (engine) => {
        this.#engine = engine;
        this.#pendingSince = new PendingSince(engine.context);
      },
    );
    const { context, queue } = this.#engine as ReplicaEngine;
    for (const name of passedOn) this.#replica.on(name, (event) => this.#announce(name, event));
    this.#replica.on("stopped", ({ cause }) => this.#announce("stopped", { cause: errorToData(cause) }));
    this.#replica.on("status", () => this.#planStatus());
    this.#replica.on("signed-out", () => void runtime.setTimer(farewellMs, () => this.#parts.ended()));
    try {
      await queue.job(() => context.port.transaction(() => openRequests(context.port)));
    } catch (error) {
      await this.#replica.close();
      throw error;
    }
    this.#rollCall = openChannel(rollCallChannel(store));
    if (this.#rollCall !== undefined)
      this.#rollCall.onmessage = ({ data }) => {
        const message = readRollCall(data);
        if (message?.type === "seek" && !message.tab.startsWith(`${this.#parts.ownTab}.`)) this.#hear(message.tab);
      };
    this.#rollCall?.postMessage({ type: "owner", term: this.term });
    postToPage({ type: "owner", term: this.term });
  }

  /** A tab looks for us: from now on its channel is open, and it is told so. */
  #hear(tab: string): void {
    let known = this.#sessions.get(tab);
    if (known === undefined) {
      const channel = openChannel(tabChannel(this.#parts.store, tab));
      if (channel === undefined) return;
      known = this.#addSession(tab, channel, (message) => channel.postMessage(message));
      channel.onmessage = ({ data }) => this.receive(tab, data);
    }
    known.channel?.postMessage({ type: "owner", term: this.term });
  }

  /** What came from a tab. Our own page is one whose messages come over the worker's port. */
  receive(tab: string, data: unknown): void {
    const envelope = readTabEnvelope(data, this.#parts.limits.messagesPerPostMax);
    if (envelope === undefined || envelope.term !== this.term) return;
    const known =
      this.#sessions.get(tab) ?? (tab === this.#parts.ownTab ? this.#addSession(tab, undefined, this.#parts.postToPage) : undefined);
    for (const message of envelope.messages) known?.session.receive(message);
  }

  #addSession(tab: string, channel: ChannelLike | undefined, post: (message: Envelope<OwnerMessage>) => void) {
    const { limits, schema } = this.#parts;
    const spec = toSchemaSpec(schema);
    const identity: SchemaIdentity = { hash: spec.hash, version: spec.version };
    const outbox: Outbox<OwnerMessage> = new Outbox<OwnerMessage>({
      post,
      term: this.term,
      messagesPerPostMax: limits.messagesPerPostMax,
      weight: { of: rowsIn, perPostMax: limits.rowsPerPostMax },
      unsendable: (message, error) => {
        if (message.type === "reply") outbox.push({ type: "failure", number: message.number, error: errorToData(error) });
      },
    });
    const session = new TabSession({
      owned: { replica: this.#replica as unknown as Replica<AnySchema>, engine: this.#engine as ReplicaEngine, decisions: this.#decisions },
      schema: identity,
      outbox,
      listedMax: limits.listedMax,
      rowsPerPostMax: limits.rowsPerPostMax,
      pendingSince: this.#pendingSince as PendingSince,
      outdated: this.#parts.outdated,
      wished: () => this.#weigh(),
      changed: () => this.#planStatus(),
    });
    const abort = new AbortController();
    const entry = { session, channel, abort };
    this.#sessions.set(tab, entry);
    if (channel !== undefined) this.#watch(tab, abort.signal);
    return entry;
  }

  /** Granted when the tab has gone, however it went. */
  #watch(tab: string, signal: AbortSignal): void {
    const gone = locksOf()?.request(tabLock(this.#parts.store, tab), { mode: "shared", signal }, () => this.#drop(tab));
    gone?.catch(() => undefined);
  }

  #drop(tab: string): void {
    const entry = this.#sessions.get(tab);
    if (entry === undefined) return;
    this.#sessions.delete(tab);
    entry.abort.abort();
    entry.session.end();
    entry.channel?.close();
    this.#weigh();
  }

  /** What the tabs want, together: in the background only if all are; refusals are told only where somebody listens (F22). */
  #weigh(): void {
    const replica = this.#replica;
    const attached = [...this.#sessions.values()].map(({ session }) => session).filter((session) => session.attached);
    for (const wake of attached.length > 0 ? this.#tokenWaiters.splice(0) : []) wake();
    const background = attached.length > 0 && attached.every((session) => session.background);
    if (background !== this.#background) {
      this.#background = background;
      void (background ? replica?.background() : replica?.foreground());
    }
    const isHeard = attached.some((session) => session.listens.has("refused"));
    if (isHeard && this.#unlistenRefused === undefined)
      this.#unlistenRefused = replica?.on("refused", (event) => this.#announce("refused", event));
    else if (!isHeard) {
      this.#unlistenRefused?.();
      this.#unlistenRefused = undefined;
    }
  }

  #announce<N extends ReplicaEventName>(name: N, event: ReplicaEventMap[N] | { readonly cause: unknown }): void {
    for (const { session } of this.#sessions.values()) {
      session.tellStatus();
      session.tell({ type: "event", name, event });
    }
  }

  #planStatus(): void {
    this.#cancelStatus ??= this.#parts.runtime.setTimer(statusMs, () => {
      this.#cancelStatus = undefined;
      for (const { session } of this.#sessions.values()) session.tellStatus();
    });
  }

  #tellOwn(message: OwnerMessage): void {
    this.#sessions.get(this.#parts.ownTab)?.session.tell(message);
  }

  /** Of our own page, which lives at least as long as we do; else of whichever tab is there first. */
  async #askToken(refused: boolean): Promise<string> {
    for (;;) {
      const sessions = [this.#sessions.get(this.#parts.ownTab), ...this.#sessions.values()];
      const found = sessions.find((entry) => entry?.session.attached === true);
      if (found !== undefined) return found.session.askToken(refused);
      await new Promise<void>((resolve) => this.#tokenWaiters.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.#cancelStatus?.();
    this.#rollCall?.close();
    await this.#replica?.close();
    for (const tab of [...this.#sessions.keys()]) this.#drop(tab);
    this.#parts.storage.release();
  }
}

/** After the worker's waiting events: a timer of no milliseconds is held back by browsers. */
function createDefer(): (run: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.addEventListener("message", () => waiting.shift()?.());
  port1.start();
  return (run) => {
    waiting.push(run);
    port2.postMessage(null);
  };
}
