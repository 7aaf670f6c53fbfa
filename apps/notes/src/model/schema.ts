/** What the app keeps: a person's notes, settings and account. The app, its worker and the server share this file. */
import { arbitrated, collection, counter, defineSchema, intent, list, register, set, text } from "@holdfast/core";
import { z } from "zod";

const plan = z.enum(["free", "plus", "pro"]);

export const schema = defineSchema({
  version: 1,
  collections: {
    notes: collection(
      {
        title: register(z.string().max(200), ""),
        pinned: register(z.boolean(), false),
        body: text(),
        tags: set(z.string().max(40)),
        checklist: list(z.object({ label: z.string().max(200), done: z.boolean() })),
        opened: counter(),
      },
      { indexes: ["pinned", "title"] },
    ),
    settings: collection({
      textSize: register(z.enum(["small", "medium", "large"]), "medium"),
      order: register(z.enum(["title", "opened"]), "title"),
    }),
    accounts: collection({ plan: arbitrated(plan, "free"), credits: arbitrated(z.number().int(), 0) }),
  },
  intents: {
    buyPlan: intent(z.object({ accountId: z.string(), plan }), {
      provisional: async (tx, { accountId, plan: wanted }) => {
        const account = await tx.accounts.get(accountId);
        if (account !== undefined) tx.accounts.update(accountId, { plan: wanted, credits: account.credits - (planPrices[wanted] ?? 0) });
      },
    }),
  },
});

export type NotesSchema = typeof schema;
export type Plan = z.infer<typeof plan>;

/** In credits. */
export const planPrices: Readonly<Record<string, number>> = { free: 0, plus: 6, pro: 10 };
export const firstCredits = 10;

export const space = "user:ann";
export const accountId = "account";
export const settingsId = "settings";
