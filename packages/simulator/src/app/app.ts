/** An app under simulation: its schema, its server's rules, what people do with it, and what has to be true of it whatever happens. */
import type { DeadLetter, Replica } from "@holdfast/client";
import type { AnySchema } from "@holdfast/core";
import type { SqlitePort } from "@holdfast/core/engine";
import type { Principal, Server, ServerOptions } from "@holdfast/server";
import type { EndingChecker, ReadingChecker } from "../checkers/checker.ts";
import type { Plan, PlanConfig, PlannedOperation } from "../plan/plan.ts";
import type { Random, Seed } from "../random.ts";

export type AppReplica = Replica<AnySchema>;

/** What only the app's server knows. */
export type AppServer = Pick<ServerOptions<AnySchema, Principal>, "authenticate" | "authorize" | "arbiters">;

/** r0's answer, as the app is told. */
export interface Answer {
  readonly status: "confirmed" | "refused" | "unknown";
  readonly code?: string;
}

/** An operation that is on disk. */
export interface Performed {
  readonly answered: Promise<Answer>;
}

export interface ViewSource {
  readonly replica: AppReplica;
  /** For reading by SQL in one go, so that nothing happens in between. */
  readonly port: SqlitePort;
  readonly space: string;
}

/** What an operation is drawn for. */
export type PlanShape = Omit<PlanConfig, "network" | "limits">;

/** Whose device it is: what it signs in with, and the spaces that it follows, by number. */
export interface SignIn {
  readonly user: string;
  readonly token: string;
  readonly spaces: readonly number[];
}

/** What an operation is performed with. */
export interface Performance {
  readonly device: string;
  readonly user: string;
  /** The app's on this device: an index of `App.schemas`. */
  readonly version: number;
  /** Of this operation alone: it draws the same whatever else the plan holds. */
  readonly random: Random;
  /** In words, what the operation does: for whoever reads the run. */
  readonly say: (words: string) => void;
}

/** r0's own store, between two of its commits. */
export interface ServerState {
  readonly port: SqlitePort;
  readonly space: number;
}

/** `View` is one space at one moment, as the app's checkers read it. */
export interface App<View = unknown> {
  readonly name: string;
  /** The newest. */
  readonly schema: AnySchema;
  /** What was released, oldest first, the newest being `schema`: people upgrade when they like. Absent: there is one, and one person. */
  readonly schemas?: readonly AnySchema[];
  /** Asked for at every start of r0. */
  readonly server: AppServer;
  /** An app that remembers what it did is a new one in every run. */
  readonly forOneRun?: (plan: Plan) => App<View>;
  readonly spaceName: (space: number) => string;
  /** How many spaces there are. Absent: the plan draws it. */
  readonly spaces?: number;
  /** Absent: everybody is ann, and follows every space. */
  readonly signIn?: (device: number) => SignIn;
  /** What r0 writes into every space itself; runs at every start of the server, and does nothing the second time. */
  readonly grant?: (server: Server<AnySchema>, space: string) => Promise<void>;
  readonly drawOperations: (seed: Seed, shape: PlanShape) => readonly PlannedOperation[];
  /** Resolves when it is on disk. Undefined: the operation only looks, and the fleet reads for it. */
  readonly perform: (replica: AppReplica, operation: PlannedOperation, performance: Performance) => Promise<Performed> | undefined;
  /** Whether an operation may fail on the device itself with this error: it then has written nothing. */
  readonly mayThrow?: (error: unknown) => boolean;
  readonly view: (source: ViewSource) => View;
  /** What a person who has seen this remembers: it must not disappear. */
  readonly seen: (view: View) => ReadonlySet<string>;
  /** With the requests whose effect is shown. */
  readonly shown?: (view: View) => Iterable<string>;
  /** The operations that these writes and requests come from: refused, or given back to whoever signed out. */
  readonly lettersIn?: (letters: readonly Pick<DeadLetter, "payload">[]) => ReadonlySet<string>;
  readonly mayBeRefused: (operation: PlannedOperation, code: string) => boolean;
  readonly readingCheckers: Readonly<Record<string, ReadingChecker<View>>>;
  /** Held to r0 after each answer that it gives. */
  readonly serverCheckers?: Readonly<Record<string, (state: ServerState) => readonly string[]>>;
  readonly endingCheckers: Readonly<Record<string, EndingChecker<View>>>;
}
