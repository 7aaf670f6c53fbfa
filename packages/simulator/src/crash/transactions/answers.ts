/** What r0 answers: acknowledged, refused, decided, and what it breaks on. */
import { creditsGranted, forbiddenNote, noteId, poisonNote } from "../app.ts";
import type { Stage } from "../stage.ts";
import { bringInStepAndGoOffline, comeOnline, editNote, untilInStep } from "./histories.ts";
import type { TransactionType } from "./transaction-type.ts";

/** Something waits for its answer, and the device dies while the answer comes. */
function answered(
  name: string,
  pending: (stage: Stage) => Promise<unknown>,
  then: (stage: Stage) => Promise<unknown> = async () => undefined,
): TransactionType {
  return {
    name,
    victim: "device",
    async prepare(stage) {
      await bringInStepAndGoOffline(stage);
      await pending(stage);
    },
    async act(stage) {
      await comeOnline(stage);
      await then(stage);
      await untilInStep(stage);
    },
  };
}

export const answers: readonly TransactionType[] = [
  answered("acknowledgement", async ({ device }) => {
    for (const letter of ["a", "b", "c"]) await device.write(`d-${letter}`, editNote(letter));
  }),
  answered(
    "acknowledgement while more is written",
    ({ device }) => device.write("d-before", editNote("before")),
    async (stage) => {
      for (const letter of ["a", "b", "c"]) {
        await new Promise<void>((resolve) => void stage.world.schedule(2, resolve));
        await stage.device.write(`d-${letter}`, editNote(letter));
      }
    },
  ),
  answered("refusal", async ({ device }) => {
    await device.write("d-before", editNote("before"));
    await device.write("d-refused", editNote("refused"), forbiddenNote);
    await device.write("d-after", (tx) => tx.notes.counter(noteId, "opened").add(5));
  }),
  answered("intent accepted", async ({ device }) => {
    await device.request(3);
    await device.write("d-after", editNote("after"));
  }),
  answered("intent refused", async ({ device }) => {
    await device.request(creditsGranted + 1);
    await device.write("d-after", editNote("after"));
  }),
  answered("withdrawal", async ({ device }) => {
    await device.write("d-poison", editNote("poison"), poisonNote);
    await device.write("d-after", editNote("after"));
  }),
];
