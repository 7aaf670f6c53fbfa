/**
 * The interesting states, each by a sentence: a swarm that never gets there proves nothing about them. Whoever sees one says so with
 * `world.sometimes`; a run of a thousand seeds must have reached every one, or it fails (SIM64).
 */
import { type AttackKind, attackKinds } from "../people/people-plan.ts";
import { linkPoints } from "./link-points.ts";
import { machinePoints } from "./machine-points.ts";
import { peoplePoints } from "./people-points.ts";
import { spacePoints } from "./space-points.ts";
import { toldPoints } from "./told-points.ts";

/** Those that need nobody but one user: any app's runs may reach them. */
export const appPoints = [...linkPoints, ...spacePoints, ...toldPoints, ...machinePoints] as const;

const attackPoints = attackKinds.map((kind): AttackPoint => `mallory tries ${kind}`);

export const points: readonly Point[] = [...appPoints, ...peoplePoints, ...attackPoints];

export type Point = (typeof appPoints)[number] | (typeof peoplePoints)[number] | AttackPoint | CountedPoint;

type AttackPoint = `mallory tries ${AttackKind}`;

/** Those of words that are composed of what an app, r0 or an attack says: they are counted, and not asked for. */
type CountedPoint =
  | "the link waits: stale-intermediary"
  | `a conflict on ${string}`
  | `a refusal: ${string}`
  | `r0 faults: ${string}`
  | `access changes from ${string} to ${string}`
  | `the link is blocked: ${string}`
  | `a replica is blocked: ${string}`
  | `an operation is told ${string}`
  | `r0 answers mallory: ${string}`
  // A fork takes no time to wait for; no plan of a seed has anybody unfollow.
  | "the link waits: forked"
  | "a space is no longer followed"
  // Too rare for a thousand seeds to be sure of: an interrupted snapshot, a push that r0 is not ready for, or that has become empty.
  | "a start finds a snapshot half received"
  | "a snapshot begins anew"
  | "a push stops: gap"
  | "a push finds nothing left to send"
  // Only an app of a user's own can have a mistake in it.
  | "the app's own code is told of a mistake";
