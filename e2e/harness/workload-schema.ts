/** The schema of every end-to-end test: one field of each kind, one intent. */
import { arbitrated, collection, counter, defineSchema, intent, list, register, set, text } from "@holdfast/core";
import { z } from "zod";

export const workloadSchema = defineSchema({
  version: 1,
  collections: {
    /**
     * One for each transaction of a workload, created in it: what else the transaction did is written here, so that what must be
     * found elsewhere follows from which of these there are.
     */
    entries: collection(
      {
        writer: register(z.string(), ""),
        effect: register(z.string(), ""),
        target: register(z.string(), ""),
        amount: register(z.number().int(), 0),
      },
      { indexes: ["writer"] },
    ),
    totals: collection({ sum: counter() }),
    boards: collection({
      title: register(z.string(), ""),
      note: register(z.string(), ""),
      tags: set(z.string()),
      steps: list(z.object({ label: z.string() })),
      body: text(),
    }),
    values: collection({ value: register(z.any(), null), other: register(z.any(), null) }),
    accounts: collection({ credits: arbitrated(z.number().int(), 0), spent: counter() }),
    receipts: collection({ amount: register(z.number().int(), 0) }),
  },
  intents: {
    spend: intent(z.object({ account: z.string(), receipt: z.string(), amount: z.number().int().min(1) }), {
      provisional: async (tx, { account, amount }) => {
        const row = await tx.accounts.get(account);
        if (row !== undefined) tx.accounts.update(account, { credits: row.credits - amount });
      },
    }),
  },
});

export type WorkloadSchema = typeof workloadSchema;
