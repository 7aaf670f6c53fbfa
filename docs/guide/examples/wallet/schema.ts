import { arbitrated, collection, defineSchema, intent, register } from "@holdfast/core";
import { z } from "zod";

const amount = z.number().int().min(1).max(100);

export const schema = defineSchema({
  version: 1,
  collections: {
    accounts: collection({ owner: register(z.string(), ""), balance: arbitrated(z.number().int(), 0) }),
    purchases: collection({ item: register(z.string(), ""), price: register(z.number().int(), 0) }),
  },
  intents: {
    topUp: intent(z.object({ account: z.string(), amount })),
    buy: intent(z.object({ account: z.string(), item: z.string(), price: amount })),
  },
});
