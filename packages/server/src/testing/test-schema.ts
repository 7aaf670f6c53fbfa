/** One field of each kind, and an intent. */
import { arbitrated, collection, counter, defineSchema, intent, list, register, set, text } from "@holdfast/core";
import { z } from "zod";

export const testSchema = defineSchema({
  version: 2,
  collections: {
    notes: collection({
      title: register(z.string().max(20), ""),
      pinned: register(z.boolean(), false),
      opened: counter(),
      tags: set(z.string().max(20)),
      checklist: list(z.string().max(20)),
      body: text(),
    }),
    accounts: collection({ plan: arbitrated(z.string(), "free"), credits: arbitrated(z.number().int(), 0) }),
  },
  intents: { buyPlan: intent(z.object({ accountId: z.string(), plan: z.enum(["free", "pro"]) })) },
});

export type TestSchema = typeof testSchema;
