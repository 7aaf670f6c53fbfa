/** What no reader looks at: the bytes on the disks, and whose writes r0 holds. */
import { inflateRawSync } from "node:zlib";
import { checkForeignBytes } from "../checkers/foreign-bytes.ts";
import { checkPrincipalBinding } from "../checkers/principal-binding.ts";
import type { Fleet } from "../fleet.ts";
import type { Oracle } from "../workload/oracle.ts";
import type { Device } from "../world/device.ts";
import type { Mark } from "./marks.ts";
import { accessKnownMs, type People, PersonalLife } from "./people.ts";

export function inspectFleet(fleet: Fleet, people: People): void {
  for (const device of fleet.devices) inspectDisk(fleet, people, device);
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
export function inspectDisk(fleet: Fleet, people: People, device: Device): void {
  const { life } = device;
  if (!(life instanceof PersonalLife)) return;
  const owners = new Map([...life.account.files].map(([owner, file]) => [file, owner]));
  for (const [path, file] of device.disk.names) {
    const owner = owners.get(path.replace(/-(wal|journal|shm)$/, ""));
    const bytes = new Uint8Array(file.cached.size);
    file.cached.read(bytes, 0);
    const mayKnow = (user: string, mark: Mark): boolean => mayUserKnow(people, fleet.oracle, user, mark);
    const [wrong] = checkForeignBytes({ what: `${device.name}, ${path}`, owner, bytes, mayKnow });
    if (wrong !== undefined) fleet.fail("foreign bytes", wrong);
  }
}

/** Access at any time since the write was made, or so shortly before that r0 need not have asked again. */
export function mayUserKnow({ book }: People, { tried }: Oracle, user: string, { space, operation }: Mark): boolean {
  const fromMs = (tried.get(operation)?.atMs ?? 0) - accessKnownMs;
  return book.wasEver(user, space, (access) => access !== "none", fromMs);
}

/** A message as carried: its first byte says whether the rest is deflated. */
export function openEnvelope(carried: Uint8Array): Uint8Array {
  return carried[0] === 1 ? inflateRawSync(carried.subarray(1)) : carried.subarray(1);
}
