/**
 * r0 in a process of its own. Prints `P <port>`. A token is the user's name; every user may write everywhere.
 * An operation on a record called `crash…` ends the process, as a defect in an app's callback would.
 */
import { writeSync } from "node:fs";
import { accept, createServer, refuse } from "@holdfast/server";
import { sqliteStore } from "@holdfast/server/sqlite";
import { workloadSchema } from "./workload-schema.ts";

export interface ServerChildOptions {
  readonly path: string;
  /** 0: any; said in the first line. */
  readonly port: number;
}

const options = JSON.parse(process.argv[2] as string) as ServerChildOptions;

const server = createServer({
  schema: workloadSchema,
  store: sqliteStore(options.path),
  authenticate: (token) => (token === "" ? null : { id: token }),
  authorize: {
    space: () => "write",
    operation: (_principal, operation) => {
      if (operation.record.startsWith("crash")) process.exit(86);
      return accept();
    },
  },
  arbiters: {
    spend: async (tx, { account, receipt, amount }) => {
      const row = await tx.accounts.get(account);
      if (row === undefined || row.credits < amount) return refuse("no-credit", `${amount} credits are needed.`);
      tx.accounts.update(account, { credits: row.credits - amount });
      tx.receipts.create({ amount }, { id: receipt });
      return accept({ left: row.credits - amount });
    },
  },
});

const { port } = await server.listen({ port: options.port, host: "127.0.0.1" });
writeSync(1, `P ${port}\n`);
process.on("SIGTERM", () => void server.close().then(() => process.exit(0)));
