/** The app after an update: it declares more, and a higher version. */
import { collection, counter, defineSchema, register } from "@holdfast/core";
import { z } from "zod";

export const newerSchema = defineSchema({
  version: 2,
  collections: {
    entries: collection(
      {
        writer: register(z.string(), ""),
        effect: register(z.string(), ""),
        target: register(z.string(), ""),
        amount: register(z.number().int(), 0),
        color: register(z.string(), "none"),
      },
      { indexes: ["writer"] },
    ),
    totals: collection({ sum: counter() }),
  },
});
