/** One user leaves a device and another takes it (trap 13). */
import type { DeadLetter } from "@holdfast/client";
import { isDoubtful } from "../workload/doubtful.ts";
import { describe, type Device } from "../world/device.ts";
import type { World } from "../world/world.ts";
import { changeUser, fileOf } from "./account.ts";
import { inspectDisk } from "./inspect.ts";
import type { PeopleHost } from "./people-host.ts";
import { type People, PersonalLife } from "./people.ts";

export interface SignOut {
  readonly pending: "keep" | "discard";
  readonly next: string;
  readonly afterMs: number;
}

/** A death in between is the app's usual one: it starts again with whoever its preferences name, and that is still the first. */
export async function signOut(
  fleet: PeopleHost,
  people: People,
  world: World,
  device: Device,
  { pending, next, afterMs }: SignOut,
): Promise<void> {
  const { replica, process, life } = device;
  if (replica === undefined || process === undefined || !(life instanceof PersonalLife) || replica.status().phase !== "open") return;
  const { oracle, app } = fleet;
  const { holder, account } = life;
  const letters = replica.deadLetters.list();
  world.note(`${account.user} signs out of ${device.name}, and ${pending}s what is pending`);
  if (replica.status().pending > 0) world.sometimes(`a user signs out with writes pending: ${pending}`);
  let left = false;
  if (pending === "discard") {
    oracle.leaves(holder);
    device.beforeStart(() => {
      if (!left) oracle.forgive(holder);
    });
  }
  const end = (downMs: number): void => device.die({ power: false, operations: 0, phase: "before", downMs });
  const { refusals } = process.mount;
  let given: readonly Pick<DeadLetter, "payload">[];
  try {
    given = await replica.signOut({ pending });
  } catch (error) {
    if (!process.isAlive()) return;
    world.note(`${device.name} could not sign out: ${describe(error)}`);
    world.sometimes("signing out fails at first");
    end(100);
    return;
  }
  if (!process.isAlive()) return;
  left = true;
  rememberLetters(fleet, letters);
  for (const id of app.lettersIn?.(given) ?? []) oracle.givenBack.add(id);
  const kept = pending === "keep";
  if (!kept) oracle.forget(holder);
  life.account = changeUser(account, next, kept);
  // What was discarded is gone from the platter, too, before anybody else can look. Where the disk refused it, the next opening scrubs the
  // file first of all, and one that nobody goes on with is the app's to delete.
  if (!kept && process.mount.refusals > refusals) {
    world.note(`${device.name} has no room to scrub the wiped file`);
    const file = fileOf(account);
    if (!new Set(life.account.files.values()).has(file)) for (const suffix of ["", "-wal", "-journal"]) device.disk.unlink(file + suffix);
  } else if (!kept) inspectDisk(fleet, people, device);
  if (next !== account.user) world.sometimes("another user signs in");
  if (life.visited.has(next)) world.sometimes("a user comes back to a sealed file");
  end(afterMs + 1);
}

/** After everything has drained: whoever left writes behind somewhere comes back for them. False: nobody is left, and all devices are their owners' again. */
export function changeUsers(fleet: PeopleHost, people: People, world: World): boolean {
  let changed = false;
  for (const device of fleet.devices) {
    const { life, replica } = device;
    if (!(life instanceof PersonalLife) || replica === undefined) continue;
    const { user, files } = life.account;
    life.visited.add(user);
    rememberLetters(fleet, replica.deadLetters.list());
    const next = [...files.keys()].find((each) => !life.visited.has(each)) ?? life.owner;
    if (next === user) continue;
    changed = true;
    void signOut(fleet, people, world, device, { pending: "keep", next, afterMs: 100 });
  }
  return changed;
}

function rememberLetters({ app, oracle }: PeopleHost, letters: readonly DeadLetter[]): void {
  for (const id of app.lettersIn?.(letters) ?? []) oracle.letters.add(id);
  for (const id of app.lettersIn?.(letters.filter(isDoubtful)) ?? []) oracle.doubtful.add(id);
}
