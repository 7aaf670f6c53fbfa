/**
 * What the fleet's apps are about: a field of each kind, two intents, and an entry for every transaction that says what it did. In two
 * versions: the second knows a field, a collection and a value more.
 */
import { arbitrated, collection, counter, defineSchema, intent, list, register, set, text } from "@holdfast/core";
import { z } from "zod";

const entry = {
  effect: register(z.string(), ""),
  target: register(z.string(), ""),
  amount: register(z.number().int(), 0),
  /** What of the target the writer had before it: ids of entries. What must be found afterwards follows from it. */
  saw: register(z.array(z.string()), []),
  /** The element, item or span that it is about: the id of the entry that made it. */
  of: register(z.string(), ""),
  /** Who wrote it, where: found wherever its bytes lie. */
  mark: register(z.string(), ""),
};

const board = {
  title: register(z.string(), ""),
  tags: set(z.string()),
  steps: list(z.string()),
  /** Which entries have moved or revised which step: a list does not tell. */
  moves: set(z.string()),
  body: text(),
};

const oldSizes = ["", "small", "middle"] as const;

const collections = {
  /** Created in the transaction that it tells of: what must be found elsewhere follows from which of these there are. */
  entries: collection({ ...entry, remark: register(z.string(), "") }),
  totals: collection({ sum: counter() }),
  boards: collection({ ...board, size: register(z.enum([...oldSizes, "large"]), ""), color: register(z.string(), "") }),
  /** Created, edited and erased by everybody at once. */
  drafts: collection({ line: register(z.string(), "") }),
  /** The same, with the edits that each of them holds. */
  notes: collection({ body: register(z.string(), ""), edits: set(z.string()) }),
  /** Values at the edges of what can be kept. */
  oddities: collection({ value: register(z.any(), null) }),
  memos: collection({ line: register(z.string(), "") }),
  /** Anybody may label it, also while their own undecided request shows it as it may become. */
  accounts: collection({ credits: arbitrated(z.number().int(), 0), label: register(z.string(), "") }),
  receipts: collection({ amount: register(z.number().int(), 0) }),
  /** Each is granted once. */
  seats: collection({ holder: arbitrated(z.string(), "") }),
  claims: collection({ seat: register(z.string(), "") }),
};

const { memos: _unknownYet, ...known } = collections;

/** Typed as the new one: an app of the old version leaves alone what it does not know. */
const oldCollections = {
  ...known,
  entries: collection(entry),
  boards: collection({ ...board, size: register(z.enum(oldSizes), "") }),
} as unknown as typeof collections;

function defineVersion(version: number, declared: typeof collections) {
  return defineSchema({
    version,
    collections: declared,
    intents: {
      spend: intent(z.object({ receipt: z.string(), amount: z.number().int().min(1), by: z.string().optional() }), {
        provisional: async (tx, { amount }) => {
          const row = await tx.accounts.get(accountId);
          if (row !== undefined) tx.accounts.update(accountId, { credits: row.credits - amount });
        },
      }),
      claim: intent(z.object({ receipt: z.string(), seat: z.string(), by: z.string().optional() }), {
        provisional: async (tx, { receipt, seat }) => {
          const row = await tx.seats.get(seat);
          if (row === undefined) tx.seats.create({ holder: receipt }, { id: seat });
          else if (row.holder === "") tx.seats.update(seat, { holder: receipt });
        },
      }),
    },
  });
}

export const simulatedSchema = defineVersion(2, collections);
export const oldSchema = defineVersion(1, oldCollections);

export type SimulatedSchema = typeof simulatedSchema;

export const accountId = "account";
export const creditsGranted = 100;

export function spaceName(space: number): string {
  return `space-${space}`;
}
