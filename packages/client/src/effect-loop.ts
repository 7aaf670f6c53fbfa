/**
 * Carries out what the sync machine decides, and tells it what came of it. There is no branch on the protocol's state here: an
 * effect is done, and its result is an event. Whatever touches the store goes through the work queue, in order.
 */
import { type ApplyOutcome, PeerFault } from "./apply/outcome.ts";
import { Conversation } from "./conversation.ts";
import { factsOf } from "./store/spaces.ts";
import { readLog } from "./store/change-log.ts";
import { applyPushed } from "./apply/apply-pushed.ts";
import { withdraw } from "./apply/withdraw.ts";
import { applyPageOfChanges, applyPoke, unchanged } from "./apply/apply-changes.ts";
import { applyWelcome } from "./apply/apply-welcome.ts";
import { applySnapshotPage } from "./apply/apply-snapshot.ts";
import { HoldfastError } from "@holdfast/core";
import type { ReplicaContext } from "./context.ts";
import {
  type ClientMessage,
  type Connection,
  assert,
  createCycle,
  type CycleEffect,
  type CycleEvent,
  type CycleLimits,
  type CycleState,
  epochTagOf,
  inflatedBytesMax,
  isSpaceSynced,
  lastCounter,
  type SpaceId,
  stepCycle,
  type TimerName,
  type Transaction,
  type TransportFault,
  type TransportPort,
  unreachable,
} from "@holdfast/core/engine";
import type { CycleStep } from "./options.ts";
import { fork, forkIfParted } from "./apply/fork.ts";
import { notePull } from "./apply/gone.ts";
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

export interface EffectLoop {
  readonly state: CycleState;
  /** Events are taken one after another, also those that an effect gives rise to at once. */
  dispatch(event: EventBody): void;
  /** For good: nothing is sent, no timer runs, nobody is heard. */
  stop(): void;
}

