/** Where transactions begin: a device and another one of the same user, in step with r0, with some history. */
import { noteId, spaceName } from "../app.ts";
import type { CrashDevice, Tx } from "../crash-device.ts";
import type { Stage } from "../stage.ts";

/** A field of each kind of the one note. */
export function editNote(word: string): (tx: Tx) => void {
  return (tx) => {
    tx.notes.update(noteId, { title: word });
    tx.notes.counter(noteId, "opened").add(1);
    tx.notes.set(noteId, "tags").add(word);
    tx.notes.list(noteId, "steps").push(word);
    tx.notes.text(noteId, "body").insert(0, `<${word}>`);
  };
}

export function headOf(device: CrashDevice): number {
  return device.replica.status().spaces[spaceName]?.sequence ?? 0;
}

/** Both are online and hold the same; they stay open. */
export async function bringInStep(stage: Stage): Promise<void> {
  const { device, other, r0 } = stage;
  r0.start();
  await r0.grant();
  await device.open({ online: true });
  await stage.until(() => device.isInStep());
  await device.write("d-first", editNote("first"));
  await stage.until(() => device.isInStep());
  await other.open({ online: true });
  await stage.until(() => other.isInStep());
  await other.write("o-first", editNote("other"));
  await meet(stage);
}

/** Until both hold everything that r0 has. */
export async function meet(stage: Stage): Promise<void> {
  const { device, other } = stage;
  await stage.until(() => device.isInStep() && other.isInStep() && headOf(device) === headOf(other));
}

/** The device has been in step, and now writes without a link. */
export async function goOffline(stage: Stage): Promise<void> {
  await stage.device.close();
  await stage.device.open();
}

/** The device is up again, without a link; everything before was done in step. */
export async function bringInStepAndGoOffline(stage: Stage): Promise<void> {
  await bringInStep(stage);
  await goOffline(stage);
}

export async function comeOnline(stage: Stage): Promise<void> {
  stage.r0.start();
  await stage.device.open({ online: true });
  stage.victim.begin();
}

export async function untilInStep(stage: Stage): Promise<void> {
  await stage.until(() => stage.device.isInStep());
}
