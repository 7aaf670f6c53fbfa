/** The shell of a tab: carries out what `stepTab` decides, and keeps what is asked of the owner and what it said last. */
import { HoldfastError } from "@holdfast/core";
import { bytesToHex, callerError, type Runtime, type SpaceId, unreachable } from "@holdfast/core/engine";
import type { ReplicaEventName } from "../../events.ts";
import type { TabLimits } from "../limits.ts";
import type { WorkerLike } from "../platform.ts";
import type { SchemaIdentity } from "../protocol/decide-attach.ts";
import { dataToError } from "../protocol/error-data.ts";
import {
  type CallName,
  type CallOf,
  type Hint,
  type OwnerMessage,
  type LiveCall,
  type Replies,
  type TabMessage,
  tabProtocol,
} from "../protocol/messages.ts";
import type { WorkerOptions } from "../protocol/names.ts";
import { Outbox } from "../protocol/outbox.ts";
import { readOwnerEnvelope } from "../protocol/read-messages.ts";
import { RequestLedger } from "./request-ledger.ts";
import { initialTab, stepTab, type TabEffect, type TabEvent, type TabState, type TabTimer } from "./step-tab.ts";
import { TabChannels } from "./tab-channels.ts";
import { TabWorker } from "./tab-worker.ts";

export interface TabParts {
  readonly store: string;
  readonly runtime: Runtime;
  readonly limits: TabLimits;
  readonly schema: SchemaIdentity;
  readonly spaces: readonly SpaceId[];
  readonly createWorker: () => WorkerLike;
  readonly options: WorkerOptions;
  readonly auth: (refused: boolean) => Promise<string>;
  readonly report: (error: unknown) => void;
  /** What the owner said of itself. */
  readonly heard: (message: OwnerMessage) => void;
}

export interface Subscription {
  readonly query: LiveCall;
  /** A new owner, which knows nothing of what was sent before. */
  readonly restarted: () => void;
  readonly received: (message: OwnerMessage) => void;
}

const tabBytes = 16;

export class Tab {
  readonly #parts: TabParts;
  readonly #name: string;
  readonly #ledger = new RequestLedger();
  readonly #subscriptions = new Set<Subscription>();
  readonly #feeds = new Map<number, Subscription>();
  readonly #listens = new Set<ReplicaEventName>();
  readonly #timers = new Map<TabTimer, () => void>();
  readonly #worker: TabWorker;
  readonly #channels: TabChannels;
  /** Over which the owner of this term speaks to us. */
  #post: { readonly term: string; readonly send: (message: unknown) => void } | undefined;
  #outbox: Outbox<TabMessage> | undefined;
  #state: TabState = initialTab;
  #nextFeed = 1;
  #background = false;
  readonly #opened: { resolve: () => void; reject: (error: unknown) => void } = { resolve: () => undefined, reject: () => undefined };
  /** Settles once: with an owner, or with why there is none. */
  readonly opened: Promise<void>;

