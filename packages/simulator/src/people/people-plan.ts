/** What a plan says of people: who they are, what they carry, what they may do, and what becomes of all that while the run goes on. */

export type AccessLevel = "none" | "read" | "write";

/** A watch is looked at for seconds, a phone in bursts all day, a tablet in the evening. */
export type DeviceKind = "phone" | "tablet" | "watch";

export interface PeopleConfig {
  /** They are named by number; one more, mallory, is hostile. */
  readonly users: number;
  readonly devices: readonly PlannedDevice[];
  /** Whose personal space it is, by the space's number; -1 for one that all share. */
  readonly spaceOwners: readonly number[];
  /** The version of the app's schema that r0 starts with: an index of `App.schemas`. */
  readonly serverVersion: number;
}

export interface PlannedDevice {
  /** Who bought it: at the end of a run it is theirs again. */
  readonly user: number;
  readonly kind: DeviceKind;
  readonly version: number;
}

export type PeopleEvent =
  /** From now on `user` may do this in the space. */
  | { readonly type: "grant"; readonly user: number; readonly space: number; readonly access: AccessLevel }
  /** Whoever is signed in leaves, and `next` signs in `afterMs` later (trap 13). */
  | {
      readonly type: "sign-out";
      readonly device: number;
      readonly pending: "keep" | "discard";
      readonly next: number;
      readonly afterMs: number;
    }
  /** The app hands out another user's tokens for a while, and nobody has signed out. */
  | { readonly type: "wrong-token"; readonly device: number; readonly user: number; readonly forMs: number }
  /** The next version of the app is installed, on a device or at r0 (trap 17). */
  | { readonly type: "upgrade"; readonly device: number | "server" }
  /** Mallory, who may write to the first space, sends what no engine of ours would (trap 7). */
  | { readonly type: "attack"; readonly attack: AttackKind; readonly space: number }
  /** For a while what comes to a device from r0 is not what r0 sent (R1). */
  | { readonly type: "garble"; readonly device: number; readonly garble: GarbleKind; readonly forMs: number };

export const attackKinds = [
  "inflated stamp",
  "stamp of the past",
  "context of dots never seen",
  "context ahead of itself",
  "transactions of another replica",
  "another's replica id",
  "another's principal",
  "arbitrated field",
  "forged intent",
  "space without access",
  "space not followed",
  "malformed frame",
  "malformed delta",
  "unknown names",
  "wrong kind",
  "value out of the schema",
  "too many bytes",
  "wrong chain",
  "gap in the counters",
  "settled beyond the mark",
  "forged cursor",
  "cursor of another space",
  "dependency beyond the head",
  "change of a record never created",
  "many hellos",
  "push before hello",
] as const;

/** No plan of a seed has these: one more to draw from would make other runs of all seeds with people. */
export const directedAttackKinds = ["write of who may only read"] as const;

export type AttackKind = (typeof attackKinds)[number] | (typeof directedAttackKinds)[number];

export const garbleKinds = ["noise", "cut short", "doubled", "stale", "html"] as const;

/** Nor this: a message that can be read, and one operation in it that cannot. */
export const directedGarbleKinds = ["spoiled"] as const;

export type GarbleKind = (typeof garbleKinds)[number] | (typeof directedGarbleKinds)[number];

const peopleTypes: ReadonlySet<string> = new Set<PeopleEvent["type"]>(["grant", "sign-out", "wrong-token", "upgrade", "attack", "garble"]);

export function isPeopleEvent<Fault extends { readonly type: string }>(fault: Fault): fault is Fault & PeopleEvent {
  return peopleTypes.has(fault.type);
}

export function userName(user: number): string {
  return `user-${user}`;
}

/** Hostile, and entitled to write to what everybody shares. */
export const mallory = "mallory";

/** Hostile too, and entitled to read what everybody shares. */
export const onlooker = "onlooker";
