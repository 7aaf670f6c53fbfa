/** What comes from r0: pages, snapshots, another history. */
import { type CrashSchema, grownSchema, noteId, spaceName } from "../app.ts";
import type { Stage } from "../stage.ts";
import { bringInStep, bringInStepAndGoOffline, comeOnline, editNote, goOffline, meet, untilInStep } from "./histories.ts";
import type { TransactionType } from "./transaction-type.ts";

/** The device comes online, and dies while it takes what has come into being meanwhile. */
function received(
  name: string,
  prepare: (stage: Stage) => Promise<unknown>,
  options: Pick<TransactionType, "exempt"> = {},
): TransactionType {
  return {
    name,
    victim: "device",
    prepare: async (stage) => void (await prepare(stage)),
    async act(stage) {
      await comeOnline(stage);
      await untilInStep(stage);
    },
    ...options,
  };
}

async function writeElsewhere(stage: Stage, count: number): Promise<void> {
  const { other } = stage;
  for (let n = 0; n < count; n++) await other.write(`o-${n}`, editNote(`other ${n}`));
  await stage.until(() => other.isInStep());
}

async function writeHere({ device }: Stage): Promise<void> {
  await device.write("d-mine", editNote("mine"));
  await device.write("d-more", (tx) => tx.notes.counter(noteId, "opened").add(7));
}

export const pages: readonly TransactionType[] = [
  received("page", async (stage) => {
    await bringInStepAndGoOffline(stage);
    await writeElsewhere(stage, 6);
  }),
  received("page over pending writes", async (stage) => {
    await bringInStepAndGoOffline(stage);
    await writeHere(stage);
    await writeElsewhere(stage, 3);
  }),
  received("page over an undecided intent", async (stage) => {
    await bringInStepAndGoOffline(stage);
    await stage.device.request(2);
    await stage.other.request(3);
    await writeElsewhere(stage, 1);
  }),
  received("page of what this app does not know", async (stage) => {
    await bringInStepAndGoOffline(stage);
    await writeAsGrown(stage);
  }),
  {
    ...received("poke", bringInStep),
    async act(stage) {
      await comeOnline(stage);
      await untilInStep(stage);
      await stage.other.open({ online: true });
      for (const letter of ["a", "b"]) {
        await stage.other.write(`o-${letter}`, editNote(letter));
        await meet(stage);
      }
    },
  },
  received("bootstrap", async (stage) => {
    await bringInStep(stage);
    await writeElsewhere(stage, 8);
    await startWithEmptyDevice(stage);
  }),
  received("bootstrap over pending writes, behind the horizon", async (stage) => {
    await bringInStepAndGoOffline(stage);
    await writeHere(stage);
    await writeElsewhere(stage, 8);
    await stage.r0.server?.compact(spaceName, 1);
  }),
  received("a new epoch", async (stage) => {
    await bringInStepAndGoOffline(stage);
    await writeHere(stage);
    await stage.r0.store?.startNewEpoch("ab".repeat(16));
  }),
  // r0 has forgotten what it had confirmed and served: counters, cursors and entries are those of a history that is no more.
  received(
    "r0 from a backup",
    async (stage) => {
      await bringInStep(stage);
      stage.other.bury();
      stage.r0.bury();
      const backup = stage.r0.machine.disk.copy("backup");
      stage.r0.start();
      await stage.device.write("d-forgotten", editNote("forgotten"));
      await stage.until(() => stage.device.isInStep());
      await goOffline(stage);
      await writeHere(stage);
      stage.r0.bury();
      stage.r0.machine.disk = backup;
      stage.r0.start();
      await stage.r0.store?.startNewEpoch("cd".repeat(16));
    },
    { exempt: ["cursor"] },
  ),
  // Until the device has a new id, two histories bear the one that both have: marks and entries of the clone meet its own.
  received(
    "fork",
    async (stage) => {
      await bringInStepAndGoOffline(stage);
      await stage.device.write("d-both", editNote("both"));
      await stage.device.close();
      await stage.other.close();
      stage.cloneDevice();
      await stage.other.open({ online: true });
      await stage.other.write("o-clone", editNote("clone"));
      await stage.until(() => stage.other.isInStep());
      await stage.device.open();
      await writeHere(stage);
    },
    { exempt: ["counters", "cursor"] },
  ),
];

/** The other device has the app's next version, and uses what is new in it. */
export async function writeAsGrown(stage: Stage): Promise<void> {
  const { other } = stage;
  await other.close();
  await other.open({ online: true, schema: grownSchema as unknown as CrashSchema });
  await other.replica.write(spaceName, (tx) => {
    const grown = tx as unknown as Record<
      "labels" | "notes",
      { create(fields: object, options: object): void; update(id: string, patch: object): void }
    >;
    for (const name of ["red", "green", "blue"]) grown.labels.create({ name }, { id: name });
    grown.notes.update(noteId, { color: "red" });
  });
  await stage.until(() => other.isInStep());
}

/** A device that has never been there. */
async function startWithEmptyDevice(stage: Stage): Promise<void> {
  await stage.device.close();
  stage.promises.forgiveAll();
  stage.promises.tried.clear();
  stage.emptyDevice();
}
