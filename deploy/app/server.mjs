// The app that compose.yaml serves: put your own here. It runs in the image beside holdfast, whose packages it imports.
import { collection, defineSchema, register, text } from "@holdfast/core";
import { z } from "zod";

export const schema = defineSchema({
  version: 1,
  collections: { notes: collection({ title: register(z.string(), ""), body: text() }) },
});

// Replace this by the check of a real token. Returning null asks the device's user to sign in again; throwing means "cannot tell now".
export const authenticate = async (token) => (token.startsWith("user:") ? { id: token.slice(5) } : null);

export const authorize = {
  space: (principal, space) => (space === `user:${principal.id}` ? "write" : "none"),
};
