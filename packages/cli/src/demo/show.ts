/** Everything that a replica shows to its app, for the oracle to look at. */
import type { Replica } from "@holdfast/client/node";
import type { Value } from "@holdfast/core";
import type { Item, Shown, ShownLetter, ShownNote } from "./ledger.ts";
import { type DemoSchema, demoSpace } from "./schema.ts";

export async function showReplica(replica: Replica<DemoSchema>): Promise<Shown> {
  const space = replica.space(demoSpace);
  const rows = await space.notes.orderBy("title").all();
  const itemsById = new Map<string, readonly { readonly key: string; readonly value: Item }[]>();
  // Keys are told within a transaction only; one that changes nothing writes nothing.
  await replica.write(demoSpace, async (tx) => {
    for (const { id } of rows) itemsById.set(id, await tx.notes.items(id, "checklist"));
  });
  const notes = rows.map(({ id, title, pinned, body, tags, opened }): ShownNote => {
    return { id, title, pinned, body, tags, opened: Number(opened), items: itemsById.get(id) ?? [] };
  });
  const others: Record<string, Readonly<Record<string, Value>>> = {};
  for (const row of await space.settings.all()) others[`settings/${row.id}`] = row;
  for (const row of await space.accounts.all()) others[`accounts/${row.id}`] = row;
  const letters = replica.deadLetters.list().map(({ code, reason, payload }): ShownLetter => {
    if (payload.type === "request") return { code, reason, intent: payload.intent, input: payload.input, values: [] };
    return { code, reason, intent: undefined, input: null, values: payload.changes };
  });
  return { notes, others, conflicts: replica.conflicts.list(), letters };
}
