/**
 * Carries out what the sync machine decides, and tells it what came of it. There is no branch on the protocol's state here: an
 * effect is done, and its result is an event. Whatever touches the store goes through the work queue, in order.
 */
import { HoldfastError } from "@holdfast/core";
import {
  type ClientMessage,
  type Connection,
  createCycle,
  type CycleEffect,
  type CycleEvent,
  type CycleLimits,
  type CycleState,
  epochTagOf,
  isSpaceSynced,
  lastCounter,
  type SpaceId,
  stepCycle,
  type TimerName,
  type TransportFault,
  type TransportPort,
  unreachable,
} from "@holdfast/core/engine";
import { applyPageOfChanges, applyPoke, unchanged } from "./apply/apply-changes.ts";
import { applyPushed } from "./apply/apply-pushed.ts";
import { applySnapshotPage } from "./apply/apply-snapshot.ts";
import { applyWelcome } from "./apply/apply-welcome.ts";
import { fork, forkIfParted } from "./apply/fork.ts";
import { notePull } from "./apply/gone.ts";
import { type ApplyOutcome, PeerFault } from "./apply/outcome.ts";
import { withdraw } from "./apply/withdraw.ts";
import type { ReplicaContext } from "./context.ts";
import { Conversation } from "./conversation.ts";
import type { CycleStep } from "./options.ts";
import { readLog } from "./store/change-log.ts";
import { factsOf } from "./store/spaces.ts";
import type { WorkQueue } from "./write/work-queue.ts";

/** What is left of `CycleEvent` when the loop has added the clock and the die. */
type EventBody = CycleEvent extends infer E ? (E extends CycleEvent ? Omit<E, "nowMs" | "random"> : never) : never;
type Effect<Type extends CycleEffect["type"]> = Extract<CycleEffect, { type: Type }>;

export interface EffectLoopParts {
  readonly context: ReplicaContext;
  readonly queue: WorkQueue;
  readonly transport: TransportPort;
  readonly limits: CycleLimits;
  /** A fresh token; `refused`: the last one was not accepted. */
  readonly fetchToken: (refused: boolean) => Promise<string>;
  /** Of deflate-raw bytes; throws beyond `bytesMax`. */
  readonly inflate: (bytes: Uint8Array, bytesMax: number) => Uint8Array;
  readonly inflatedBytesMax: number;
  /** After the commit of what r0 said. */
  readonly settled: (outcome: ApplyOutcome) => void;
  readonly announce: (effect: Effect<"announce">) => void;
  readonly observe?: ((step: CycleStep) => void) | undefined;
  /** After every step. */
  readonly stepped: () => void;
  readonly stop: (defect: unknown) => void;
}

/** By which r0 tells this opening of the file from a copy of it. */
const openingBytes = 8;
const carriedPlain = 0;
const carriedDeflated = 1;

export class EffectLoop {
  readonly #parts: EffectLoopParts;
  readonly #timers = new Map<TimerName, () => void>();
  readonly #events: EventBody[] = [];
  #state: CycleState;
  #stepping = false;
  #stopped = false;
  /** Of the connection: what an earlier one still says is nobody's business (simulator E6). */
  #generation = 0;
  #connection: Connection | undefined;
  #conversation = new Conversation();
  #unapplied = 0;

