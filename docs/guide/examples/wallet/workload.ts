import { defineWorkload } from "@holdfast/simulator";
import { schema } from "./schema.ts";

export const workload = defineWorkload({
  schema,
  users: ["ann"],
  tokenOf: (user) => `token of ${user}`,
  start: (tx) => tx.accounts.create({ owner: "ann", balance: 100 }, { id: "main" }),
  operations: {
    buy: {
      weight: 3,
      run: (replica, { space, random }) =>
        replica.request(space, "buy", { account: "main", item: random.pick(["a book", "a lamp"]), price: random.between(30, 80) }),
    },
    topUp: { run: (replica, { space, random }) => replica.request(space, "topUp", { account: "main", amount: random.between(10, 50) }) },
  },
  invariants: {
    "the balance is never negative": ({ rows }) =>
      rows.accounts.every(({ balance }) => balance >= 0) || `it is ${rows.accounts.map(({ balance }) => balance).join(", ")}`,
  },
});