export function createEffectLoop(parts: EffectLoopParts): EffectLoop {
  const { context, queue } = parts;
  const { runtime, spaces } = context;
  const timers = new Map<TimerName, () => void>();
  const events: EventBody[] = [];
  let state = createCycle({
    replica: context.replica,
    principal: context.principal,
    opening: runtime.randomBytes(openingBytes),
    schemaVersion: context.schema.version,
    spaces: [...spaces.values()].filter((row) => row.followed).map(factsOf),
  });
  let isStepping = false;
  let isStopped = false;
  /** Of the connection: what an earlier one still says is nobody's business (simulator E6). */
  let generation = 0;
  let connection: Connection | undefined;
  let conversation = new Conversation();
  let unapplied = 0;

  function dispatch(event: EventBody): void {
    if (isStopped) return;
    events.push(event);
    if (isStepping) return;
    isStepping = true;
    try {
      for (let next = events.shift(); next !== undefined; next = events.shift()) step(next);
    } catch (error) {
      parts.stop(error);
    } finally {
      isStepping = false;
    }
    parts.stepped();
  }

  function step(event: EventBody): void {
    const complete = { ...event, nowMs: runtime.nowMs(), random: runtime.random() } as CycleEvent;
    const before = state;
    const stepped = stepCycle(before, complete, parts.limits);
    state = stepped.state;
    const { effects } = stepped;
    parts.observe?.({ before, event: complete, after: state, effects });
    for (const effect of effects) perform(effect);
    for (const space of state.spaces.values()) {
      const row = spaces.get(space.space);
      if (row !== undefined && row.counter === row.settledThrough && isSpaceSynced(state, space)) row.syncedAt = runtime.wallMs();
    }
  }

  function stop(): void {
    if (isStopped) return;
    dispatch({ type: "stop" });
    isStopped = true;
    disconnect();
    for (const cancel of timers.values()) cancel();
    timers.clear();
  }

  function perform(effect: CycleEffect): void {
    switch (effect.type) {
      case "fetch-token":
        parts.fetchToken(effect.refused).then(
          (token) => dispatch({ type: "token", token }),
          (error: unknown) => dispatch({ type: "token-failed", detail: String(error) }),
        );
        return;
      case "connect":
        connect();
        return;
      case "disconnect":
        disconnect();
        return;
      case "send":
        send(effect.message);
        return;
      case "push":
        push(effect);
        return;
      case "apply-pushed":
        apply([effect.message.space], async (context) =>
          forkIfParted(context, await applyPushed(context, effect.message, effect.offersMore)),
        );
        return;
      case "apply-page":
        applyPage(effect);
        return;
      case "apply-welcome":
        apply(
          effect.message.spaces.map(({ space }) => space),
          (context) => applyWelcome(context, effect.message),
        );
        return;
      case "withdraw":
        apply([effect.space], (context) => withdraw(context, effect.space, effect.counter, effect.reason));
        return;
      case "fork":
        apply([], (context) => fork(context));
        return;
      case "set-timer":
        setTimer(effect.name, effect.delayMs);
        return;
      case "clear-timer":
        clearTimer(effect.name);
        return;
      case "announce":
        parts.announce(effect);
        return;
      default:
        unreachable(effect);
    }
  }

  function setTimer(name: TimerName, delayMs: number): void {
    clearTimer(name);
    const cancel = context.runtime.setTimer(delayMs, () => {
      timers.delete(name);
      dispatch({ type: "timer", name });
    });
    timers.set(name, cancel);
  }

  function clearTimer(name: TimerName): void {
    timers.get(name)?.();
    timers.delete(name);
  }

  function connect(): void {
    const mine = ++generation;
    const isCurrent = (): boolean => mine === generation && !isStopped;
    const own = new Conversation();
    conversation = own;
    connection = parts.transport.connect({
      opened: () => isCurrent() && dispatch({ type: "opened" }),
      message: (bytes) => isCurrent() && receive(bytes),
      closed: (fault) => isCurrent() && closed(fault),
      exchange: () => own.beginExchange(),
    });
  }

  function disconnect(): void {
    generation++;
    connection?.close();
    connection = undefined;
  }

  /** The transport has ended the connection, or we have had enough of it. */
  function closed(fault: TransportFault): void {
    disconnect();
    dispatch({ type: "closed", fault });
  }

  function send(message: ClientMessage): void {
    if (connection === undefined) return;
    if (message.type === "pull") notePull(context, message.space, message.ownThrough);
    const encoded = conversation.encode(message);
    const carried = new Uint8Array(encoded.length + 1);
    carried[0] = carriedPlain;
    carried.set(encoded, 1);
    connection.send(carried);
  }

  function receive(carried: Uint8Array): void {
    let bytes = carried.subarray(1);
    if (carried[0] === carriedDeflated) {
      try {
        bytes = parts.inflate(bytes, inflatedBytesMax);
      } catch (error) {
        closed({ type: "not-a-server", detail: String(error) });
        return;
      }
    }
    const decoded = conversation.decode(bytes);
    if (!decoded.ok) closed({ type: "not-a-server", detail: decoded.fault });
    else if (unapplied >= context.limits.inboxMessagesMax) closed({ type: "closed", detail: "too fast" });
    else dispatch({ type: "message", message: decoded.value });
  }

  /** Only what the change log holds is ever sent. */
  function push(effect: Effect<"push">): void {
    const { space, request } = effect;
    const row = spaces.get(space);
    let through = row?.settledThrough ?? effect.after;
    let transactions: readonly Transaction[] = [];
    if (row !== undefined && through === effect.after) {
      let bytes = 0;
      transactions = readLog(context.port, space, through, row.counter, effect.transactionsMax, context.store.transactions)
        .filter((entry, index) => (bytes += entry.bytes.length) <= effect.bytesMax || index === 0)
        .map(({ transaction }) => transaction);
      // What a disk has lost of it, or made another's, and SQLite has not seen, would be asked for and refused without end.
      assert(
        transactions[0]?.counter === through + 1 && transactions.every(({ replica }) => replica === context.replica),
        "not in the log",
      );
      send({ type: "push", request, space, chain: row.chain, settledThrough: through, transactions, epochTag: epochTagOf(context.epoch) });
      through = lastCounter(transactions.at(-1) as Transaction);
    }
    dispatch({ type: "sent", space, request, through, transactions: transactions.length });
  }

  function applyPage({ message, released }: Effect<"apply-page">): void {
    apply([message.space], async (context) => {
      if (message.type === "poke") return applyPoke(context, message);
      const { content } = message;
      return content.type === "snapshot"
        ? applySnapshotPage(context, message, content)
        : applyPageOfChanges(context, message, content.changes, released);
    });
  }

  function apply(spaceIds: readonly SpaceId[], run: (context: ReplicaContext) => Promise<ApplyOutcome>): void {
    unapplied++;
    const job = queue.job(async () => {
      try {
        settle(await run(context));
      } catch (error) {
        failApply(spaceIds, error);
      } finally {
        unapplied--;
      }
    });
    job.catch((error: unknown) => parts.stop(error));
  }

  function settle(outcome: ApplyOutcome): void {
    parts.settled(outcome);
    if (outcome.forked !== undefined) {
      dispatch({
        type: "forked",
        replica: outcome.forked.replica,
        facts: outcome.applied.map(({ facts }) => facts).filter(({ space }) => spaces.get(space)?.followed === true),
      });
      return;
    }
    for (const { facts, waitingFor } of outcome.applied) dispatch({ type: "applied", facts, waitingFor });
  }

  /** Nothing was applied. A peer's bytes or a full disk end the session, to be tried again; anything else is our bug. */
  function failApply(spaceIds: readonly SpaceId[], error: unknown): void {
    const isFault = error instanceof PeerFault || (error instanceof HoldfastError && error.origin === "disk");
    if (!isFault) {
      parts.stop(error);
      return;
    }
    const detail = error.message;
    closed(error instanceof PeerFault ? { type: "not-a-server", detail } : { type: "closed", detail });
    for (const space of spaceIds)
      for (const { facts, waitingFor } of unchanged(context, space).applied) dispatch({ type: "applied", facts, waitingFor });
  }
  return {
    get state() {
      return state;
    },
    dispatch,
    stop,
  };
}
