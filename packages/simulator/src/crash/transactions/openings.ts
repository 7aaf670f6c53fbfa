/** What happens while a replica's file is opened, closed or left: it is made, it grows with the app, it is emptied. */
import { grownSchema, spaceName } from "../app.ts";
import type { OpenOptions } from "../crash-device.ts";
import type { Stage } from "../stage.ts";
import { bringInStep, bringInStepAndGoOffline, comeOnline, editNote } from "./histories.ts";
import { writeAsGrown } from "./pages.ts";
import type { TransactionType } from "./transaction-type.ts";

const grown: OpenOptions = { schema: grownSchema };

/** The device dies while it opens its file. */
function opened(name: string, prepare: (stage: Stage) => Promise<unknown>, options: OpenOptions = {}): TransactionType {
  return {
    name,
    victim: "device",
    prepare: async (stage) => void (await prepare(stage)),
    async act(stage) {
      stage.victim.begin();
      await stage.device.open(options);
      // Waits until columns are filled again.
      await stage.device.replica.space(spaceName).notes.get("note");
    },
    reopen: options,
  };
}

function left(name: string, leave: (stage: Stage) => Promise<unknown>): TransactionType {
  return {
    name,
    victim: "device",
    async prepare(stage) {
      await bringInStepAndGoOffline(stage);
      await stage.device.write("d-pending", editNote("pending"));
    },
    async act(stage) {
      await stage.device.open();
      stage.victim.begin();
      await leave(stage);
    },
  };
}

export const openings: readonly TransactionType[] = [
  opened("start", async (stage) => {
    await bringInStepAndGoOffline(stage);
    await stage.device.write("d-pending", editNote("pending"));
  }),
  opened("first start: the tables come into being", async () => undefined),
  opened(
    "migration: the app's schema grows",
    async (stage) => {
      await bringInStep(stage);
      await writeAsGrown(stage);
      await stage.until(() => stage.device.isInStep());
      await stage.device.write("d-pending", editNote("pending"));
    },
    grown,
  ),
  opened("migration: an older app opens the file", async (stage) => {
    await bringInStep(stage);
    await stage.device.close();
    await stage.device.open({ ...grown, online: true });
    await writeAsGrown(stage);
    await stage.until(() => stage.device.isInStep());
  }),
  left("close", ({ device }) => device.replica.close()),
  left("follow another space", ({ device }) => device.replica.follow("elsewhere")),
  left("sign out, keep", ({ device }) => device.replica.signOut({ pending: "keep" })),
  left("sign out, discard", ({ device, promises }) => {
    promises.forgiveAll();
    return device.replica.signOut({ pending: "discard" });
  }),
  left("unfollow, discard", ({ device, promises }) => {
    promises.forgiveAll();
    return device.replica.unfollow(spaceName, { discard: true });
  }),
  {
    ...left("access is lost", async () => undefined),
    async act(stage) {
      stage.r0.access = "none";
      // What was confirmed leaves with the space; what was pending becomes a dead letter.
      for (const token of [...stage.promises.acknowledged]) if (token !== "d-pending") stage.promises.acknowledged.delete(token);
      await comeOnline(stage);
      await stage.until(() => stage.device.replica.status().spaces[spaceName]?.access === "none");
    },
    // What was confirmed is shown until access is lost.
    exempt: ["shown"],
  },
];
