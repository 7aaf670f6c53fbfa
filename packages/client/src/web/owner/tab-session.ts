/** The owner's side of one tab: its calls, its live queries, and what it is told. */
import { HoldfastError, type SpaceId } from "@holdfast/core";
import { undecidedIn } from "../../context.ts";
import { loadRecord, encodeState } from "../../store/record-store.ts";
import type { ReplicaEventName } from "../../events.ts";
import type { ReplicaStatus } from "../../status.ts";
import { decideAttach, type SchemaIdentity } from "../protocol/decide-attach.ts";
import { errorToData } from "../protocol/error-data.ts";
import { type LiveCall, type OwnerMessage, type TabMessage, tabProtocol } from "../protocol/messages.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { splitRows } from "../protocol/split-rows.ts";
import { createFeed, type Feed, rowsDifference } from "./feed.ts";
import type { PendingSince } from "./pending-since.ts";
import { type Owned, ordinalOf, queryOf, readerOf, runCall, sqlOf } from "./run-call.ts";
import { callerError } from "@holdfast/core/engine";

export interface SessionParts {
  readonly owned: Owned;
  readonly schema: SchemaIdentity;
  readonly outbox: Outbox<OwnerMessage>;
  readonly listedMax: number;
  readonly rowsPerPostMax: number;
  readonly pendingSince: PendingSince;
  /** The tab's app is newer than ours. */
  readonly outdated: () => void;
  /** What the tab wants of all has changed. */
  readonly wished: () => void;
  /** Something that all tabs mirror has changed, and no step of the sync machine will say so. */
  readonly changed: () => void;
}

export class TabSession {
  readonly #parts: SessionParts;
  readonly #feeds = new Map<number, Feed>();
  readonly #tokens = new Map<number, { resolve: (token: string) => void; reject: (error: Error) => void }>();
  readonly listens = new Set<ReplicaEventName>();
  #tab = "";
  #tokenNumber = 0;
  #shown = "";
  #counts = "";
  attached = false;
  background = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  receive(message: TabMessage): void {
    if (!this.attached && message.type !== "attach") return;
    switch (message.type) {
      case "attach":
        void this.#attach(message);
        return;
      case "call":
        void this.#call(message);
        return;
      case "subscribe":
        this.#subscribe(message.feed, message.query);
        return;
      case "unsubscribe":
        this.#feeds.get(message.feed)?.stop();
        this.#feeds.delete(message.feed);
        return;
      case "taken":
        this.#feeds.get(message.feed)?.taken();
        return;
      case "listen":
        if (message.on) this.listens.add(message.name);
        else this.listens.delete(message.name);
        this.#parts.wished();
        return;
      case "hint":
        if (message.hint === "online") this.#parts.owned.replica.online();
        else this.#parts.owned.engine.hurry();
        return;
      case "background":
        this.background = message.on;
        this.#parts.wished();
        return;
      case "token": {
        const waiting = this.#tokens.get(message.number);
        this.#tokens.delete(message.number);
        if (message.token === undefined) waiting?.reject(new Error(message.detail));
        else waiting?.resolve(message.token);
        return;
      }
      case "detach":
        this.end();
        this.#parts.wished();
    }
  }

