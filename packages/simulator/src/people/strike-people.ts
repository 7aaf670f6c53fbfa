/** Does what a plan says of people. */
import { unreachable } from "@holdfast/core/engine";
import type { Fleet } from "../fleet.ts";
import type { World } from "../world/world.ts";
import { attackR0 } from "./hostile/attack.ts";
import { type PeopleEvent, userName } from "./people-plan.ts";
import { type People, PersonalLife } from "./people.ts";
import { signOut } from "./sign-out.ts";

type Event<Type extends PeopleEvent["type"]> = Extract<PeopleEvent, { type: Type }>;

export function strikePeople(fleet: Fleet, world: World, event: PeopleEvent & { readonly id: string }): void {
  const { people } = fleet;
  if (people === undefined) return;
  switch (event.type) {
    case "grant":
      grant(fleet, people, world, event);
      return;
    case "sign-out": {
      const device = fleet.devices[event.device];
      if (device !== undefined) void signOut(fleet, people, world, device, { ...event, next: userName(event.next) });
      return;
    }
    case "wrong-token":
      mistakeTokens(fleet, world, event);
      return;
    case "upgrade":
      upgrade(fleet, people, world, event.device);
      return;
    case "attack":
      void attackR0(fleet, people, world, event.attack, event.id);
      return;
    case "garble": {
      const life = fleet.devices[event.device]?.life;
      if (!(life instanceof PersonalLife)) return;
      life.garbler.kind = event.garble;
      world.schedule(event.forMs, () => (life.garbler.kind = undefined));
      return;
    }
    default:
      unreachable(event);
  }
}

function grant({ devices, app }: Fleet, people: People, world: World, { user, space, access }: Event<"grant">): void {
  const name = app.spaceName(space);
  const [before, after] = [people.book.now(userName(user), name), people.grant(user, space, access)];
  if (before === after) return;
  world.note(`${userName(user)} may ${after} in ${name} from now on`);
  world.sometimes(`access is ${after === "none" ? "taken" : before === "none" ? "given" : "changed"}`);
  const pending = devices.some(
    ({ signIn, replica }) => signIn.user === userName(user) && (replica?.status().spaces[name]?.pending ?? 0) > 0,
  );
  if (pending && after !== "write") world.sometimes(`access is ${after} while writes are pending`);
}

function mistakeTokens({ devices }: Fleet, world: World, { device: index, user, forMs }: Event<"wrong-token">): void {
  const device = devices[index];
  if (device === undefined || !(device.life instanceof PersonalLife)) return;
  const { life } = device;
  life.wrongUser = userName(user);
  // A session that lives was let in before: a new one has to ask.
  const { replica } = device;
  void replica?.background().then(() => device.replica === replica && void replica.foreground());
  world.schedule(forMs, () => {
    life.wrongUser = undefined;
    device.replica?.signIn();
  });
}

/** An update is installed while the app is not running: it is ended for it. */
function upgrade(fleet: Fleet, people: People, world: World, which: number | "server"): void {
  const death = { power: false, operations: 0, phase: "before", downMs: 500 } as const;
  if (which === "server") {
    if (!people.upgradeServer()) return;
    world.sometimes("r0 is upgraded");
    // What is upgraded is what serves: over a shared database that is elsewhere, and the database lives on.
    if (fleet.server.database === undefined) fleet.server.die(death);
    else for (const instance of fleet.server.instances) instance.die(death);
    return;
  }
  const device = fleet.devices[which];
  if (device === undefined || !(device.life instanceof PersonalLife) || device.life.version >= people.versionsMax) return;
  device.life.version++;
  world.sometimes(device.life.version > people.serverVersion ? "a device is upgraded before r0" : "a device is upgraded after r0");
  if ((device.replica?.status().pending ?? 0) > 0) world.sometimes("a device is upgraded with writes pending");
  device.die(death);
}
