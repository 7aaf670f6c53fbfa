/** What the cluster serves: the workload's schema. A token is the user's name; every user may write everywhere. */
import { accept, refuse } from "@holdfast/server";
import { workloadSchema } from "../harness/workload-schema.ts";

export { workloadSchema as schema };

export const authenticate = (token: string) => (token === "" ? null : { id: token });

export const authorize = { space: () => "write" as const };

interface Account {
  readonly credits: number;
}

interface SpendTransaction {
  readonly accounts: {
    get(id: string): Promise<Account | undefined>;
    update(id: string, change: Account): void;
  };
  readonly receipts: { create(fields: { readonly amount: number }, options: { readonly id: string }): void };
}

export const arbiters = {
  spend: async (
    tx: SpendTransaction,
    { account, receipt, amount }: { readonly account: string; readonly receipt: string; readonly amount: number },
  ) => {
    const row = await tx.accounts.get(account);
    if (row === undefined || row.credits < amount) return refuse("no-credit", `${amount} credits are needed.`);
    tx.accounts.update(account, { credits: row.credits - amount });
    tx.receipts.create({ amount }, { id: receipt });
    return accept({ left: row.credits - amount });
  },
};
