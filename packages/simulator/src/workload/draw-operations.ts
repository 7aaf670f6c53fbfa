/** What people do with the fleet's own app: they write in bursts, several of them at once, on few records. */
import type { PlanShape } from "../app/app.ts";
import type { DeviceKind } from "../people/people-plan.ts";
import type { PlannedOperation } from "../plan/plan.ts";
import { type Random, random, type Seed } from "../random.ts";
import type { Effect } from "./apply-operation.ts";
import { drawLabels } from "./draw-labels.ts";
import { drawMeetings } from "./draw-meetings.ts";

const firstEffects: readonly Effect[] = ["count", "transfer", "rename", "tag", "step", "type", "draft", "erase", "forbidden", "spend"];

const allEffects: readonly Effect[] = [
  ...firstEffects,
  ...["retag", "untag", "move", "revise", "unstep", "untype", "size", "paint", "many"].map((effect) => effect as Effect),
  ...["note", "unnote", "odd", "refused odd", "memo", "claim"].map((effect) => effect as Effect),
];

interface Habit {
  readonly operationsMax: number;
  readonly pausesMs: readonly number[];
  /** Hours of the day in which it is taken up. */
  readonly hours: readonly [number, number];
}

/** A watch is looked at for a moment; a tablet lies on the sofa. */
const habits: Readonly<Record<DeviceKind, Habit>> = {
  phone: { operationsMax: 8, pausesMs: [0, 1, 300, 2_000], hours: [7, 23] },
  tablet: { operationsMax: 14, pausesMs: [300, 2_000, 10_000], hours: [18, 23] },
  watch: { operationsMax: 2, pausesMs: [0, 300], hours: [6, 22] },
};

export function drawOperations(seed: Seed, { devices, spaces, durationMs, people }: PlanShape): readonly PlannedOperation[] {
  const draws = random(seed, "plan-operations");
  const effects = (people === undefined ? firstEffects : allEffects).filter(() => draws.chance(0.6));
  const operations: PlannedOperation[] = [...drawMeetings(seed, { devices, durationMs }), ...drawLabels(seed, { devices, durationMs })];
  const sessions = draws.between(2, 14);
  for (let session = 0; session < sessions; session++) {
    const own = random(seed, "plan-session", session);
    const drawnMs = own.between(0, durationMs);
    const drawnDevice = own.between(0, devices - 1);
    // Behind the last device stands its clone, if there is one by then.
    const device = random(seed, "plan-clone-session", session).chance(0.08) ? devices : drawnDevice;
    const { operationsMax, pausesMs, hours } = habits[people?.devices[device]?.kind ?? "phone"];
    const startMs = people === undefined ? drawnMs : awake(drawnMs, durationMs, hours);
    const pauseMs = own.pick(pausesMs);
    let atMs = startMs;
    for (let n = own.between(1, operationsMax); n > 0; n--) {
      const effect = own.chance(0.25) || effects.length === 0 ? "read" : own.pick(effects);
      operations.push({
        id: `${session}-${n}`,
        atMs: Math.min(atMs, durationMs),
        device,
        space: drawSpace(own, spaces, device, people),
        effect,
        target: `${own.between(0, 2)}`,
        amount: own.between(1, 50) * (own.chance(0.4) && effect !== "spend" ? -1 : 1),
      });
      atMs += Math.floor(own.exponential(pauseMs));
    }
  }
  return operations.sort((one, other) => one.atMs - other.atMs);
}

const hourMs = 3_600_000;

/** Nobody writes at night, where a run is long enough to have one. */
function awake(atMs: number, durationMs: number, [from, to]: readonly [number, number]): number {
  if (durationMs < 24 * hourMs) return atMs;
  const hour = Math.floor(atMs / hourMs) % 24;
  if (hour >= from && hour < to) return atMs;
  const morningMs = atMs - (hour - from) * hourMs + (hour >= to ? 24 * hourMs : 0);
  return morningMs <= durationMs ? morningMs : atMs;
}

/** Mostly one that the device's owner may write to; now and then somebody else's. */
function drawSpace(own: Random, spaces: number, device: number, people: PlanShape["people"]): number {
  const drawn = own.between(0, spaces - 1);
  if (people === undefined) return drawn;
  const owner = people.spaceOwners[drawn];
  const isForeign = owner !== -1 && owner !== people.devices[device]?.user;
  return isForeign && own.chance(0.8) ? 0 : drawn;
}
