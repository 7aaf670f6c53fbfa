/** `holdfast new-epoch`: after a restore from a backup, before the first instance serves (trap 6). */
import { mintEpoch } from "@holdfast/server";
import { type Command, CommandError, exitCodes, readArguments } from "../command-line.ts";
import { openBackend } from "../serve/open-backend.ts";

const help = `Usage: holdfast new-epoch (--store FILE | --postgres URL)

After a database was restored from a backup, and before anything serves it: gives the restored history an identity of its own. By that
the devices notice that the server knows less than they were told, and bring back what it has lost.

  --store FILE     the restored file of an embedded server
  --postgres URL   the restored database

Every instance must be stopped. What becomes of what the devices bring back is said to \`holdfast serve --restored\`.
The runbook is docs/guide/disaster-recovery.md.`;

export const newEpoch: Command = {
  help,
  async run(args, output) {
    const { values } = readArguments("new-epoch", args, { store: { type: "string" }, postgres: { type: "string" } }, []);
    const { store: file, postgres } = values;
    if ((file === undefined) === (postgres === undefined))
      throw new CommandError("Which store was restored?", "Give --store FILE or --postgres URL.");
    const { store } = await openBackend({ store: file, postgres, redis: undefined }, undefined, () => {});
    try {
      const before = await store.meta();
      await store.startNewEpoch(mintEpoch());
      const { epoch, epochs } = await store.meta();
      output.line(`The history goes on as epoch ${epochs}, ${epoch}; it was ${before.epoch}.`);
      output.line("Start the instances now: each device brings back what it had confirmed and this backup does not know.");
      return exitCodes.done;
    } finally {
      await store.close();
    }
  },
};
