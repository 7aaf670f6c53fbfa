/** Whether a device can be held to what it has shown in a space: not while its user may not read there, nor until what came back is whole. */
import type { Memory } from "../workload/oracle.ts";
import type { Device } from "../world/device.ts";
import type { World } from "../world/world.ts";
import type { PeopleHost } from "./people-host.ts";
import { checkLostRows } from "../checkers/lost-rows.ts";

export class Gate {
  readonly #fleet: PeopleHost;
  readonly #world: World;

  constructor(fleet: PeopleHost, world: World) {
    this.#fleet = fleet;
    this.#world = world;
  }

  /** Access can be lost and gained again between two reads: the replica says so, and the rows come back one page after another. */
  watch(device: Device): void {
    const { holder } = device.life;
    device.replica?.on("no-access", ({ space }) => {
      const number = device.signIn.spaces.find((each) => this.#fleet.app.spaceName(each) === space);
      if (number !== undefined) this.#close(device, this.#fleet.oracle.memoryOf(holder), number);
    });
  }

  isOpen(device: Device, space: number, memory: Memory): boolean {
    const { people, app } = this.#fleet;
    const { replica, port } = device;
    if (people === undefined || replica === undefined || port === undefined) return true;
    const name = app.spaceName(space);
    const status = replica.status().spaces[name];
    if (status === undefined) return false;
    if (status.access === "none") {
      this.#close(device, memory, space);
      for (const wrong of checkLostRows({ device: device.name, port, space: name })) this.#fleet.fail("lost rows", wrong);
      return false;
    }
    // It may have been told in between, by an answer that was under way when the access was back.
    if (people.book.wasEver(device.signIn.user, name, (access) => access === "none", memory.readMs.get(space) ?? 0))
      this.#close(device, memory, space);
    memory.readMs.set(space, this.#world.nowMs);
    if (!memory.lost.has(space)) return true;
    if (!status.synced) return false;
    memory.lost.delete(space);
    this.#world.sometimes("what came back with access is judged again");
    return true;
  }

  /** Its rows have left, and with them what its log kept of the answered. */
  #close(device: Device, memory: Memory, space: number): void {
    this.#fleet.oracle.keepsNoMore(device.life.holder, space);
    memory.lost.add(space);
    memory.seen.delete(space);
  }
}
