import { collection, defineSchema, register } from "@holdfast/core";
import { z } from "zod";

export const schema = defineSchema({
  version: 1,
  collections: { notes: collection({ title: register(z.string().max(200), "") }, { indexes: ["title"] }) },
});
