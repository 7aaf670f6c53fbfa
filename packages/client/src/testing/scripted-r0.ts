/**
 * An r0 for tests: speaks the real wire over a transport in memory, keeps one stream a space, and does what the test says. It decides
 * nothing by itself beyond giving places in the stream; the real one is tried in `e2e/`.
 */
import {
  type ClientMessage,
  compareBytes,
  countersOf,
  type ConnectionEvents,
  createWireSession,
  decodeClientMessage,
  encodeServerMessage,
  initialChain,
  lastCounter,
  lastLamport,
  identityOf,
  imprintOf,
  nameIn,
  nextChain,
  type Outcome,
  type Sequenced,
  type ServerMessage,
  type SpaceId,
  type Transaction,
  type TransportPort,
  voidOf,
  withdrawnElsewhere,
} from "@holdfast/core/engine";

interface Author {
  mark: number;
  chain: Uint8Array;
  outcomes: Outcome[];
  /** First counter → what was answered under it. */
  readonly answered: Map<number, Uint8Array>;
}

interface Space {
  readonly stream: Sequenced[];
  readonly authors: Map<string, Author>;
  lamport: number;
}

export class ScriptedR0 {
  readonly spaces = new Map<SpaceId, Space>();
  /** Every message that came in, in order. */
  readonly received: ClientMessage[] = [];
  /** What happens to a pushed transaction; accepted when it says nothing. */
  decide: (transaction: Transaction) => Omit<Outcome, "counter"> | undefined = () => undefined;
  /** Cannot decide a transaction, as when its disk fails. */
  fails: (transaction: Transaction) => boolean = () => false;
  /** Lets a transaction wait for what another device may bring back. */
  awaits: (transaction: Transaction) => boolean = () => false;
  access: (space: SpaceId) => "none" | "read" | "write" = () => "write";
  principal = "me";
  epoch = "e".repeat(32);
  /** Whether own operations are sent back too, as a server may. */
  echoOwn = false;
  /** Changes a reply on its way. */
  rewrite: (message: ServerMessage) => ServerMessage = (message) => message;
  /** Swallows a reply: true means that it never arrives. */
  lose: (message: ServerMessage) => boolean = () => false;
  /** Answers a pull otherwise. */
  page: (
    pull: Extract<ClientMessage, { type: "pull" }>,
  ) => Omit<Extract<ServerMessage, { type: "page" }>, "type" | "request" | "space"> | undefined = () => undefined;
  /** Of each replica's last hello. */
  readonly #requests = new Map<string, number>();
  readonly #links: { readonly events: ConnectionEvents; send(message: ServerMessage): void; open: boolean }[] = [];

