/** What no reader looks at: the bytes on the disks, and whose writes r0 holds. */
import { checkForeignBytes } from "../checkers/foreign-bytes.ts";
import { checkPrincipalBinding } from "../checkers/principal-binding.ts";
import type { Device } from "../world/device.ts";
import { mayUserKnow } from "./entitlement.ts";
import type { Mark } from "./marks.ts";
import type { PeopleHost } from "./people-host.ts";
import { type People, PersonalLife } from "./people.ts";

export function inspectFleet(fleet: PeopleHost, people: People): void {
  for (const device of fleet.devices) inspectDisk(fleet, people, device, true);
  const { port } = fleet.server;
  if (port === undefined) return;
  const principals = new Map(port.all("SELECT replica, principal FROM replicas").map((row) => [row["replica"], row["principal"]]));
  const changes = port.all("SELECT space, replica, bytes FROM stream").map(({ space, replica, bytes }) => ({
    space: String(space),
    replica: String(replica),
    principal: principals.get(replica) as string | undefined,
    bytes: bytes as Uint8Array,
  }));
  // r0's own are the effects of intents, which carry who asked for them.
  const authored = changes.filter(({ principal }) => principal !== undefined);
  for (const wrong of checkPrincipalBinding(authored)) fleet.fail("principal binding", wrong);
}

/** Every file, and what SQLite keeps beside it. */
export function inspectDisk(fleet: PeopleHost, people: People, device: Device, isDrained = false): void {
  const { life } = device;
  if (!(life instanceof PersonalLife)) return;
  const owners = new Map([...life.account.files].map(([owner, file]) => [file, owner]));
  for (const [path, file] of device.disk.names) {
    const owner = owners.get(path.replace(/-(wal|journal|shm)$/, ""));
    const bytes = new Uint8Array(file.cached.size);
    file.cached.read(bytes, 0);
    const mayKnow = (user: string, mark: Mark): boolean =>
      mayUserKnow(people.book, fleet.oracle, user, mark) && !(isDrained && !device.isDamaged && isLost(people, device, user, mark.space));
    const [wrong] = checkForeignBytes({ what: `${device.name}, ${path}`, owner, bytes, mayKnow });
    if (wrong !== undefined) fleet.fail("foreign bytes", wrong);
  }
}

/**
 * The device has been told, and has scrubbed its file (F37): what it may have known it holds no more. Not behind a flipped bit: what SQLite takes
 * for never written, nobody knows to be there.
 */
function isLost({ book }: People, { replica, signIn, port }: Device, user: string, space: string): boolean {
  return (
    user === signIn.user && port !== undefined && book.now(user, space) === "none" && replica?.status().spaces[space]?.access === "none"
  );
}
