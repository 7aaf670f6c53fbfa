/** What the directed plans are bent to, for the mutants of this library. */
import type { AccessLevel, AttackKind, GarbleKind, PeopleConfig } from "../../people/people-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Random } from "../../random.ts";
import type { Direction, DrawFault } from "../directed-plan.ts";

type Draw = DrawFault;

const phases = ["before", "middle", "after"] as const;

/** Inside the next few operations of the disk, or at once. */
const death = (draws: Random) => ({
  operations: draws.chance(0.85) ? draws.between(1, 12) : 0,
  phase: draws.pick(phases),
  downMs: draws.between(1, 400),
});
const anyDevice = (draws: Random, { devices }: Plan["config"]): number => draws.between(0, devices - 1);

export const kill: Draw = (draws, shape) => ({ type: "die", device: anyDevice(draws, shape), power: false, ...death(draws) });
export const powerLoss: Draw = (draws, shape) => ({ type: "die", device: anyDevice(draws, shape), power: true, ...death(draws) });
/** Trap 21: visible after a kill, sent, and gone with the power. */
export const killThenPower: Draw = (draws, shape) => ({
  type: "die-twice",
  device: anyDevice(draws, shape),
  afterMs: draws.pick([0, 20, 100, 400]),
  power: false,
  ...death(draws),
  phase: "after",
});
export const serverKill: Draw = (draws) => ({ type: "server-dies", power: false, ...death(draws) });
export const serverPowerLoss: Draw = (draws) => ({ type: "server-dies", power: true, ...death(draws) });
export const restore: Draw = (draws, shape) => ({
  type: "restore",
  device: anyDevice(draws, shape),
  backMs: draws.between(1, Math.ceil(shape.durationMs / 2)),
  downMs: draws.between(0, 500),
});
export const secondProcess: Draw = (draws, shape) => ({ type: "second-process", device: anyDevice(draws, shape) });
export const clone: Draw = (draws, shape) => ({ type: "clone", device: anyDevice(draws, shape) });
export const partition: Draw = (draws, shape) => ({
  type: "partition",
  devices: [anyDevice(draws, shape)],
  forMs: draws.between(500, Math.ceil(shape.durationMs / 2)),
});
/** r0 takes and commits what it is sent, and its answers are lost. */
export const answersLost: Draw = (draws, shape) => ({
  type: "answers-lost",
  devices: [anyDevice(draws, shape)],
  forMs: draws.between(500, Math.ceil(shape.durationMs / 2)),
});
export const compact: Draw = (draws, { spaces }) => ({ type: "compact", space: draws.between(0, spaces - 1), keep: draws.between(0, 1) });
export const clockJump: Draw = (draws, shape) => ({
  type: "clock-jump",
  device: draws.chance(0.2) ? "server" : anyDevice(draws, shape),
  byMs: draws.between(1_000, 400_000_000) * draws.pick([1, -1]),
});
export const diskFull: Draw = (draws, shape) => ({ type: "disk-full", device: anyDevice(draws, shape), forMs: draws.between(200, 4_000) });
export const diskError: Draw = (draws, shape) => ({ type: "disk-error", device: anyDevice(draws, shape), operations: draws.between(1, 4) });
export const serverDiskError: Draw = (draws) => ({ type: "disk-error", device: "server", operations: draws.between(1, 4) });
export const background: Draw = (draws, shape) => ({
  type: "background",
  device: anyDevice(draws, shape),
  forMs: draws.between(200, Math.ceil(shape.durationMs / 3)),
});

const aWhile = (draws: Random, { durationMs }: Plan["config"]): number => draws.between(500, Math.ceil(durationMs / 3));

export const restoreServer: Draw = (draws, shape) => ({
  type: "restore-server",
  backMs: draws.between(500, Math.ceil(shape.durationMs / 2)),
  downMs: draws.between(0, 2_000),
  damaged: draws.chance(0.2),
});
/** To the same backup each time. */
export const restoreServerTwice: Draw = (draws, { durationMs }) => ({
  type: "restore-server",
  backMs: draws.between(0, 1_000),
  downMs: draws.between(0, 500),
  damaged: false,
  againMs: draws.between(1_000, Math.ceil(durationMs / 2)),
});
export const upgrade: Draw = (draws, shape) => ({ type: "upgrade", device: draws.chance(0.3) ? "server" : anyDevice(draws, shape) });
/** A new version is brought up on a backup of a while ago, and whoever has written since is away, and does not say it again yet. */
export const putBackAndUpgraded: Draw = (draws, shape) => {
  const backMs = aWhile(draws, shape);
  return [
    [0, { type: "restore-server", backMs, downMs: 100, damaged: false }],
    [backMs, { type: "partition", devices: [1, 2], forMs: shape.durationMs }],
    [backMs + 1_000, { type: "upgrade", device: "server" }],
  ];
};
/** r0 is updated, and what it said before comes again to a device that has started anew. */
export const keptOverAnUpgrade: Draw = () => [
  [0, { type: "upgrade", device: "server" }],
  [100, { type: "garble", device: 0, garble: "stale", forMs: 15_000 }],
  ...[1_000, 4_000, 7_000].map(
    (atMs) => [atMs, { type: "die", device: 0, power: false, operations: 0, phase: "before", downMs: 500 }] as const,
  ),
];
export const wrongToken: Draw = (draws, shape) => ({
  type: "wrong-token",
  device: anyDevice(draws, shape),
  user: draws.between(0, 1),
  forMs: aWhile(draws, shape),
});
export const signOut: Draw = (draws, shape) => ({
  type: "sign-out",
  device: anyDevice(draws, shape),
  pending: draws.pick(["keep", "discard"] as const),
  next: draws.between(0, 1),
  afterMs: draws.between(0, 2_000),
});

