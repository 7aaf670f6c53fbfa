/** Transactions of r0: what it decides, writes itself, forgets and becomes. */
import type { Server } from "@holdfast/server";
import { type CrashSchema, noteId, spaceName } from "../app.ts";
import type { Stage } from "../stage.ts";
import { bringInStep, bringInStepAndGoOffline, editNote, untilInStep } from "./histories.ts";
import type { TransactionType } from "./transaction-type.ts";

/** r0 dies while it does `work`; the device is open, and has writes that r0 has not answered. */
function atR0(name: string, work: (stage: Stage) => Promise<unknown>, prepare = bringInStepAndGoOffline): TransactionType {
  return {
    name: `r0: ${name}`,
    victim: "r0",
    prepare: async (stage) => void (await prepare(stage)),
    async act(stage) {
      stage.r0.start();
      await stage.r0.store?.meta();
      stage.victim.begin();
      await work(stage);
    },
  };
}

function pushed(name: string, write: (stage: Stage) => Promise<unknown>): TransactionType {
  return atR0(
    name,
    async (stage) => {
      await stage.device.open({ online: true });
      await untilInStep(stage);
    },
    async (stage) => {
      await bringInStepAndGoOffline(stage);
      await write(stage);
    },
  );
}

/** r0 dies while it opens its file. */
function started(name: string, prepare: (stage: Stage) => Promise<unknown>): TransactionType {
  return {
    name: `r0: ${name}`,
    victim: "r0",
    prepare: async (stage) => void (await prepare(stage)),
    async act(stage) {
      stage.victim.begin();
      stage.r0.start();
      await stage.r0.store?.meta();
    },
  };
}

/** The tables as the first version of the store made them. */
const firstTables = [
  "DROP TABLE positions",
  "DROP INDEX records_crowded",
  "DROP INDEX records_deleted",
  "ALTER TABLE records DROP COLUMN deleted",
  "ALTER TABLE spaces DROP COLUMN stream_bytes",
  "ALTER TABLE spaces DROP COLUMN state_bytes",
  "ALTER TABLE marks ADD COLUMN expired_through INTEGER NOT NULL DEFAULT 0",
  "DROP INDEX outcomes_by_age",
  "DROP INDEX outcomes_unforgotten",
  "DROP TABLE IF EXISTS imprints",
  "CREATE INDEX outcomes_by_age ON outcomes (at)",
  "PRAGMA user_version = 1",
];

export const server: readonly TransactionType[] = [
  pushed("push", async ({ device }) => {
    for (const letter of ["a", "b", "c"]) await device.write(`d-${letter}`, editNote(letter));
  }),
  pushed("intent", async ({ device }) => {
    await device.request(3);
    await device.write("d-after", editNote("after"));
  }),
  pushed("refusal", async ({ device }) => {
    await device.write("d-refused", editNote("refused"), "forbidden");
    await device.write("d-after", editNote("after"));
  }),
  atR0(
    "a replica is bound",
    async (stage) => {
      await stage.device.open({ online: true });
      await untilInStep(stage);
    },
    async (stage) => {
      stage.r0.start();
      await stage.r0.grant();
    },
  ),
  atR0("own write", ({ r0 }) =>
    (r0.server as unknown as Server<CrashSchema>).space(spaceName).write((tx) => {
      tx.notes.update(noteId, { title: "by r0" });
      tx.notes.create({ title: "by r0 too" }, { id: "of-r0" });
    }),
  ),
  atR0("compaction", async ({ r0 }) => r0.server?.compact(spaceName, 1)),
  atR0(
    "outcomes are forgotten",
    async ({ r0 }) => r0.store?.expireOutcomes(Number.MAX_SAFE_INTEGER),
    async (stage) => {
      await bringInStep(stage);
      await stage.device.request(3);
      await stage.device.write("d-refused", editNote("refused"), "forbidden");
      await untilInStep(stage);
    },
  ),
  atR0("a new epoch", async ({ r0 }) => r0.store?.startNewEpoch("ef".repeat(16))),
  started("start", bringInStepAndGoOffline),
  started("first start: the tables come into being", async () => undefined),
  started("migration: older tables become newer", async (stage) => {
    await bringInStepAndGoOffline(stage);
    for (const sql of firstTables) stage.r0.port?.run(sql);
  }),
];
