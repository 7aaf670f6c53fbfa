/** The app whose replicas crash: a field of each kind, an intent, and an entry for every write that says that it was there. */
import { type AnySchema, arbitrated, collection, counter, defineSchema, intent, list, register, set, text } from "@holdfast/core";
import { accept, type Arbiters, type Principal, refuse, type ServerOptions } from "@holdfast/server";
import { z } from "zod";

const fields = {
  title: register(z.string(), ""),
  tags: set(z.string()),
  steps: list(z.string()),
  body: text(),
  opened: counter(),
};
const entries = collection({ note: register(z.string(), "") });
const accounts = collection({ credits: arbitrated(z.number().int(), 0) });
const intents = {
  spend: intent(z.object({ amount: z.number().int() }), {
    provisional: async (tx: { readonly accounts: AccountWriter }, { amount }: { readonly amount: number }) => {
      const row = await tx.accounts.get(accountId);
      if (row !== undefined) tx.accounts.update(accountId, { credits: row.credits - amount });
    },
  }),
};

/** What an intent does, without the schema that it is a part of. */
interface AccountWriter {
  get(id: string): Promise<{ readonly credits: number } | undefined>;
  update(id: string, patch: { readonly credits: number }): void;
}

export const crashSchema = defineSchema({
  version: 1,
  collections: { entries, accounts, notes: collection(fields, { indexes: ["title"] }) },
  intents,
});
export type CrashSchema = typeof crashSchema;

/** The app's next version: a field that is new, an index on it, and a collection that the older one keeps hidden. */
export const grownSchema = defineSchema({
  version: 2,
  collections: {
    entries,
    accounts,
    notes: collection({ ...fields, color: register(z.string(), "none") }, { indexes: ["title", "color"] }),
    labels: collection({ name: register(z.string(), "") }),
  },
  intents,
});

export const spaceName = "crash";
export const noteId = "note";
export const accountId = "account";
export const creditsGranted = 10;
/** Entries of this note are refused by r0, for ever. */
export const forbiddenNote = "forbidden";
/** r0 breaks on entries of this note, every time. */
export const poisonNote = "poison";

/** Everybody is ann. It knows the grown schema: r0 is updated before the apps are. */
export const crashServer: Pick<ServerOptions<AnySchema, Principal>, "schema" | "authenticate" | "authorize" | "arbiters"> = {
  schema: grownSchema,
  authenticate: () => ({ id: "ann" }),
  authorize: {
    space: () => "write",
    operation: (_principal, { values }) => {
      if (values.includes(poisonNote)) throw new Error("the rule broke");
      return values.includes(forbiddenNote) ? refuse("forbidden", "nobody may") : accept();
    },
  },
  arbiters: {
    spend: async (tx: { readonly accounts: AccountWriter }, { amount }: { readonly amount: number }) => {
      const row = await tx.accounts.get(accountId);
      if (row === undefined || row.credits < amount) return refuse("too-little", "There are not enough credits.");
      tx.accounts.update(accountId, { credits: row.credits - amount });
      return accept(row.credits - amount);
    },
  } as unknown as Arbiters<AnySchema, Principal>,
};
