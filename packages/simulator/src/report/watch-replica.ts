/** Tells an observer what a replica tells its app: how much waits, how far it is, and which values lost. Nothing of it is in the trace's hash. */
import type { AppReplica } from "../app/app.ts";
import type { World } from "../world/world.ts";

export function watchReplica(world: World, machine: string, replica: AppReplica): void {
  if (!world.trace.isObserved) return;
  replica.on("status", ({ pending, spaces }) => {
    const sequences = Object.fromEntries(Object.entries(spaces).map(([space, { sequence }]) => [space, sequence]));
    world.trace.tell(world.nowMs, { type: "status", machine, pending, sequences });
  });
  replica.on("conflict", ({ space, loser, winner, collection, record, field, item }) => {
    world.trace.tell(world.nowMs, { type: "conflict", machine, place: `${space}/${collection}/${record}/${field}/${item}`, loser, winner });
  });
}
