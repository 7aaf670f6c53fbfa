/**
 * One conversation, over whatever carries its bytes. Messages are taken in order; a push is answered when it is durable, and meanwhile the
 * next messages go on.
 *
 *     greeting ──hello accepted──► live ──fault of the session, expiry, silence, close──► closed
 */
import {
  type ClientMessage,
  createWireSession,
  decodeClientMessage,
  encodeServerMessage,
  epochTagOf,
  HoldfastError,
  isClientPresence,
  isPushOf,
  type ReplicaId,
  type ServerMessage,
  type SpaceId,
  unreachable,
  type WelcomeSpace,
  wireLimits,
} from "@holdfast/core/engine";
import type { Access, Principal } from "../options.ts";
import { countOperations } from "../overload/rate-gate.ts";
import { readPage } from "../stream/read-page.ts";
import { type Followed, FollowedSpaces } from "./followed-spaces.ts";
import { unwrapMessage, wrapMessage } from "./envelope.ts";
import {
  askAccess,
  authenticateToken,
  checkOwner,
  checkProtocol,
  isExpired,
  isSpaceId,
  type Knows,
  knowsOf,
  retryAfterMs,
  welcomeOf,
  welcomeSpace,
} from "./greet.ts";
import { encodePoke } from "./encode-poke.ts";
import { planPoke } from "./plan-poke.ts";
import { presenceOfWelcome, readShown } from "./presence-of-session.ts";
import { Inbox } from "./inbox.ts";
import { pushedOf } from "./pushed-of.ts";
import { type PokeRound, refusedFault, SessionFault, type SessionHandle, type SessionHost, type SessionLink } from "./host.ts";

type Push = Extract<ClientMessage, { type: "push" }>;
type Pull = Extract<ClientMessage, { type: "pull" }>;
type Hello = Extract<ClientMessage, { type: "hello" }>;

type State =
  | { readonly kind: "greeting" }
  | { readonly kind: "live"; readonly replica: ReplicaId; readonly principal: Principal; readonly knows: Knows }
  | { readonly kind: "closed" };

export class Session implements SessionHandle {
  readonly #host: SessionHost;
  readonly #link: SessionLink;
  readonly #wire = createWireSession();
  readonly #spaces: FollowedSpaces;
  readonly #inbox: Inbox;
  #state: State = { kind: "greeting" };
  #busy = false;
  #pushes = 0;
  readonly #idle: (() => void)[] = [];
  #hello: Hello | undefined;
  #welcomed = false;
  heardMs: number;

  constructor(host: SessionHost, link: SessionLink) {
    this.#host = host;
    this.#link = link;
    this.#inbox = new Inbox(host.limits);
    this.heardMs = host.runtime.nowMs();
    this.#spaces = new FollowedSpaces(host, this, (space, access) => this.#tellAccess(space, access));
  }

  /** Once greeted, and for ever. */
  get replica(): ReplicaId | undefined {
    return this.#hello?.replica;
  }

  get opening(): Uint8Array | undefined {
    return this.#hello?.opening;
  }

