/** What the fleet's apps are about: a field of each kind, one intent, and an entry for every transaction that says what it did. */
import { arbitrated, collection, counter, defineSchema, intent, list, register, set, text } from "@holdfast/core";
import { z } from "zod";

export const simulatedSchema = defineSchema({
  version: 1,
  collections: {
    /** Created in the transaction that it tells of: what must be found elsewhere follows from which of these there are. */
    entries: collection({ effect: register(z.string(), ""), target: register(z.string(), ""), amount: register(z.number().int(), 0) }),
    totals: collection({ sum: counter() }),
    boards: collection({ title: register(z.string(), ""), tags: set(z.string()), steps: list(z.string()), body: text() }),
    /** Created, edited and erased by everybody at once. */
    drafts: collection({ line: register(z.string(), "") }),
    accounts: collection({ credits: arbitrated(z.number().int(), 0) }),
    receipts: collection({ amount: register(z.number().int(), 0) }),
  },
  intents: {
    spend: intent(z.object({ receipt: z.string(), amount: z.number().int().min(1) }), {
      provisional: async (tx, { amount }) => {
        const row = await tx.accounts.get(accountId);
        if (row !== undefined) tx.accounts.update(accountId, { credits: row.credits - amount });
      },
    }),
  },
});

export type SimulatedSchema = typeof simulatedSchema;

export const accountId = "account";
export const creditsGranted = 100;

export function spaceName(space: number): string {
  return `space-${space}`;
}