/** A device is copied while it is away and has written, and both come back. */
export const copyOfAway: Draw = () => [
  [0, { type: "partition", devices: [0], forMs: 6_000 }],
  [3_000, { type: "clone", device: 0 }],
  [3_000, { type: "partition", devices: [0, 2], forMs: 4_000 }],
];

/**
 * A device is away and writes. A copy of it from before that is there meanwhile, and writes under the same counters; one from after it comes
 * back with it: both find that they have parted from r0's history, with the same writes pending.
 */
export const twoCopiesOfAway: Draw = () => [
  [0, { type: "partition", devices: [0], forMs: 9_000 }],
  [0, { type: "clone", device: 0 }],
  [6_000, { type: "clone", device: 0 }],
  [6_000, { type: "partition", devices: [0, 3], forMs: 3_000 }],
];

/** Long enough for twelve attempts with the longest pauses between them: then a write that stands alone is given up. */
const givenUpMs = 900_000;

export const withdrawnForGood: Draw = () => [[0, { type: "pushes-held", devices: [0], forMs: givenUpMs, arrive: false }]];
/** Every push of a device comes to r0 after all, when the device has given the first of them up. */
export const withdrawnTooEarly: Draw = () => [[0, { type: "pushes-held", devices: [0], forMs: givenUpMs, arrive: true }]];

/** A device gives a write up, and has not said so yet when a copy that never had it writes under the same id. */
export const withdrawnAndParted: Draw = () => [
  [0, { type: "clone", device: 0 }],
  [0, { type: "partition", devices: [2], forMs: givenUpMs - 60_000 }],
  [10, { type: "pushes-held", devices: [0], forMs: givenUpMs, arrive: false }],
];

/**
 * A device writes while it is away, is copied, comes back, and gives its first write up: the copy, which is away longer, has all of it pending
 * as it was. `dies`: right when r0 has the void, and before it has what comes after, which the copy says meanwhile.
 */
export function givenUpByOneCopy({ dies }: { readonly dies: boolean }): Draw {
  const awayMs = 1_000_000;
  const atMs = awayMs - 10;
  return (draws) => [
    [0, { type: "partition", devices: [0], forMs: awayMs }],
    [atMs, { type: "clone", device: 0 }],
    [atMs, { type: "partition", devices: [1], forMs: givenUpMs + 60_000 }],
    [atMs, { type: "pushes-held", devices: [0], forMs: givenUpMs, arrive: false }],
    ...(dies ? [[atMs + givenUpMs - 1, { type: "die", device: 0, power: false, ...death(draws), downMs: 300_000 }] as const] : []),
  ];
}

/** What r0 shows after a kill was perhaps never durable. */
export const serverKillThenPower: Draw = (draws) => [
  [0, { type: "server-dies", power: false, operations: draws.between(1, 12), phase: "after", downMs: 1 }],
  [draws.between(500, 4_000), { type: "server-dies", power: true, operations: 0, phase: "before", downMs: 1 }],
];

/** A snapshot is on its way to a device that comes back behind the horizon, and it dies while it takes it. */
export const killedAtSnapshot: Draw = (draws, shape) => {
  const device = anyDevice(draws, shape);
  return [
    [0, { type: "partition", devices: [device], forMs: 3_000 }],
    [2_900, { type: "compact", space: draws.between(0, shape.spaces - 1), keep: 0 }],
    [3_000 + draws.between(0, 1_000), { type: "die", device, power: false, operations: draws.between(1, 30), phase: "after", downMs: 100 }],
  ];
};

