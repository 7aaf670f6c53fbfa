/** The worked example of the paper (9.3): a person's notes, settings and account, on a phone, a tablet and a watch. */
import { arbitrated, collection, counter, defineSchema, intent, list, register, set, text } from "@holdfast/core";
import { z } from "zod";

const plan = z.enum(["free", "plus", "pro"]);

export const demoSchema = defineSchema({
  version: 1,
  collections: {
    notes: collection(
      {
        title: register(z.string().max(300), ""),
        pinned: register(z.boolean(), false),
        body: text(),
        tags: set(z.string()),
        checklist: list(z.object({ label: z.string(), done: z.boolean() })),
        opened: counter(),
      },
      { indexes: ["title"] },
    ),
    settings: collection({ theme: register(z.string(), "light"), fontSize: register(z.number().int(), 14) }),
    accounts: collection({ plan: arbitrated(plan, "free"), credits: arbitrated(z.number().int(), 0) }),
  },
  intents: {
    buyPlan: intent(z.object({ accountId: z.string(), plan }), {
      provisional: async (tx, { accountId, plan: wanted }) => {
        if ((await tx.accounts.get(accountId)) !== undefined) tx.accounts.update(accountId, { plan: wanted });
      },
    }),
  },
});

export type DemoSchema = typeof demoSchema;
export type Plan = z.infer<typeof plan>;

export const demoSpace = "user:ann";
export const accountId = "ann";
export const settingsId = "main";
export const planPrice = 10;

export const deviceNames = ["phone", "tablet", "watch"] as const;
export type DeviceName = (typeof deviceNames)[number];