  constructor(parts: EffectLoopParts) {
    this.#parts = parts;
    const { context } = parts;
    this.#state = createCycle({
      replica: context.replica,
      principal: context.principal,
      opening: context.runtime.randomBytes(openingBytes),
      schemaVersion: context.schema.version,
      spaces: [...context.spaces.values()].filter((row) => row.followed).map(factsOf),
    });
  }

  get state(): CycleState {
    return this.#state;
  }

  /** Events are taken one after another, also those that an effect gives rise to at once. */
  dispatch(event: EventBody): void {
    if (this.#stopped) return;
    this.#events.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#step(next);
    } catch (error) {
      this.#parts.stop(error);
    } finally {
      this.#stepping = false;
    }
    this.#parts.stepped();
  }

  #step(event: EventBody): void {
    const { runtime, spaces } = this.#parts.context;
    const complete = { ...event, nowMs: runtime.nowMs(), random: runtime.random() } as CycleEvent;
    const before = this.#state;
    const { state, effects } = stepCycle(before, complete, this.#parts.limits);
    this.#state = state;
    this.#parts.observe?.({ before, event: complete, after: state, effects });
    for (const effect of effects) this.#perform(effect);
    for (const space of this.#state.spaces.values()) {
      const row = spaces.get(space.space);
      if (row !== undefined && row.counter === row.settledThrough && isSpaceSynced(this.#state, space)) row.syncedAt = runtime.wallMs();
    }
  }

  /** For good: nothing is sent, no timer runs, nobody is heard. */
  stop(): void {
    if (this.#stopped) return;
    this.dispatch({ type: "stop" });
    this.#stopped = true;
    this.#disconnect();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #perform(effect: CycleEffect): void {
    switch (effect.type) {
      case "fetch-token":
        this.#fetchToken(effect.refused);
        return;
      case "connect":
        this.#connect();
        return;
      case "disconnect":
        this.#disconnect();
        return;
      case "send":
        this.#send(effect.message);
        return;
      case "push":
        this.#push(effect);
        return;
      case "apply-pushed":
        this.#apply([effect.message.space], async (context) =>
          forkIfParted(context, await applyPushed(context, effect.message, effect.offersMore)),
        );
        return;
      case "apply-page":
        this.#applyPage(effect);
        return;
      case "apply-welcome":
        this.#apply(
          effect.message.spaces.map(({ space }) => space),
          (context) => applyWelcome(context, effect.message),
        );
        return;
      case "withdraw":
        this.#apply([effect.space], (context) => withdraw(context, effect.space, effect.counter, effect.reason));
        return;
      case "fork":
        this.#apply([], (context) => fork(context));
        return;
      case "set-timer":
        this.#setTimer(effect.name, effect.delayMs);
        return;
      case "clear-timer":
        this.#clearTimer(effect.name);
        return;
      case "announce":
        this.#parts.announce(effect);
        return;
      default:
        unreachable(effect);
    }
  }

  #setTimer(name: TimerName, delayMs: number): void {
    this.#clearTimer(name);
    const cancel = this.#parts.context.runtime.setTimer(delayMs, () => {
      this.#timers.delete(name);
      this.dispatch({ type: "timer", name });
    });
    this.#timers.set(name, cancel);
  }

  #clearTimer(name: TimerName): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #fetchToken(refused: boolean): void {
    this.#parts.fetchToken(refused).then(
      (token) => this.dispatch({ type: "token", token }),
      (error: unknown) => this.dispatch({ type: "token-failed", detail: String(error) }),
    );
  }

  #connect(): void {
    const generation = ++this.#generation;
    const isCurrent = (): boolean => generation === this.#generation && !this.#stopped;
    const conversation = new Conversation();
    this.#conversation = conversation;
    this.#connection = this.#parts.transport.connect({
      opened: () => isCurrent() && this.dispatch({ type: "opened" }),
      message: (bytes) => isCurrent() && this.#receive(bytes),
      closed: (fault) => isCurrent() && this.#closed(fault),
      exchange: () => conversation.beginExchange(),
    });
  }

  #disconnect(): void {
    this.#generation++;
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** The transport has ended the connection, or we have had enough of it. */
  #closed(fault: TransportFault): void {
    this.#disconnect();
    this.dispatch({ type: "closed", fault });
  }

  #send(message: ClientMessage): void {
    if (this.#connection === undefined) return;
    if (message.type === "pull") notePull(this.#parts.context, message.space, message.ownThrough);
    const encoded = this.#conversation.encode(message);
    const carried = new Uint8Array(encoded.length + 1);
    carried[0] = carriedPlain;
    carried.set(encoded, 1);
    this.#connection.send(carried);
  }

  #receive(carried: Uint8Array): void {
    const { inflate, inflatedBytesMax, context } = this.#parts;
    let bytes = carried.subarray(1);
    if (carried[0] === carriedDeflated) {
      try {
        bytes = inflate(bytes, inflatedBytesMax);
      } catch (error) {
        this.#closed({ type: "not-a-server", detail: `a message that does not inflate: ${String(error)}` });
        return;
      }
    }
    const decoded = this.#conversation.decode(bytes);
    if (!decoded.ok) this.#closed({ type: "not-a-server", detail: decoded.fault });
    else if (this.#unapplied >= context.limits.inboxMessagesMax) this.#closed({ type: "closed", detail: "r0 outruns the disk" });
    else this.dispatch({ type: "message", message: decoded.value });
  }

  /** Only what the change log holds is ever sent. */
  #push(effect: Effect<"push">): void {
    const { context } = this.#parts;
    const { space, request } = effect;
    const row = context.spaces.get(space);
    const entries =
      row === undefined ? [] : readLog(context.port, space, effect.after, row.counter, effect.transactionsMax, context.store.transactions);
    let bytes = 0;
    const batch = entries.filter((entry, index) => {
      bytes += entry.bytes.length;
      return index === 0 || bytes <= effect.bytesMax;
    });
    const last = batch.at(-1)?.transaction;
    if (row === undefined || last === undefined || row.settledThrough !== effect.after) {
      this.dispatch({ type: "sent", space, request, through: row?.settledThrough ?? effect.after, transactions: 0 });
      return;
    }
    const transactions = batch.map(({ transaction }) => transaction);
    const { chain, settledThrough } = row;
    this.#send({ type: "push", request, space, chain, settledThrough, transactions, epochTag: epochTagOf(context.epoch) });
    this.dispatch({ type: "sent", space, request, through: lastCounter(last), transactions: transactions.length });
  }

  #applyPage({ message, released }: Effect<"apply-page">): void {
    this.#apply([message.space], async (context) => {
      if (message.type === "poke") return applyPoke(context, message);
      const { content } = message;
      return content.type === "snapshot"
        ? applySnapshotPage(context, message, content)
        : applyPageOfChanges(context, message, content.changes, released);
    });
  }

  #apply(spaces: readonly SpaceId[], run: (context: ReplicaContext) => Promise<ApplyOutcome>): void {
    const { context, queue } = this.#parts;
    this.#unapplied++;
    const job = queue.job(async () => {
      try {
        this.#settle(await run(context));
      } catch (error) {
        this.#failApply(spaces, error);
      } finally {
        this.#unapplied--;
      }
    });
    job.catch((error: unknown) => this.#parts.stop(error));
  }

  #settle(outcome: ApplyOutcome): void {
    this.#parts.settled(outcome);
    if (outcome.forked !== undefined) {
      this.dispatch({
        type: "forked",
        replica: outcome.forked.replica,
        facts: outcome.applied.map(({ facts }) => facts).filter(({ space }) => this.#parts.context.spaces.get(space)?.followed === true),
      });
      return;
    }
    for (const { facts, waitingFor } of outcome.applied) this.dispatch({ type: "applied", facts, waitingFor });
  }

  /** Nothing was applied. A peer's bytes or a full disk end the session, to be tried again; anything else is our bug. */
  #failApply(spaces: readonly SpaceId[], error: unknown): void {
    const isFault = error instanceof PeerFault || (error instanceof HoldfastError && error.origin === "disk");
    if (!isFault) {
      this.#parts.stop(error);
      return;
    }
    const detail = error.message;
    this.#closed(error instanceof PeerFault ? { type: "not-a-server", detail } : { type: "closed", detail });
    for (const space of spaces)
      for (const { facts, waitingFor } of unchanged(this.#parts.context, space).applied)
        this.dispatch({ type: "applied", facts, waitingFor });
  }
}