/** Who signs out has writes pending. */
export const signOutAway: Draw = (draws, shape) => {
  const device = anyDevice(draws, shape);
  return [
    [0, { type: "partition", devices: [device], forMs: 10_000 }],
    [8_000, { type: "sign-out", device, pending: "discard", next: draws.between(0, 1), afterMs: 200 }],
  ];
};
/** Access goes while the only device of its user is away and writes, and comes back for the next time. */
export const losesAccessAway: Draw = () => [
  [0, { type: "partition", devices: [1], forMs: 10_000 }],
  [9_000, { type: "grant", user: 1, space: 0, access: "none" }],
  [20_000, { type: "grant", user: 1, space: 0, access: "write" }],
];
/** r0 is put back to a backup. Just before, a file is copied, and its user may only read from then on: one copy says everything again while the other is away. */
export const copiedAndJudgedAnew: Draw = () => [
  [0, { type: "restore-server", backMs: 15_000, downMs: 0, damaged: false }],
  [14_000, { type: "clone", device: 1 }],
  [14_000, { type: "partition", devices: [3], forMs: 20_000 }],
  [14_500, { type: "grant", user: 1, space: 0, access: "read" }],
];
/** A device and two copies of it, none of which has said what they share; one parts from r0's history and says it under a new id, and r0 is put back. */
export const copiesUnderNewIds: Draw = () => [
  [0, { type: "restore-server", backMs: 9_000, downMs: 0, damaged: false }],
  [0, { type: "partition", devices: [0], forMs: 12_000 }],
  [0, { type: "clone", device: 0 }],
  [6_000, { type: "clone", device: 0 }],
];
/** A device writes, and others build on it, until r0 is put back; when it comes again, a copy of it has gone on under its id. */
export const copyGoesOnWithoutTheLost: Draw = () => [
  [0, { type: "restore-server", backMs: 9_000, downMs: 0, damaged: false }],
  [0, { type: "clone", device: 0 }],
  [0, { type: "partition", devices: [2], forMs: 9_000 }],
  [8_500, { type: "partition", devices: [0], forMs: 6_000 }],
];
/** Access goes while a device is down; it has hardly heard of it when it dies again. */
export const losesAccessAndDies: Draw = (draws) => [
  [0, { type: "die", device: 1, power: false, operations: 0, phase: "before", downMs: 3_000 }],
  [1_000, { type: "grant", user: 1, space: 0, access: "none" }],
  [3_005, { type: "die", device: 1, power: false, operations: draws.between(4, 50), phase: draws.pick(phases), downMs: 100 }],
];
/** What r0 has answered meanwhile, nobody has heard, and nobody will be told any more. */
export const losesAnswersThenAccess: Draw = () => [
  [0, { type: "answers-lost", devices: [1], forMs: 10_000 }],
  [9_000, { type: "grant", user: 1, space: 0, access: "none" }],
  [60_000, { type: "grant", user: 1, space: 0, access: "write" }],
];
export const serverDiskFull: Draw = () => ({ type: "disk-full", device: "server", forMs: 30_000 });

/** A store at some distance from r0: its turns take a while, and hold what arrives meanwhile. */
export function distantStore(instances: number): Partial<Plan["config"]> {
  return { server: { instances, storeDelayMsMean: 60, bus: { delayMsMean: 5, losePerNotice: 0, doublePerNotice: 0 } } };
}

/** Two instances, which meet all the time; answers of the database are lost now and then. */
export const sharedDatabase: Partial<Plan["config"]> = {
  spaces: 1,
  server: {
    instances: 2,
    storeDelayMsMean: 20,
    bus: { delayMsMean: 5, losePerNotice: 0, doublePerNotice: 0 },
    database: { commitMsMean: 20, losePerAsk: 0.03, abortPerCommit: 0.05 },
  },
};
export const instanceDeath: Draw = (draws) => ({
  type: "instance-dies",
  instance: draws.between(0, 1),
  power: false,
  operations: draws.between(1, 20),
  phase: draws.pick(phases),
  downMs: draws.between(1, 2_000),
  of: "effects",
});
export const instanceSleep: Draw = (draws) => ({
  type: "instance-suspends",
  instance: draws.between(0, 1),
  forMs: draws.between(50, 2_000),
  clockStops: draws.chance(0.5),
});

/** Taken, and given back now and then. */
export function grant(level: AccessLevel): Draw {
  return (draws, { spaces }) => ({
    type: "grant",
    user: draws.between(0, 1),
    space: draws.between(0, spaces - 1),
    access: draws.chance(0.7) ? level : "write",
  });
}

export function attack(kind: AttackKind): Draw {
  return () => ({ type: "attack", attack: kind, space: 0 });
}

export function garble(kind: GarbleKind): Draw {
  return (draws, shape) => ({ type: "garble", device: anyDevice(draws, shape), garble: kind, forMs: aWhile(draws, shape) });
}

/** Two people and three phones on one space. */
export const people: PeopleConfig = {
  users: 2,
  devices: [0, 1, 0].map((user) => ({ user, kind: "phone", version: 1 })),
  spaceOwners: [-1],
  serverVersion: 1,
};

/** An old app and two new ones, and an old r0. */
export const mixedVersions: PeopleConfig = {
  ...people,
  devices: [0, 1, 1].map((version, device) => ({ user: device % 2, kind: "phone", version })),
  serverVersion: 0,
};

/** No weather: what fails then fails by itself. */
export const calm = {
  delayMsMean: 20,
  cutPerMessage: 0,
  swallowPerMessage: 0,
  unreachablePerConnection: 0,
  unavailablePerConnection: 0,
  notServerPerConnection: 0,
} as const;

/** Answers are lost after the commit. */
export const cutting = { ...calm, cutPerMessage: 0.25 } as const;

/** Some seconds, several devices, one or two records: everything meets. */
export const crowd: Direction = { devices: 3, durationMs: 20_000, targets: 1, faults: [partition], faultsCount: 4, network: calm };
