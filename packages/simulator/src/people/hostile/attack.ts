/** One attack, from the first byte to r0's answer. */
import { bytesToReplicaId, initialChain, type ReplicaId } from "@holdfast/core/engine";
import type { Fleet } from "../../fleet.ts";
import type { World } from "../../world/world.ts";
import { type AttackKind, userName } from "../people-plan.ts";
import type { People } from "../people.ts";
import { attacks, hello, type Knowledge, type Place, sayReaction } from "./attacks.ts";
import { Peer } from "./peer.ts";

/** Nobody has it. */
const noSpace = "space-99";

export async function attackR0(fleet: Fleet, people: People, world: World, kind: AttackKind, id: string): Promise<void> {
  const draws = world.random("attack", id);
  const device = fleet.devices.find(({ replica }) => replica !== undefined);
  // Only who has been there before can be impersonated.
  const known = fleet.server.port?.all("SELECT replica FROM replicas WHERE principal = ?", [device?.signIn.user ?? ""])[0]?.["replica"];
  const replica = bytesToReplicaId(draws.bytes(16));
  const foreign = people.config.spaceOwners.findIndex((owner) => owner !== -1);
  const peer = new Peer(world, (link) => fleet.server.accept(link));
  const knowledge: Knowledge = {
    peer,
    draws,
    replica,
    space: fleet.app.spaceName(people.config.spaceOwners.indexOf(-1)),
    foreign: foreign === -1 ? noSpace : fleet.app.spaceName(foreign),
    victim: { replica: (known ?? "0".repeat(32)) as ReplicaId, principal: userName(0) },
    schemaVersion: fleet.app.schema.version,
  };
  const { begin, run, expected } = attacks[kind];
  if ((kind === "another's replica id" && known === undefined) || !(await peer.connect())) return;
  const place =
    begin === "hello" ? await greet(knowledge) : { ...knowledge, chain: new Uint8Array(8), lamport: 0, cursor: new Uint8Array(0) };
  if (place === undefined) return;
  const reaction = await run(place);
  peer.leave();
  const said = sayReaction(reaction);
  world.note(`mallory tries ${kind}, and r0 says ${said}`);
  // A server that has just died, or has too much to do, has not answered; nor has one whose disk fails.
  if (said === "gone" || said === "fault:overloaded") return;
  if ((said === "fault:server-error" || said === "stopped:failed") && fleet.mayR0Fail) return;
  world.sometimes(`mallory tries ${kind}`);
  world.sometimes(`r0 answers mallory: ${said}`);
  // Put back to its past, r0 lets contexts and dependencies name what it has lost (SRV11, SRV21).
  const isExcused = /^(context|dependency)/.test(kind) && said === "pushed" && hasGoneBack(fleet);
  if (!expected.includes(said) && !isExcused) fleet.fail("hostile peers", `${kind}: r0 says ${said}, and not ${expected.join(" or ")}`);
}

function hasGoneBack({ server }: Fleet): boolean {
  const [row] = server.port?.all("SELECT epochs FROM meta") ?? [];
  return row === undefined || (row["epochs"] as number) > 1;
}

async function greet(knowledge: Knowledge): Promise<Place | undefined> {
  const { peer, space, replica } = knowledge;
  const welcome = await peer.say(hello(knowledge));
  if (welcome.type !== "welcome") return undefined;
  const [welcomed] = welcome.spaces;
  const { lamport = 0, cursorBase = new Uint8Array(0) } = welcomed ?? {};
  return { ...knowledge, chain: initialChain(space, replica), lamport, cursor: cursorBase };
}
