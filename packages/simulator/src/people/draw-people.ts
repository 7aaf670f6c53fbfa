/** Who is in a run and what happens to them: drawn from the seed, apart from everything else that a plan holds. */
import type { PlanConfig } from "../plan/plan.ts";
import { type Random, random, type Seed } from "../random.ts";
import { type AccessLevel, attackKinds, garbleKinds, type PeopleConfig, type PeopleEvent, type PlannedDevice } from "./people-plan.ts";

type TimedEvent = { readonly id: string; readonly atMs: number } & PeopleEvent;

export interface DrawnPeople {
  readonly config: PeopleConfig;
  readonly events: readonly TimedEvent[];
}

export type PeopleShape = Pick<PlanConfig, "devices" | "spaces" | "durationMs">;

const eventTypes: readonly PeopleEvent["type"][] = ["grant", "sign-out", "wrong-token", "upgrade", "attack", "garble"];

/** Undefined in one run of two: everybody is one person then, who may do everything. `versions`: how many the app has. */
export function drawPeople(seed: Seed, shape: PeopleShape, versions: number): DrawnPeople | undefined {
  const draws = random(seed, "plan-people");
  if (draws.chance(0.5)) return undefined;
  const users = Math.min(shape.devices, draws.between(1, 4));
  const devices = Array.from({ length: shape.devices }, (_, device): PlannedDevice => {
    const own = random(seed, "plan-people-device", device);
    return {
      user: device < users ? device : own.between(0, users - 1),
      kind: own.pick(["phone", "phone", "tablet", "watch"] as const),
      version: own.between(0, versions - 1),
    };
  });
  // Those of the plan are shared by all; some users have one of their own beside them.
  const personal = Array.from({ length: users }, (_, user) => user).filter(() => draws.chance(0.5));
  const spaceOwners = [...Array.from({ length: shape.spaces }, () => -1), ...personal];
  const config = { users, devices, spaceOwners, serverVersion: draws.between(0, versions - 1) };
  const events = eventTypes.flatMap((type) => drawEvents(type, seed, config, shape, versions));
  return { config, events };
}

function drawEvents(
  type: PeopleEvent["type"],
  seed: Seed,
  config: PeopleConfig,
  { durationMs }: PeopleShape,
  versions: number,
): readonly TimedEvent[] {
  const draws = random(seed, "plan-people-events", type);
  if (!draws.chance(0.5)) return [];
  return Array.from({ length: draws.between(1, type === "attack" || type === "grant" ? 8 : 4) }, (_, n): TimedEvent => {
    const base = { id: `${type}-${n}`, atMs: draws.between(0, durationMs) };
    return { ...base, ...drawEvent(type, draws, config, durationMs, versions) };
  });
}

function drawEvent(type: PeopleEvent["type"], draws: Random, config: PeopleConfig, durationMs: number, versions: number): PeopleEvent {
  const device = draws.between(0, config.devices.length - 1);
  const space = draws.between(0, config.spaceOwners.length - 1);
  const user = draws.between(0, config.users - 1);
  const aWhile = Math.min(durationMs, Math.ceil(draws.exponential(draws.pick([500, 10_000, durationMs / 3]))));
  switch (type) {
    case "grant": {
      const access = draws.pick<AccessLevel>(["none", "none", "read", "write", "write"]);
      // The first user keeps what is shared, and nobody gets what is personal: others are who it is about.
      const other = draws.between(Math.min(1, config.users - 1), config.users - 1);
      const shared = config.spaceOwners.flatMap((owner, number) => (owner === -1 ? [number] : []));
      return { type, user: other, space: draws.pick(shared), access };
    }
    case "sign-out":
      return { type, device, pending: draws.pick(["keep", "keep", "discard"] as const), next: user, afterMs: aWhile };
    case "wrong-token":
      return { type, device, user, forMs: aWhile };
    case "upgrade":
      return { type, device: versions > 1 && draws.chance(0.4) ? "server" : device };
    case "attack":
      return { type, attack: draws.pick(attackKinds), space };
    case "garble":
      return { type, device, garble: draws.pick(garbleKinds), forMs: aWhile };
  }
}
