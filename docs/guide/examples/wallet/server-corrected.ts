import { accept, type Arbiters, type Principal, refuse } from "@holdfast/server";
import type { schema } from "./schema.ts";

export const authenticate = (token: string) => (token.startsWith("token of ") ? { id: token.slice(9) } : null);

export const arbiters: Arbiters<typeof schema, Principal> = {
  topUp: async (tx, { account, amount }) => {
    const row = await tx.accounts.get(account);
    if (row === undefined) return refuse("no-account", `There is no account ${account}.`);
    tx.accounts.update(account, { balance: row.balance + amount });
    return accept();
  },
  buy: async (tx, { account, item, price }) => {
    const row = await tx.accounts.get(account);
    if (row === undefined) return refuse("no-account", `There is no account ${account}.`);
    if (row.balance < price) return refuse("no-credit", `${item} costs ${price}, and ${row.balance} are left.`);
    tx.accounts.update(account, { balance: row.balance - price });
    tx.purchases.create({ item, price });
    return accept();
  },
};