  constructor(parts: TabParts) {
    this.#parts = parts;
    this.#name = bytesToHex(parts.runtime.randomBytes(tabBytes));
    this.opened = new Promise((resolve, reject) => Object.assign(this.#opened, { resolve, reject }));
    this.opened.catch(() => undefined);
    const { store, createWorker, schema, options } = parts;
    this.#worker = new TabWorker({
      store,
      tab: this.#name,
      create: createWorker,
      start: { schema, options },
      owner: (term) => this.#heardOwner(term, (message) => this.#worker.post(message)),
      envelope: (data) => this.#receive(data),
      failed: (error) => this.dispatch({ type: "store-failed", error }),
      begun: () => this.dispatch({ type: "worker-begun" }),
      died: () => this.dispatch({ type: "worker-died" }),
    });
    this.#channels = new TabChannels({
      store,
      tab: this.#name,
      announced: (term) => this.dispatch({ type: "owner-announced", term }),
      owner: (term) => this.#heardOwner(term, (message) => this.#channels.post(message)),
      envelope: (data) => this.#receive(data),
    });
  }

  get state(): TabState {
    return this.#state;
  }

  dispatch(event: TabEvent): void {
    const { state, effects } = stepTab(this.#state, event, this.#parts.limits);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: TabEffect): void {
    switch (effect.type) {
      case "start-worker":
        return this.#worker.start();
      case "end-worker":
        return this.#worker.end();
      case "open-channels":
        return this.#channels.open();
      case "close-channels":
        this.#outbox?.close();
        return this.#channels.close();
      case "seek":
        this.#channels.seek();
        return this.#worker.seek();
      case "attach":
        return this.#attach(effect.term);
      case "tell-all":
        return this.#tellAll();
      case "opened":
        return this.#opened.resolve();
      case "fail-open":
        this.#opened.reject(effect.error === undefined ? nobodyAnswers() : dataToError(effect.error));
        return this.#shutDown();
      case "fail-requests": {
        const error = effect.error === undefined ? nobodyAnswers() : dataToError(effect.error);
        for (const { reject } of this.#ledger.takeAll()) reject(error);
        return;
      }
      case "set-timer":
        return this.#setTimer(effect.name, effect.delayMs);
      case "clear-timer":
        return this.#clearTimer(effect.name);
      default:
        unreachable(effect);
    }
  }

  #setTimer(name: TabTimer, delayMs: number): void {
    this.#clearTimer(name);
    this.#timers.set(
      name,
      this.#parts.runtime.setTimer(delayMs, () => {
        this.#timers.delete(name);
        this.dispatch({ type: "timer", name });
      }),
    );
  }

  #clearTimer(name: TabTimer): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #heardOwner(term: string, send: (message: unknown) => void): void {
    if (this.#post?.term !== term) this.#post = { term, send };
    this.dispatch({ type: "owner-heard", term });
  }

  #attach(term: string): void {
    const { schema, spaces, limits } = this.#parts;
    const send = this.#post?.send;
    if (send === undefined) return;
    this.#outbox?.close();
    this.#outbox = new Outbox<TabMessage>({
      post: send,
      term,
      messagesPerPostMax: limits.messagesPerPostMax,
      unsendable: (message, error) => message.type === "call" && this.#refuse(message.number, error),
    });
    this.#outbox.push({
      type: "attach",
      tab: this.#name,
      protocol: tabProtocol,
      schemaHash: schema.hash,
      schemaVersion: schema.version,
      spaces,
      background: this.#background,
    });
  }

  #refuse(number: number, cause: unknown): void {
    this.#ledger
      .take(number)
      ?.reject(callerError("invalid-value", `That cannot be sent to the replica's worker: ${String(cause)}.`, "Pass plain values."));
  }

  /** All that the owner must know: a new one knows nothing, and the same one does nothing twice. */
  #tellAll(): void {
    for (const name of this.#listens) this.#say({ type: "listen", name, on: true });
    this.#feeds.clear();
    for (const subscription of this.#subscriptions) {
      subscription.restarted();
      this.#subscribe(subscription);
    }
    for (const number of this.#ledger.unanswered()) this.#send(number);
  }

  #say(message: TabMessage): void {
    if (this.#state.kind === "attached") this.#outbox?.push(message);
  }

  #send(number: number): void {
    if (this.#state.kind !== "attached") return;
    const message = this.#ledger.toMessage(number, this.#state.ordinal);
    if (message !== undefined) this.#outbox?.push(message);
  }

  #subscribe(subscription: Subscription): void {
    const feed = this.#nextFeed++;
    this.#feeds.set(feed, subscription);
    this.#say({ type: "subscribe", feed, query: subscription.query });
  }

  /** Settles with the owner's answer, whichever owner gives it. */
  call<N extends CallName>(call: CallOf<N>): Promise<Replies[N]> {
    if (this.#state.kind === "closed") return Promise.reject(closedError());
    if (this.#ledger.size >= this.#parts.limits.requestsInFlightMax)
      return Promise.reject(
        callerError("limit-reached", `${this.#ledger.size} requests wait for the replica's worker already.`, "Await some."),
      );
    return new Promise((resolve, reject) => this.#send(this.#ledger.add(call, { resolve, reject })));
  }

  subscribe(subscription: Subscription): () => void {
    if (this.#state.kind === "closed") throw closedError();
    this.#subscriptions.add(subscription);
    if (this.#state.kind === "attached") this.#subscribe(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
      for (const [feed, each] of this.#feeds)
        if (each === subscription) {
          this.#feeds.delete(feed);
          this.#say({ type: "unsubscribe", feed });
        }
    };
  }

  listen(name: ReplicaEventName, on: boolean): void {
    if (on) this.#listens.add(name);
    else this.#listens.delete(name);
    this.#say({ type: "listen", name, on });
  }

  hint(hint: Hint): void {
    this.#say({ type: "hint", hint });
  }

  setBackground(on: boolean): void {
    this.#background = on;
    this.#say({ type: "background", on });
  }

  #receive(data: unknown): void {
    const envelope = readOwnerEnvelope(data, this.#parts.limits.messagesPerPostMax);
    if (envelope === undefined || this.#post?.term !== envelope.term) return;
    for (const message of envelope.messages) this.#hear(message, envelope.term);
  }

  #hear(message: OwnerMessage, term: string): void {
    switch (message.type) {
      case "attached":
        if (this.#state.kind === "attaching") this.#parts.heard(message);
        return this.dispatch({ type: "attached", term, ordinal: message.ordinal });
      case "rejected":
        return this.dispatch({ type: "rejected", term, error: message.error });
      case "reply":
        return this.#ledger.take(message.number)?.resolve(message.value as never);
      case "failure":
        return this.#ledger.take(message.number)?.reject(dataToError(message.error));
      case "rows":
      case "rows-ahead":
      case "sql":
      case "record":
      case "feed-failed":
        return this.#hearFeed(message);
      case "token-wanted":
        void this.#answerToken(message.number, message.refused);
        return;
      case "report":
        return this.#parts.report(dataToError(message.error));
      default:
        this.#parts.heard(message);
    }
  }

  #hearFeed(message: Extract<OwnerMessage, { readonly feed: number }>): void {
    const { feed } = message;
    const subscription = this.#feeds.get(feed);
    if (subscription === undefined) return this.#say({ type: "unsubscribe", feed });
    if (message.type === "feed-failed") return this.#parts.report(dataToError(message.error));
    if (message.type !== "rows-ahead") this.#say({ type: "taken", feed });
    subscription.received(message);
  }

  async #answerToken(number: number, refused: boolean): Promise<void> {
    try {
      this.#say({ type: "token", number, token: await this.#parts.auth(refused), detail: "" });
    } catch (error) {
      this.#say({ type: "token", number, token: undefined, detail: String(error) });
    }
  }

  /** The worker closes the store, if it has it; the next owner need not recover anything. */
  async close(): Promise<void> {
    if (this.#state.kind === "closed") return;
    this.#say({ type: "detach" });
    this.#outbox?.flush();
    this.dispatch({ type: "close" });
    await this.#worker.stop(this.#parts.runtime, this.#parts.limits.closeMsMax);
    this.#shutDown();
  }

  #shutDown(): void {
    for (const { reject } of this.#ledger.takeAll()) reject(closedError());
    this.#outbox?.close();
    this.#channels.close();
    this.#worker.end();
    this.#subscriptions.clear();
    this.#feeds.clear();
  }

  /** Resolves when every request that waits now has its answer. */
  async settled(): Promise<void> {
    while (this.#ledger.size > 0 && this.#state.kind !== "closed")
      await new Promise<void>((resolve) => void this.#parts.runtime.setTimer(1, resolve));
  }
}

export function closedError(): HoldfastError {
  return callerError("closed", "The replica is closed.", "Open it again.");
}

function nobodyAnswers(): HoldfastError {
  return new HoldfastError("store-locked", "The tab that holds the store does not answer, and nobody else could open it.", {
    origin: "disk",
    retry: true,
    advice: "Close or reload other tabs of the app. A write that was refused so may still have been kept: look before you repeat it.",
  });
}
