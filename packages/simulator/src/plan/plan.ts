/**
 * A run, written down: everything that happens to a fleet but what follows from it. The same plan gives the same run, byte for byte.
 * Plans are kept as files for ever (`scenarios/`): a new field is optional, and absent it means what was so before there was one.
 */
import type { PeopleConfig, PeopleEvent } from "../people/people-plan.ts";
import type { Seed } from "../random.ts";

export interface Plan {
  readonly seed: Seed;
  readonly config: PlanConfig;
  readonly operations: readonly PlannedOperation[];
  readonly faults: readonly PlannedFault[];
}

export interface PlanConfig {
  readonly devices: number;
  readonly spaces: number;
  /** Faults and operations happen within this; then everything is healed, and has to drain. */
  readonly durationMs: number;
  readonly network: NetworkConfig;
  /** How often a device's fsync says that it has happened and has not. No plan of a seed has it: it is what the simulator must find out. */
  readonly lyingSyncRate?: number;
  /** Limits at their extremes, or nothing. */
  readonly limits: LimitsConfig;
  /** Several people, who may do this and that, come and go, and upgrade; without it, one person everywhere. */
  readonly people?: PeopleConfig;
  /** r0 as several instances; as one, if absent. */
  readonly server?: ServerConfig;
  /** Devices that are dead when peace comes, and stay so: the others have to drain without them. */
  readonly lost?: readonly number[];
}

/** Rates are of connections or of messages, as named. */
export interface NetworkConfig {
  readonly delayMsMean: number;
  /** A message is lost with its connection, and both ends hear of it. */
  readonly cutPerMessage: number;
  /** From this message on nothing arrives, and nobody is told. */
  readonly swallowPerMessage: number;
  readonly unreachablePerConnection: number;
  /** 429 and 5xx, half of them with `Retry-After`. */
  readonly unavailablePerConnection: number;
  readonly notServerPerConnection: number;
  /** A conversation in requests instead of a socket, through proxies that may do more to it than a socket's peer can. */
  readonly httpPerConnection?: number;
  /** r0 gets the request twice, the second time at once or much later. */
  readonly doublePerRequest?: number;
  /** Only the first bytes of a request or reply pass. */
  readonly truncatePerRequest?: number;
  /** r0 has answered, and its client gets 5xx, 429 or a page of HTML. */
  readonly replacePerRequest?: number;
  /** Whoever gives the app its tokens fails, does not answer, or gives one that has expired: shares of all that are asked for. */
  readonly failPerToken?: number;
  readonly hangPerToken?: number;
  readonly expirePerToken?: number;
  /** A message and all behind it take up to minutes: slow bodies, and a peer whose buffer fills. */
  readonly stallPerMessage?: number;
}

/** Instances of r0 share one store. */
export interface ServerConfig {
  readonly instances: number;
  /** Between an instance and its store, each way. */
  readonly storeDelayMsMean: number;
  /** The store is a database on a machine of its own, which all ask at once. Without it, a store that is one's at a time, on one machine with all. */
  readonly database?: DatabaseConfig;
  readonly bus: BusConfig;
  /** Its operator puts a backup back and starts no new epoch. No plan of a seed has it: it is what the simulator must find out. */
  readonly forgetsEpoch?: boolean;
}

export interface DatabaseConfig {
  /** From a commit's first row to its being seen. */
  readonly commitMsMean: number;
  /** A connection is lost with a question or with its answer. */
  readonly losePerAsk: number;
  /** The database ends a commit that might not be serializable, or in a deadlock: nothing of it is there. */
  readonly abortPerCommit: number;
  /** A turn that was overtaken so often takes the space's lock; the server's own limit, if absent. */
  readonly overtakenMax?: number;
}

/** News between instances. Rates are of a notice and one instance that should hear of it. */
export interface BusConfig {
  readonly delayMsMean: number;
  readonly losePerNotice: number;
  readonly doublePerNotice: number;
}

export interface LimitsConfig {
  readonly pushTransactionsMax?: number;
  readonly pageBytesMax?: number;
  readonly pageTransactionsMax?: number;
  readonly confirmedKeptMax?: number;
  readonly conflictsMax?: number;
  readonly outcomeRetentionMs?: number;
  readonly outgoingBytesSoft?: number;
  readonly outgoingBytesMax?: number;
  /** SQLite moves its log into the file after so many pages, on every machine. */
  readonly checkpointPages?: number;
  /** r0 folds a record's vector that names more replicas. */
  readonly vectorEntriesMax?: number;
}

