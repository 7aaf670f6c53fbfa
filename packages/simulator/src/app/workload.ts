/** What an app's developers say about the people who use it: who they are, what they do, and what must be true whatever happens. */
import type { Replica } from "@holdfast/client";
import type { AnySchema, CollectionName, IntentInput, IntentName, Row, SpaceId, WriteTransaction } from "@holdfast/core";
import type { Random } from "../random.ts";

/** Every part may be left out: then values are drawn from the schema, and the properties that hold for every app are checked. */
export interface Workload<S extends AnySchema = AnySchema> {
  readonly schema: S;
  /** Devices belong to them in turn: of five devices and two users, the first has three. One user, `ann`, if absent. */
  readonly users?: readonly string[];
  /** What a user signs in with; the server's `authenticate` must know it. The user's name, if absent. */
  readonly tokenOf?: (user: string) => string;
  /** The spaces that a user's devices follow. `user:<name>`, if absent, which is what `holdfast serve` grants by default. */
  readonly spaces?: (user: string) => readonly SpaceId[];
  /** What the backend has written into a space before anybody comes. Once for each space. */
  readonly start?: (tx: WriteTransaction<S>, space: SpaceId) => unknown;
  /** What people do. Each has its share of all that is done, by its weight. */
  readonly operations?: Readonly<Record<string, Operation<S>>>;
  /** The weight of writes and requests that are drawn from the schema: 1 without `operations`, 0 beside them. */
  readonly drawnWeight?: number;
  /** Values for fields that the schema's validators say too little about, by collection and field. */
  readonly values?: DrawnValues<S>;
  /** Inputs for intents, likewise. */
  readonly inputs?: { readonly [N in IntentName<S>]?: (random: Random) => IntentInput<S, N> };
  /** What must be true. By its name, which the report shows. */
  readonly invariants?: Readonly<Record<string, Invariant<S>>>;
}

type DrawnValues<S extends AnySchema> = {
  readonly [C in CollectionName<S>]?: { readonly [F in Exclude<keyof Row<S, C>, "id">]?: (random: Random) => unknown };
};

export interface Operation<S extends AnySchema = AnySchema> {
  /** 1, if absent. */
  readonly weight?: number;
  /**
   * Does it, on a replica that may be offline. Wait for nothing but the replica: not for an answer of the server, which may take weeks.
   * Draw only from `random`, so that a run can be repeated.
   */
  readonly run: (replica: WorkloadReplica<S>, context: OperationContext) => unknown;
}

/** The part of a replica that people's deeds go through. */
export type WorkloadReplica<S extends AnySchema> = Pick<Replica<S>, "write" | "request" | "space" | "status" | "conflicts" | "deadLetters">;

export interface OperationContext {
  /** One of those that the user follows. */
  readonly space: SpaceId;
  readonly user: string;
  readonly device: string;
  readonly random: Random;
}

/** True: it holds. Anything else is a failure; a string says what is wrong. */
export type InvariantCheck<S extends AnySchema> = (view: InvariantView<S>) => boolean | string;

/**
 * Looked at on the server after each of its answers, and in the end everywhere. A device may show otherwise in between, since what
 * it shows is provisional; with `always`, every read of every device is held to it too.
 */
export type Invariant<S extends AnySchema = AnySchema> =
  | InvariantCheck<S>
  | { readonly always: boolean; readonly holds: InvariantCheck<S> };

export interface InvariantView<S extends AnySchema> {
  /** All records of the space, by collection. */
  readonly rows: { readonly [C in CollectionName<S>]: readonly Row<S, C>[] };
  readonly space: SpaceId;
  /** `r0`, or a device's name. */
  readonly where: string;
}

/** Gives `workload` back: it is there for its types, which all follow from `schema`. */
export function defineWorkload<S extends AnySchema>(workload: Workload<S>): Workload<S> {
  return workload;
}