  /** Again from a tab that is attached: the same answer, and nothing else. */
  async #attach(message: Extract<TabMessage, { readonly type: "attach" }>): Promise<void> {
    const { owned, schema, outbox, outdated } = this.#parts;
    const tab: SchemaIdentity = { hash: message.schemaHash, version: message.schemaVersion };
    const decision = message.protocol === tabProtocol ? decideAttach(schema, tab) : "refuse";
    if (decision === "yield") return outdated();
    if (decision === "refuse") {
      outbox.push({
        type: "rejected",
        error: errorToData(
          callerError("store-mismatch", "Another tab runs another version of the app over this store.", "Reload this page."),
        ),
      });
      return;
    }
    this.#tab = message.tab;
    this.background = message.background;
    try {
      for (const space of message.spaces) await owned.replica.follow(space);
    } catch (error) {
      outbox.push({ type: "rejected", error: errorToData(error) });
      return;
    }
    this.attached = true;
    this.#parts.wished();
    const status = owned.replica.status();
    const pendingSince = this.#parts.pendingSince.read();
    this.#shown = statusText(status, pendingSince);
    this.#counts = countsText(status);
    outbox.push({ type: "attached", ordinal: ordinalOf(owned), replica: owned.replica.id, status, pendingSince, ...this.#lists() });
  }

  async #call({ number, answeredBelow, since, call }: Extract<TabMessage, { readonly type: "call" }>): Promise<void> {
    const { owned, outbox } = this.#parts;
    try {
      const value = await runCall(owned, call, { tab: this.#tab, number, answeredBelow, since });
      if (listCalls.has(call.type)) {
        outbox.push({ type: "lists", ...this.#lists() });
        this.#parts.changed();
      }
      // An app that has its answer and asks for the status must not be told an older one.
      this.tellStatus();
      outbox.push({ type: "reply", number, value });
    } catch (error) {
      if (!isClosed(error)) outbox.push({ type: "failure", number, error: errorToData(error) });
    }
  }

  #subscribe(feed: number, query: LiveCall): void {
    const { outbox } = this.#parts;
    if (this.#feeds.has(feed)) return;
    try {
      this.#feeds.set(feed, this.#openFeed(feed, query));
    } catch (error) {
      if (!isClosed(error)) outbox.push({ type: "feed-failed", feed, error: errorToData(error) });
    }
  }

  #openFeed(feed: number, query: LiveCall): Feed {
    const { replica } = this.#parts.owned;
    const { outbox, rowsPerPostMax } = this.#parts;
    const send = (message: OwnerMessage): void => splitRows(message, rowsPerPostMax).forEach((piece) => outbox.push(piece));
    if (query.type === "rows")
      return createFeed({
        subscribe: (changed: (rows: readonly { readonly id: string }[]) => void) =>
          queryOf(readerOf(replica, query), query.plan).subscribe((rows) => changed(rows)),
        difference: rowsDifference(feed),
        send,
      });
    if (query.type === "sql")
      return createFeed({
        subscribe: (changed: (rows: readonly unknown[]) => void) => sqlOf(replica, query).subscribe((rows) => changed(rows)),
        difference: (_sent, rows) => ({ type: "sql", feed, rows }),
        send,
      });
    return createFeed({
      subscribe: (changed: (state: { readonly bytes: Uint8Array }) => void) => {
        const read = (): void => changed({ bytes: this.#record(query.space, query.collection, query.id) });
        const live = readerOf(replica, query)
          .where({ id: query.id })
          .subscribe(() => read());
        return live;
      },
      difference: (_sent, { bytes }) => ({ type: "record", feed, bytes }),
      send,
    });
  }

  #record(space: SpaceId, collection: string, id: string): Uint8Array {
    const { context } = this.#parts.owned.engine;
    const { visible } = loadRecord(context.store, space, collection, id, undecidedIn(context, space) > 0);
    return encodeState(context.store, visible);
  }

  #lists(): Pick<Extract<OwnerMessage, { readonly type: "lists" }>, "conflicts" | "deadLetters"> {
    const { owned, listedMax } = this.#parts;
    return {
      conflicts: owned.replica.conflicts.list().slice(0, listedMax),
      deadLetters: owned.replica.deadLetters.list().slice(0, listedMax),
    };
  }

  tellStatus(): void {
    if (!this.attached) return;
    const { owned, outbox } = this.#parts;
    const status = owned.replica.status();
    // An owner that closes is followed by another: the tab's replica does not close with it.
    if (status.phase === "closing" || status.phase === "closed") return;
    const pendingSince = this.#parts.pendingSince.read();
    const shown = statusText(status, pendingSince);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const counts = countsText(status);
    if (counts !== this.#counts) outbox.push({ type: "lists", ...this.#lists() });
    this.#counts = counts;
    outbox.push({ type: "status", replica: owned.replica.id, status, pendingSince });
  }

  tell(message: OwnerMessage): void {
    if (this.attached) this.#parts.outbox.push(message);
  }

  askToken(refused: boolean): Promise<string> {
    const number = ++this.#tokenNumber;
    return new Promise((resolve, reject) => {
      this.#tokens.set(number, { resolve, reject });
      this.#parts.outbox.push({ type: "token-wanted", number, refused });
    });
  }

  end(): void {
    this.attached = false;
    this.background = false;
    for (const feed of this.#feeds.values()) feed.stop();
    this.#feeds.clear();
    this.listens.clear();
    for (const { reject } of this.#tokens.values()) reject(new Error("The tab that was asked has gone."));
    this.#tokens.clear();
  }
}

/** Not an answer: the next owner is asked. */
function isClosed(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === "closed";
}

const listCalls: ReadonlySet<string> = new Set(["restore", "dismiss", "retry", "discard"]);

/** What a person could see of it: ages go on by themselves. */
function statusText(status: ReplicaStatus, pendingSince: number | undefined): string {
  const spaces = Object.entries(status.spaces).map(([space, each]) => [space, { ...each, cursorAge: 0 }]);
  return JSON.stringify({ ...status, pendingSince, lastSyncedAt: Math.floor((status.lastSyncedAt ?? 0) / shownMs), spaces });
}

/** The moment of the last step is told so exactly. */
const shownMs = 1_000;

function countsText({ conflicts, refused }: ReplicaStatus): string {
  return `${conflicts} ${refused}`;
}
