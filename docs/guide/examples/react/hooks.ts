import { collection, defineSchema, list, register, set, text } from "@holdfast/core";
import { createHooks } from "@holdfast/react";
import { z } from "zod";

export const schema = defineSchema({
  version: 1,
  collections: {
    notes: collection({
      title: register(z.string().max(200), ""),
      pinned: register(z.boolean(), false),
      body: text(),
      tags: set(z.string()),
      checklist: list(z.object({ label: z.string(), done: z.boolean() })),
    }),
  },
});

export const { HoldfastProvider, useQuery, useRecord, useStatus, useText, useTextarea, useWrite } = createHooks<typeof schema>();
