/** The bench's record: `{ id, title (20 characters), body (200), done, tags (3), updatedAt }`, about 310 bytes of JSON. */
import { collection, defineSchema, register, set } from "@holdfast/core";
import { z } from "zod";
import { bodyOf, titleOf } from "./note-text.ts";

export const schema = defineSchema({
  version: 1,
  collections: {
    notes: collection(
      {
        title: register(z.string().max(200), ""),
        body: register(z.string(), ""),
        done: register(z.boolean(), false),
        tags: set(z.string()),
        updatedAt: register(z.number(), 0),
      },
      { indexes: ["title"] },
    ),
  },
});

const tags = ["home", "work", "garden", "music", "travel", "books", "food", "people"];

export function noteOf(n: number) {
  return {
    title: titleOf(n),
    body: bodyOf(n),
    done: n % 3 === 0,
    tags: [tags[n % 8] ?? "", tags[(n + 3) % 8] ?? "", tags[(n + 5) % 8] ?? ""],
    updatedAt: 1_700_000_000_000 + n,
  };
}