export interface PlannedOperation {
  readonly id: string;
  readonly atMs: number;
  readonly device: number;
  readonly space: number;
  /** What is done, to what, and how much: words of the app. */
  readonly effect: string;
  readonly target: string;
  readonly amount: number;
  /** What else the app has drawn for it, as JSON. */
  readonly input?: unknown;
}

/** How a process dies: at once, or at the n-th operation from then on. */
export interface Death {
  readonly power: boolean;
  readonly operations: number;
  readonly phase: "before" | "middle" | "after";
  readonly downMs: number;
  /** What is counted: operations of the disk, or timers that fire and messages that come and go. */
  readonly of?: "disk" | "effects";
}

/** A device, by number, or r0's machine. */
export type Whose = number | "server";

/** What happens to a fleet: done by the world to machines and links, or by people. */
export type PlannedFault = WorldFault | ({ readonly id: string; readonly atMs: number } & PeopleEvent);

export type WorldFault = { readonly id: string; readonly atMs: number } & (
  | ({ readonly type: "die"; readonly device: number } & Death)
  /** A kill, and the power fails `afterMs` later: what was visible after the kill was perhaps never durable (trap 21). */
  | ({ readonly type: "die-twice"; readonly device: number; readonly afterMs: number } & Death)
  /** Dies, and again `times` times, each at the n-th operation of its start: inside the recovery. */
  | ({ readonly type: "die-recovering"; readonly device: Whose; readonly times: number } & Death)
  | ({ readonly type: "server-dies" } & Death)
  /** One instance of several; its machine, its store and the others go on. */
  | ({ readonly type: "instance-dies"; readonly instance: number } & Death)
  /** Told to end, it answers what it has taken, says goodbye, and is started anew. */
  | { readonly type: "instance-closes"; readonly instance: number; readonly downMs: number }
  | { readonly type: "instance-suspends"; readonly instance: number; readonly forMs: number; readonly clockStops: boolean }
  /** Timers stop, sockets are half open, and the monotonic clock goes on or sleeps too. */
  | { readonly type: "suspend"; readonly device: number; readonly forMs: number; readonly clockStops: boolean }
  /** `direction`: the one in which nothing arrives; both, if none is named. */
  | { readonly type: "partition"; readonly devices: readonly number[]; readonly forMs: number; readonly direction?: "up" | "down" }
  /** r0 takes what it is sent and commits it; no answer arrives: connections break, or a proxy answers 5xx in its place. */
  | { readonly type: "answers-lost"; readonly devices: readonly number[]; readonly forMs: number }
  /** Everything passes but pushes: each ends its connection. They reach r0 when it is over, in order, from nobody who listens; or never. */
  | { readonly type: "pushes-held"; readonly devices: readonly number[]; readonly forMs: number; readonly arrive: boolean }
  | { readonly type: "clock-jump"; readonly device: Whose; readonly byMs: number }
  /** The clock on the wall stands still (0), runs backwards or fast, and goes on from there. */
  | { readonly type: "clock-run"; readonly device: Whose; readonly rate: number; readonly forMs: number }
  | { readonly type: "disk-full"; readonly device: Whose; readonly forMs: number }
  | { readonly type: "disk-error"; readonly device: Whose; readonly operations: number }
  /** The device dies, one bit of its file is another, and it starts again. `place`: where, as a share of the file. */
  | { readonly type: "bit-flip"; readonly device: number; readonly place: number; readonly bit: number; readonly downMs: number }
  /** The device dies, and comes back as it was `backMs` earlier: a phone restored from its backup (trap 4). */
  | { readonly type: "restore"; readonly device: number; readonly backMs: number; readonly downMs: number }
  /**
   * r0 is put back to what it was `backMs` earlier, under a new epoch (trap 6). `damaged`: because its file could not be read any more. `againMs`: so
   * much later it is put back to the same backup once more.
   */
  | {
      readonly type: "restore-server";
      readonly backMs: number;
      readonly downMs: number;
      readonly damaged: boolean;
      readonly againMs?: number;
    }
  /** A second process of the app opens the device's file while the first lives: a share extension, a task in the background (trap 14). */
  | { readonly type: "second-process"; readonly device: number }
  /** A second device starts from a copy of this one's disk. */
  | { readonly type: "clone"; readonly device: number }
  /** r0 drops its stream but for the last changes: who is further behind gets a snapshot. */
  | { readonly type: "compact"; readonly space: number; readonly keep: number }
  | { readonly type: "background"; readonly device: number; readonly forMs: number }
);

export type FaultType = WorldFault["type"];