  get transport(): TransportPort {
    return { connect: (events) => this.#connect(events) };
  }

  space(id: SpaceId): Space {
    let space = this.spaces.get(id);
    if (space === undefined) this.spaces.set(id, (space = { stream: [], authors: new Map(), lamport: 0 }));
    return space;
  }

  /** Puts a transaction of some replica in the stream, and tells nobody. */
  append(id: SpaceId, transaction: Transaction): Sequenced {
    const space = this.space(id);
    const sequenced = { sequence: space.stream.length + 1, transaction };
    space.stream.push(sequenced);
    space.lamport = Math.max(space.lamport, lastLamport(transaction));
    return sequenced;
  }

  /** Tells every connection. `changes`: sent along, or only the head. */
  poke(id: SpaceId, changes: readonly Sequenced[] = []): void {
    const head = this.space(id).stream.length;
    this.broadcast({ type: "poke", space: id, head, changes, cursor: cursorAt(changes.at(-1)?.sequence ?? head) });
  }

  broadcast(message: ServerMessage): void {
    for (const link of this.#links) if (link.open) link.send(message);
  }

  /** The link breaks, from far away. */
  cut(): void {
    for (const link of this.#links.splice(0)) if (link.open) link.events.closed({ type: "closed", detail: "cut" });
  }

  #connect(events: ConnectionEvents) {
    const wire = createWireSession();
    const link = {
      events,
      open: true,
      send: (message: ServerMessage): void => {
        if (this.lose(message)) return;
        const encoded = encodeServerMessage(this.rewrite(message), wire);
        const carried = new Uint8Array(encoded.length + 1);
        carried.set(encoded, 1);
        queueMicrotask(() => link.open && events.message(carried));
      },
    };
    this.#links.push(link);
    queueMicrotask(() => link.open && events.opened());
    let replica = "";
    return {
      send: (carried: Uint8Array): void => {
        const decoded = decodeClientMessage(carried.subarray(1), wire);
        if (!decoded.ok) throw new Error(decoded.fault);
        const message = decoded.value;
        this.received.push(message);
        if (message.type === "hello") replica = message.replica;
        for (const reply of this.#answer(message, replica)) link.send(reply);
      },
      close: (): void => {
        link.open = false;
      },
    };
  }

  #answer(message: ClientMessage, replica: string): ServerMessage[] {
    switch (message.type) {
      case "hello":
      case "follow":
        if (message.type === "hello") this.#requests.set(replica, message.request ?? 0);
        return [
          this.#welcome(
            message.spaces.map(({ space }) => space),
            replica,
          ),
        ];
      case "push":
        return [this.#pushed(message, replica)];
      case "pull":
        return [this.#page(message, replica)];
      case "ping":
        return [{ type: "pong", nonce: message.nonce }];
      default:
        return [];
    }
  }

  author(id: SpaceId, replica: string): Author {
    const { authors } = this.space(id);
    let author = authors.get(replica);
    if (author === undefined)
      authors.set(replica, (author = { mark: 0, chain: initialChain(id, replica as never), outcomes: [], answered: new Map() }));
    return author;
  }

  #welcome(ids: readonly SpaceId[], replica: string): ServerMessage {
    const spaces = ids.map((space) => {
      const { mark, chain } = this.author(space, replica);
      const { stream, lamport } = this.space(space);
      return { space, access: this.access(space), head: stream.length, mark, chain, lamport };
    });
    return {
      type: "welcome",
      protocol: 1,
      capabilities: [],
      epoch: this.epoch,
      principal: this.principal,
      schemaVersion: 1,
      pushBytesMax: 1 << 18,
      heartbeatMs: 20_000,
      spaces,
      request: this.#requests.get(replica) ?? 0,
    };
  }

  #pushed(message: Extract<ClientMessage, { type: "push" }>, replica: string): ServerMessage {
    const author = this.author(message.space, replica);
    const after = this.space(message.space).stream.length;
    let { chain } = message;
    let stopped: Extract<ServerMessage, { type: "pushed" }>["stopped"];
    let isParted = false;
    const gone = new Set<string>();
    const elsewhere: Outcome[] = [];
    let through = (message.transactions[0]?.counter ?? 1) - 1;
    for (const transaction of message.transactions) {
      const before = chain;
      const identity = identityOf(transaction);
      chain = nextChain(chain, identity);
      if (lastCounter(transaction) <= author.mark) {
        const known = author.answered.get(transaction.counter) ?? new Uint8Array(0);
        const isHeld = compareBytes(known, identity) === 0;
        if (!isHeld) isParted = true;
        if (!isHeld && countsIn(transaction, gone)) break;
        if (isHeld && author.outcomes.some(({ type, counter }) => type === "refused" && counter === transaction.counter))
          leaveOut(transaction, gone);
        else if (compareBytes(known, identityOf(voidOf(transaction, identityOf))) === 0) {
          leaveOut(transaction, gone);
          if (transaction.body.type !== "void")
            elsewhere.push({ type: "refused", counter: transaction.counter, code: withdrawnElsewhere, reason: "scripted" });
        } else if (!isHeld) {
          const isRefused = author.outcomes.some(({ type, counter }) => type === "refused" && counter === transaction.counter);
          if (transaction.body.type === "void" && known.length > 0 && !isRefused)
            elsewhere.push({ type: "refused", counter: transaction.counter, code: withdrawnElsewhere, reason: "scripted" });
          if (compareBytes(imprintOf(known), nameIn(transaction)?.imprint ?? known) !== 0) continue;
        }
        through = lastCounter(transaction);
        continue;
      }
      // Two histories under one id: like the real one, it takes nothing of the second, and says how far it has it.
      if (transaction.counter !== author.mark + 1 || compareBytes(before, author.chain) !== 0) isParted = true;
      // Nor a total that counts in what it has refused, or what its author has withdrawn.
      if (isParted || countsIn(transaction, gone)) break;
      if (this.fails(transaction)) {
        stopped = { type: "failed", counter: transaction.counter, detail: "scripted", retryAfterMs: undefined };
        break;
      }
      if (this.awaits(transaction)) {
        stopped = { type: "awaits", counter: transaction.counter, retryAfterMs: 20 };
        break;
      }
      author.chain = nextChain(author.chain, identity);
      author.mark = lastCounter(transaction);
      through = author.mark;
      author.answered.set(transaction.counter, identity);
      const decided = this.decide(transaction);
      if (decided?.type === "refused" || transaction.body.type === "void") leaveOut(transaction, gone);
      if (decided !== undefined) author.outcomes.push({ ...decided, counter: transaction.counter } as Outcome);
      else if (transaction.body.type === "operations") this.append(message.space, transaction);
    }
    if (isParted) stopped = { type: "forked", through };
    // A push that ends below the mark is answered as far as it goes.
    const isShort = !isParted && stopped === undefined && through < author.mark && message.transactions.length > 0;
    const { length: head } = this.space(message.space).stream;
    const last = isParted || isShort ? through : author.mark;
    const outcomes = [
      ...author.outcomes.filter(({ counter }) => counter > message.settledThrough && counter <= last),
      ...elsewhere.filter(({ type, counter }) => type === "refused" && counter <= last),
    ].sort((a, b) => a.counter - b.counter);
    return {
      type: "pushed",
      request: message.request,
      space: message.space,
      mark: isShort ? through : author.mark,
      chain: isShort ? chain : author.chain,
      head,
      outcomes,
      after,
      cursor: this.echoOwn ? new Uint8Array(0) : cursorAt(head),
      stopped,
    };
  }

  #page(message: Extract<ClientMessage, { type: "pull" }>, replica: string): ServerMessage {
    const { stream } = this.space(message.space);
    const other = this.page(message);
    if (other !== undefined) return { ...other, type: "page", request: message.request, space: message.space };
    const from = message.cursor.length === 0 ? 0 : (message.cursor[1] as number);
    const changes = stream
      .slice(from)
      .filter(({ transaction }) => this.echoOwn || transaction.replica !== replica || lastCounter(transaction) > message.ownThrough);
    return {
      type: "page",
      request: message.request,
      space: message.space,
      content: { type: "changes", changes },
      cursor: cursorAt(stream.length),
      head: stream.length,
      more: false,
    };
  }
}

/** Of a void, it is not to be seen what it has left out. */
const any = "any";

function leaveOut(transaction: Transaction, gone: Set<string>): void {
  for (const name of transaction.body.type === "void" ? [any] : countersOf(transaction)) gone.add(name);
}

function countsIn(transaction: Transaction, gone: ReadonlySet<string>): boolean {
  return countersOf(transaction).some((name) => gone.has(name) || gone.has(any));
}

/** Opaque to the client; to this r0 a byte that says it is one, and a small position. */
export function cursorAt(sequence: number): Uint8Array {
  return Uint8Array.of(1, sequence);
}
