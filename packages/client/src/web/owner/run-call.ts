/** What a tab asks of the owner: each call in one place. */
import type { AnySchema } from "@holdfast/core";
import { callerError, unreachable } from "@holdfast/core/engine";
import type { ReplicaEngine } from "../../open-replica.ts";
import type { CollectionQuery } from "../../query/collection-query.ts";
import type { QueryPlan } from "../../query/collection-query.ts";
import type { SqlQuery } from "../../query/sql.ts";
import type { CollectionReader, Replica } from "../../replica.ts";
import { lastRequest, onceOf, type RequestKey } from "../../store/requests.ts";
import type { Decision, Ticket } from "../../write/settlements.ts";
import { readVisible, submitMutations } from "../../write/submit.ts";
import { confirmationOf, decisionOf, type Requested, ticketOf } from "../../write/write.ts";
import type { Call } from "../protocol/messages.ts";

export interface Owned {
  readonly replica: Replica<AnySchema>;
  readonly engine: ReplicaEngine;
  /** Of requests whose tab has not asked yet: an arbiter's answer is in no row, and must be waited for from the commit on. */
  readonly decisions: Map<string, Promise<Decision>>;
}

/** Beyond it the oldest goes: its tab has gone without asking. */
const decisionsMax = 10_000;

type AnyReader = CollectionReader<Readonly<Record<string, unknown>> & { readonly id: string }>;

export async function runCall(owned: Owned, call: Call, key: RequestKey): Promise<unknown> {
  const { replica, engine } = owned;
  const once = onceOf(key);
  switch (call.type) {
    case "write":
      return submitMutations(engine, call.space, call.mutations, call.reads, once);
    case "request":
      return awaitDecision(owned, await engine.writer.request(call.space, call.intent, call.input, once));
    case "record":
      return readVisible(engine, call.space, call.collection, call.id);
    case "get":
      return readerOf(replica, call).get(call.id);
    case "all":
      return queryOf(readerOf(replica, call), call.plan).all();
    case "count":
      return queryOf(readerOf(replica, call), call.plan).count();
    case "sql":
      return sqlOf(replica, call).all();
    case "confirmed":
      return confirmationOf(engine.context, call.ticket);
    case "decided":
      return takeDecision(owned, call.ticket);
    case "restore":
      return ticketOf(await engine.conflicts.restore(call.id, once));
    case "dismiss":
      return replica.conflicts.dismiss(call.id);
    case "retry": {
      const again = await engine.deadLetters.retry(call.id, once);
      return "decided" in again ? { kind: "request", ticket: awaitDecision(owned, again) } : { kind: "write", ticket: ticketOf(again) };
    }
    case "discard":
      return replica.deadLetters.discard(call.id);
    case "follow":
      return replica.follow(call.space);
    case "unfollow":
      return replica.unfollow(call.space, { discard: call.discard });
    case "sync":
      return replica.sync();
    case "sign-in":
      return replica.signIn();
    case "sign-out":
      return replica.signOut({ pending: call.pending });
    case "digest":
      return replica.digest(call.space);
    case "pending":
      return replica.inspect.pending(call.space);
    case "report":
      return replica.inspect.record(call.space, call.collection, call.id);
    default:
      return unreachable(call);
  }
}

function awaitDecision({ decisions }: Owned, requested: Requested): Ticket {
  const ticket = ticketOf(requested) as Ticket;
  if (decisions.size >= decisionsMax) for (const [oldest] of [...decisions].slice(0, 1)) decisions.delete(oldest);
  decisions.set(keyOf(ticket), requested.decided);
  return ticket;
}

function takeDecision({ decisions, engine }: Owned, ticket: Ticket): Promise<Decision> {
  const waiting = decisions.get(keyOf(ticket));
  decisions.delete(keyOf(ticket));
  return waiting ?? decisionOf(engine.context, ticket);
}

function keyOf({ replica, space, counter }: Ticket): string {
  return `${replica} ${counter} ${space}`;
}

/** Of the store as it is: what a request is new to. */
export function ordinalOf({ engine }: Owned): number {
  return lastRequest(engine.context.port);
}

export function readerOf(replica: Replica<AnySchema>, at: { readonly space: string; readonly collection: string }): AnyReader {
  const reader = replica.space(at.space) as unknown as Readonly<Record<string, AnyReader>>;
  return reader[at.collection] as AnyReader;
}

/** Composed again here, so that each part is checked by this side too. */
export function queryOf<R>(reader: CollectionQuery<R>, plan: QueryPlan): CollectionQuery<R> {
  let query = reader;
  for (const filter of plan.filters) query = query.where(filter as never);
  for (const { field, descending } of plan.order) query = query.orderBy(field as never, descending ? "desc" : "asc");
  return plan.limit === undefined ? query : query.limit(plan.limit, plan.offset);
}

export function sqlOf(
  replica: Replica<AnySchema>,
  call: { readonly parts: readonly string[]; readonly values: readonly unknown[] },
): SqlQuery {
  if (call.parts.length !== call.values.length + 1) throw callerError("invalid-query", "The SQL and its values do not fit.", "Use sql`…`.");
  return replica.sql(Object.assign([...call.parts], { raw: call.parts }), ...call.values);
}