  /** One message as carried. Bytes that say nothing end the session: what follows them cannot be trusted to be whole. */
  receive(carried: Uint8Array): void {
    if (this.#state.kind === "closed") return;
    this.heardMs = this.#host.runtime.nowMs();
    const unwrapped = unwrapMessage(carried);
    if (unwrapped.ok && isClientPresence(unwrapped.value)) return this.#show(unwrapped.value);
    const message = unwrapped.ok ? decodeClientMessage(unwrapped.value, this.#wire) : unwrapped;
    if (!message.ok) return this.end(new SessionFault("malformed", `The server cannot read this message: ${message.fault}.`));
    if (!this.#inbox.hasRoom(carried.length))
      return this.end(new SessionFault("overloaded", "Too many messages wait on this connection.", retryAfterMs(this.#host)));
    // Only what comes after the welcome has gone out can be an answer to it.
    if (this.#welcomed) this.#host.heard(this);
    this.#inbox.add({ message: message.value, bytes: carried.length });
    if (!this.#busy) void this.#work();
  }

  /** Resolves when everything received has been answered. */
  settled(): Promise<void> {
    return this.#busy || this.#pushes > 0 ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  /** Tells why, and closes. */
  end(fault: SessionFault): void {
    if (this.#state.kind === "closed") return;
    this.#sendFault(0, fault);
    this.close();
  }

  close(): void {
    if (this.#state.kind === "closed") return;
    this.#state = { kind: "closed" };
    this.#inbox.clear();
    this.#host.ended(this);
    this.#link.close();
  }

  /** Once in a while, from the instance's one timer. */
  check(nowMs: number): void {
    const { limits } = this.#host;
    if (this.#state.kind === "greeting" && nowMs - this.heardMs > limits.helloMsMax) this.close();
    else if (this.#state.kind === "live") {
      if (isExpired(this.#host, this.#state.principal)) this.end(new SessionFault("unauthenticated", "The token has expired."));
      else if (nowMs - this.heardMs > limits.idleMsMax) this.close();
      else this.#spaces.askOldest(this.#state.principal);
    }
  }

  /** News of a followed space: what follows on where the replica stands comes along, if it is small and the replica takes it; else the head alone. */
  poke({ parts, withinMs, encoded }: PokeRound): void {
    const space = parts[0]?.space ?? "";
    const followed = this.#spaces.listening(space, parts.at(-1)?.head ?? 0);
    if (this.#state.kind !== "live" || followed === undefined) return;
    const plan = planPoke(parts, followed, this.#state.replica, this.#takes());
    if (plan?.type === "head") this.#pokeHead(space, followed, plan.head, withinMs);
    if (plan?.type !== "changes") return;
    Object.assign(followed, { position: plan.head, told: Math.max(followed.told, plan.head) });
    this.#sendBytes(encodePoke(this.#host, this.#wire, { parts, start: plan.start, encoded }));
  }

  tellPresence(carried: Uint8Array): void {
    if (this.#state.kind === "live" && this.#state.knows.presence && this.#takes()) this.#sendBytes(carried);
  }

  /** Beside the queue of messages: it touches no database, and nobody waits for it. */
  #show(bytes: Uint8Array): void {
    const state = this.#state;
    const shown = state.kind === "live" && state.knows.presence ? readShown(this.#host, state, this.#spaces, bytes) : undefined;
    if (shown?.type === "shown") this.#host.show(this, shown.space, shown.present);
    else if (shown?.type !== "passed-over") this.end(new SessionFault("malformed", "The server cannot read this presence."));
  }

  #takes(): boolean {
    return this.#link.bufferedBytes() <= this.#host.limits.outgoingBytesSoft;
  }

  /** Once until the next pull: a replica that is behind needs to know only that it is. */
  #pokeHead(space: SpaceId, followed: Followed, head: number, withinMs = 0): void {
    if (followed.poked) return;
    followed.poked = true;
    followed.told = Math.max(followed.told, head);
    this.#send({ type: "poke", space, head, ...(withinMs > 0 ? { withinMs } : {}), changes: [], cursor: new Uint8Array(0) });
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let next = this.#inbox.next(); next !== undefined; next = this.#inbox.next()) {
      const { message, bytes } = next;
      const request = "request" in message ? message.request : 0;
      try {
        const working = this.#take(message, bytes);
        if (working !== undefined) await working;
      } catch (error) {
        this.#takeFailure(request, error);
      }
    }
    this.#busy = false;
    this.#settleIdle();
  }

  #takeFailure(request: number, error: unknown): void {
    if (error instanceof SessionFault && request === 0) return this.end(error);
    if (error instanceof SessionFault) return this.#sendFault(request, error);
    this.#host.log({ level: "error", event: "session-failed", detail: "A message could not be answered.", error });
    const fault = new SessionFault("server-error", "The server could not answer this.", retryAfterMs(this.#host));
    if (request === 0) this.end(fault);
    else this.#sendFault(request, fault);
  }

  #take(message: ClientMessage, bytes: number): Promise<void> | undefined {
    const state = this.#state;
    if (state.kind === "closed") return undefined;
    if (state.kind === "greeting") {
      if (message.type !== "hello") throw new SessionFault("malformed", "A conversation begins with a hello.");
      return this.#greet(message);
    }
    if (isExpired(this.#host, state.principal) && message.type !== "authenticate") {
      this.end(new SessionFault("unauthenticated", "The token has expired."));
      return undefined;
    }
    switch (message.type) {
      case "hello":
        this.end(new SessionFault("malformed", "A conversation has one hello."));
        return undefined;
      case "follow":
        return this.#welcome(state.principal, state.replica, message.spaces, { isFirst: false, copied: false });
      case "unfollow":
        for (const space of message.spaces) this.#spaces.remove(space);
        return undefined;
      case "push":
        return this.#push(state, message, bytes);
      case "pull":
        return this.#pull(state, message);
      case "ping":
        this.#send({ type: "pong", nonce: message.nonce });
        return undefined;
      case "authenticate":
        return this.#authenticate(state, message.token);
      default:
        return unreachable(message);
    }
  }

  async #greet(hello: Hello): Promise<void> {
    const fault = checkProtocol(hello);
    if (fault !== undefined) return this.end(fault);
    const principal = await authenticateToken(this.#host, hello.token);
    await checkOwner(this.#host, principal, hello);
    if (this.#state.kind === "closed") return;
    this.#state = { kind: "live", replica: hello.replica, principal, knows: knowsOf(hello) };
    this.#hello = hello;
    const copied = this.#host.greeted(this, hello.replica, principal);
    await this.#welcome(principal, hello.replica, hello.spaces, { isFirst: true, copied });
    this.#welcomed = true;
  }

  async #welcome(
    principal: Principal,
    replica: ReplicaId,
    spaces: Hello["spaces"],
    { isFirst, copied }: { readonly isFirst: boolean; readonly copied: boolean },
  ): Promise<void> {
    const { limits, keys } = this.#host;
    if (this.#spaces.size + spaces.length > limits.spacesFollowedMax)
      return this.end(new SessionFault("too-large", `One connection follows at most ${limits.spacesFollowedMax} spaces.`));
    const welcomed: WelcomeSpace[] = [];
    for (const asked of spaces) {
      if (!isSpaceId(asked.space)) return this.end(new SessionFault("malformed", "A space id is 1 to 128 bytes of text."));
      const access = await askAccess(this.#host, principal, asked.space);
      if (this.#state.kind === "closed") return;
      const position = this.#host.codecOf(asked.space).decode(asked.cursor);
      // Followed before its head is read: what is committed in between is poked, and not missed.
      const at = position.ok && position.value.type === "stream" ? position.value.sequence : undefined;
      this.#spaces.add(asked.space, access, at);
      if (at !== undefined) this.#host.passed(asked.space, replica, at);
      welcomed.push(await welcomeSpace(this.#host, replica, asked, access, !position.ok));
    }
    const once = { ...(isFirst ? { keys } : {}), ...(copied ? { copied } : {}) };
    this.#send(welcomeOf(this.#host, principal, welcomed, this.#hello?.request, once));
    for (const [space, followed, head] of this.#spaces.welcomed(welcomed)) this.#pokeHead(space, followed, head);
    for (const carried of presenceOfWelcome(this.#host, welcomed)) this.tellPresence(carried);
  }

  async #authenticate(state: Extract<State, { kind: "live" }>, token: string): Promise<void> {
    const principal = await authenticateToken(this.#host, token);
    if (principal.id !== state.principal.id)
      return this.end(
        new SessionFault("wrong-principal", `This session belongs to "${state.principal.id}", and the token to "${principal.id}".`),
      );
    if (this.#state.kind !== "live") return;
    this.#state = { ...state, principal };
    this.#spaces.doubt();
  }

  /** A welcome that says otherwise than the session's first ends what the replica took it for: its next session begins with it (F36). */
  async #tellAccess(space: SpaceId, access: Access): Promise<void> {
    const state = this.#state;
    if (state.kind !== "live") return;
    const welcomed = await welcomeSpace(this.#host, state.replica, { space }, access, false);
    this.#send(welcomeOf(this.#host, state.principal, [welcomed], this.#hello?.request));
  }

  #push(state: Extract<State, { kind: "live" }>, message: Push, bytes: number): Promise<void> | undefined {
    const followed = this.#spaces.access(state.principal, message.space);
    const { rate } = this.#host;
    if (followed instanceof Promise || rate !== undefined) return this.#pushLater(state, message, bytes, followed);
    this.#submit(state, message, bytes, followed);
    return undefined;
  }

  async #pushLater(
    state: Extract<State, { kind: "live" }>,
    message: Push,
    bytes: number,
    followed: Followed | Promise<Followed>,
  ): Promise<void> {
    const renewed = await followed;
    const cost = { principal: state.principal.id, space: message.space, operations: countOperations(message), bytes };
    const refused = await this.#host.rate?.(cost);
    if (refused !== undefined) throw refusedFault(refused);
    this.#submit(state, message, bytes, renewed);
  }

  #submit(state: Extract<State, { kind: "live" }>, message: Push, bytes: number, followed: Followed): void {
    if (this.#state.kind === "closed") return;
    const { space, request, chain, settledThrough, transactions } = message;
    const { limits } = this.#host;
    if (followed.access === "none") throw new SessionFault("no-access", `User "${state.principal.id}" may not use space "${space}".`);
    // A network may bring a request again, long after its answer: r0 has been put back to before that, and has forgotten what it refused.
    if (message.epochTag !== undefined && message.epochTag !== epochTagOf(this.#host.epoch))
      throw new SessionFault("overloaded", "This was sent before the server was put back to a backup.", retryAfterMs(this.#host));
    if (!isPushOf(state.replica, transactions)) throw new SessionFault("malformed", "A push holds transactions of its own replica.");
    const { replica, principal } = state;
    const settled = (): void => {
      this.#pushes--;
      this.#settleIdle();
    };
    if (this.#pushes >= limits.sessionPushesMax)
      throw new SessionFault("overloaded", "Too many pushes wait on this connection.", retryAfterMs(this.#host));
    const refused = this.#host.submit(space, {
      type: "push",
      bytes,
      push: { principal, access: followed.access, replica, chain, settledThrough, transactions },
      done: (result) => {
        this.#spaces.told(space, result.head);
        this.#send(pushedOf(this.#host, { space, request, followed: this.#spaces.get(space) }, result));
        settled();
      },
      failed: (error) => {
        // A disk that fails is no push's fault: told as this one's, client after client would withdraw what it has pending.
        const code = error instanceof HoldfastError && error.origin === "disk" ? "overloaded" : "server-error";
        this.#sendFault(request, new SessionFault(code, "The server could not commit this push.", retryAfterMs(this.#host)));
        settled();
      },
    });
    if (refused !== undefined) throw refusedFault(refused);
    this.#host.observe({ type: "push", transactions: transactions.length, operations: countOperations(message), bytes });
    this.#pushes++;
  }

  async #pull(state: Extract<State, { kind: "live" }>, message: Pull): Promise<void> {
    const { space, request, cursor, ownThrough, bytesMax } = message;
    const followed = await this.#spaces.access(state.principal, space);
    if (followed.access === "none") throw new SessionFault("no-access", `User "${state.principal.id}" may not read space "${space}".`);
    const codec = this.#host.codecOf(space);
    const position = codec.decode(cursor);
    const kind = position.ok && position.value.type === "stream" ? "catch-up" : "first-sync";
    const { runtime, observe } = this.#host;
    const askedMs = runtime.nowMs();
    const leave = await this.#host.enterPull(kind);
    if (typeof leave !== "function") throw refusedFault(leave);
    const beganMs = runtime.nowMs();
    followed.poked = false;
    const page = await readPage(this.#host, codec, {
      space,
      replica: state.replica,
      cursor,
      ownThrough,
      bytesMax,
    }).finally(leave);
    observe({ type: "page", kind, waitedMs: beganMs - askedMs, tookMs: runtime.nowMs() - beganMs });
    followed.position = page.position;
    followed.told = Math.max(followed.told, page.head);
    this.#send({ type: "page", request, space, content: page.content, cursor: page.cursor, head: page.head, more: page.more });
    if (page.content.type !== "snapshot" || page.more) return;
    // A snapshot ends at the head it began with: what came meanwhile is pulled next.
    const [row] = await this.#host.store.readSpaces([space]);
    if (row !== undefined && row.head > page.head) this.#pokeHead(space, followed, row.head);
  }

  #sendFault(request: number, fault: SessionFault): void {
    const message = fault.message.slice(0, wireLimits.faultMessageBytesMax / 4);
    this.#send({ type: "fault", request, code: fault.code, message, retryAfterMs: fault.retryAfterMs });
  }

  #send(message: ServerMessage): void {
    if (this.#state.kind === "closed") return;
    const deflateBytesMin = this.#state.kind === "live" && this.#state.knows.deflate ? this.#host.limits.deflateBytesMin : undefined;
    this.#sendBytes(wrapMessage(encodeServerMessage(message, this.#wire), deflateBytesMin));
  }

  /** A peer that takes nothing is let go, rather than kept in memory: it pulls what it missed (F08). */
  #sendBytes(carried: Uint8Array): void {
    if (this.#link.bufferedBytes() > this.#host.limits.outgoingBytesMax) return this.close();
    this.#link.send(carried);
  }

  #settleIdle(): void {
    if (this.#busy || this.#pushes > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
