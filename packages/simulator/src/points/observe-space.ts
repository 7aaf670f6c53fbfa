/** What a step of a device's sync machine says of the spaces: pushes, pages, pokes, welcomes, and what they ran into. */
import type { CycleStep } from "@holdfast/client";
import {
  type CycleState,
  isCollect,
  isFold,
  presenceLattice,
  type Sequenced,
  type ServerMessage,
  type SpaceCycle,
} from "@holdfast/core/engine";
import type { Point } from "./points.ts";

type Message<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

export function* observeSpaces(step: CycleStep): Generator<Point> {
  const { before, event, after, effects } = step;
  if (event.type === "start") yield* observeStart(before);
  if (event.type === "message" && (before.link.kind === "live" || before.link.kind === "greeting"))
    yield* observeMessage(before, event.message);
  if (event.type === "sent" && event.transactions > 1) yield "a push holds several transactions";
  if (event.type === "sent" && event.transactions === 0) yield "a push finds nothing left to send";
  if (event.type === "forked") yield "a replica takes a new id";
  if (event.type === "applied" && event.waitingFor.size > 0) yield "a page waits for another space";
  if (event.type === "unfollow") yield "a space is no longer followed";
  for (const effect of effects) {
    if (effect.type === "withdraw") yield "a poison is withdrawn";
    if (effect.type === "push" && effect.transactionsMax === 1) yield "a transaction is pushed alone";
    if (effect.type === "announce" && effect.event === "no-access") yield "access to a space is lost";
  }
  for (const space of after.spaces.values()) yield* observeSpace(before.spaces.get(space.space), space);
}

function* observeStart({ spaces }: CycleState): Generator<Point> {
  for (const { counter, settledThrough, bootstrapping, sequence } of spaces.values()) {
    if (counter > settledThrough) yield "a start finds operations pending";
    if (bootstrapping) yield "a start finds a snapshot half received";
    if (sequence > 0) yield "a start goes on from its cursor";
  }
}

function* observeSpace(was: SpaceCycle | undefined, is: SpaceCycle): Generator<Point> {
  if (was === undefined) return;
  if (is.behind && !was.behind) yield "a poke does not follow on what is here";
  if (is.poison !== undefined && was.poison === undefined) yield "a poison is suspected";
  if (is.poison === undefined && was.poison !== undefined) yield "a suspected poison gets through";
  if (is.poison?.alone === true && was.poison?.alone !== true) yield "a suspected poison stands alone";
  if (is.poison !== undefined && is.poison.batchMax < (was.poison?.batchMax ?? Infinity) && was.poison !== undefined)
    yield "a batch is halved";
  if (is.bootstrapping && !was.bootstrapping) yield "a snapshot begins";
  if (!is.bootstrapping && was.bootstrapping) yield "a snapshot ends";
  if (is.access !== was.access && was.access !== "unknown") yield `access changes from ${was.access} to ${is.access}`;
  if (is.push !== undefined && is.pull !== undefined && (was.push === undefined || was.pull === undefined))
    yield "a push and a pull are under way at once";
  if (is.counter > was.counter && is.push !== undefined && was.push !== undefined) yield "a write comes while a push is under way";
}

function* observeMessage(state: CycleState, message: ServerMessage): Generator<Point> {
  switch (message.type) {
    case "welcome":
      yield* observeWelcome(state, message);
      return;
    case "pushed":
      yield* observePushed(state, message);
      return;
    case "page":
      yield* observePage(state, message);
      return;
    case "poke":
      yield message.changes.length === 0
        ? "a poke without changes"
        : message.changes.length > 1
          ? "a poke with several changes"
          : "a poke with its change";
      yield* observeCollections(message.changes);
      yield* observeFolds(message.changes);
      return;
    case "fault":
      yield `r0 faults: ${message.code}`;
      if (message.retryAfterMs !== undefined) yield "a fault says when to come back";
      return;
    case "pong":
      return;
  }
}

function* observeWelcome({ spaces, link }: CycleState, message: Message<"welcome">): Generator<Point> {
  if (link.kind === "live") yield "a space is followed in a live session";
  for (const { space, mark, head } of message.spaces) {
    const own = spaces.get(space);
    if (own === undefined) continue;
    if (mark > own.counter) yield "r0's mark is ahead of the device's own counter";
    if (mark > own.settledThrough && mark <= own.counter) yield "a welcome confirms what a lost answer did not";
    if (mark < own.settledThrough) yield "r0's mark is behind what it has confirmed";
    if (head < own.sequence) yield "r0's head is behind the device's cursor";
  }
}

function* observePushed({ spaces }: CycleState, message: Message<"pushed">): Generator<Point> {
  const own = spaces.get(message.space);
  if (own?.push?.request !== message.request) {
    yield "an answer comes to a push that is no longer awaited";
    return;
  }
  for (const outcome of message.outcomes) {
    if (outcome.type === "refused") yield "an outcome: refused";
    else if (outcome.type === "accepted") yield "an outcome: accepted";
    else yield "an outcome: expired";
  }
  if (message.stopped !== undefined) yield `a push stops: ${message.stopped.type}`;
  if (message.stopped !== undefined && message.mark > own.settledThrough) yield "a push gets through in part";
  if (message.cursor.length > 0 && message.after === own.sequence) yield "an answer moves the cursor, and no pull is needed";
  if (message.cursor.length > 0 && message.after !== own.sequence) yield "an answer's cursor does not follow on what is here";
  if (message.cursor.length === 0) yield "others have written between a push and the device's cursor";
}

function* observePage(state: CycleState, message: Message<"page">): Generator<Point> {
  const own = state.spaces.get(message.space);
  if (own?.pull?.request !== message.request) {
    yield "a page comes that is no longer awaited";
    return;
  }
  if (message.more) yield `a ${message.content.type === "changes" ? "page of changes" : "snapshot page"}, and more to come`;
  if (message.content.type === "snapshot") {
    if (message.content.first && own.sequence > 0) yield "a device behind the horizon gets a snapshot";
    if (message.content.first && own.bootstrapping) yield "a snapshot begins anew";
    if (own.counter > own.settledThrough) yield "a snapshot meets operations that are pending";
    return;
  }
  const { changes } = message.content;
  yield* observeCollections(changes);
  yield* observeFolds(changes);
  if (changes.length === 0) yield "an empty page";
  if (changes.length > 10) yield "a long page of changes";
  if (changes.some(({ transaction }) => transaction.replica === state.replica)) yield "a page brings a device its own operations";
  if (changes.length > 0 && own.counter > own.settledThrough) yield "others' changes meet operations that are pending";
}

function* observeCollections(changes: readonly Sequenced[]): Generator<Point> {
  for (const { transaction } of changes)
    if (transaction.body.type === "operations" && transaction.body.operations.some(isCollect))
      yield "a device forgets what was deleted long ago";
}

function* observeFolds(changes: readonly Sequenced[]): Generator<Point> {
  for (const { transaction } of changes) {
    if (transaction.body.type !== "operations") continue;
    for (const { delta } of transaction.body.operations.filter(isFold)) {
      yield "a long vector is folded";
      if (presenceLattice.decodeDelta(delta).vector?.has(transaction.replica) === true) yield "a fold takes a dot of r0's own";
    }
  }
}
