/** Any app under simulation: from its schema, its server's rules, and what its developers say about the people who use it. */
import type { EndingChecker, Reading } from "../checkers/checker.ts";
import type { Plan, PlannedOperation } from "../plan/plan.ts";
import type { App, AppReplica, AppServer, Performance, Performed } from "./app.ts";
import { readHistory } from "./app-history.ts";
import { type AppView, readAppView, readServerRows } from "./app-view.ts";
import { judgeInvariants } from "./checks/invariants.ts";
import { checkHonest, checkSessions, checkWhole, type SoFar } from "./checks/readings.ts";
import { judgeRefusals } from "./checks/refusals.ts";
import { judgeSurvival } from "./checks/survival.ts";
import { createDraws, type Draws } from "./draw-steps.ts";
import { drawUserOperations } from "./draw-user-operations.ts";
import { isRefusedByDevice, observeReplica } from "./observed-replica.ts";
import { performUserOperation } from "./perform-user-operation.ts";
import { watchServer } from "./server-hand.ts";
import { type Effect, recordKey, type Told, type ToldTransaction } from "./told-transaction.ts";
import type { Workload } from "./workload.ts";

export interface UserAppParts {
  readonly name: string;
  readonly workload: Workload;
  /** Asked at every start of r0: what its rules keep in memory is gone with it. */
  readonly startRules: () => AppServer;
}

/** What does not change from run to run. */
export interface UserAppPlan {
  readonly parts: UserAppParts;
  readonly draws: Draws;
  readonly spaces: readonly string[];
  readonly users: readonly string[];
}

const neverRefused: ReadonlySet<string> = new Set([
  ...["malformed", "stamp-out-of-bounds", "context-out-of-bounds", "dependency-out-of-bounds"],
  ...["wrong-kind", "unknown-collection", "unknown-field", "unknown-intent"],
]);

export function planUserApp(parts: UserAppParts): UserAppPlan {
  const { workload } = parts;
  const users = workload.users ?? ["ann"];
  const spaces = [...new Set(users.flatMap((user) => spacesOf(workload, user)))];
  return { parts, draws: createDraws(workload.schema, workload), spaces, users };
}

export function createUserApp(known: UserAppPlan): App<AppView> {
  return { ...createRun(known, undefined), forOneRun: (plan) => createRun(known, plan) };
}

/** After these, answers that were given may be given anew, or otherwise. */
const replays: ReadonlySet<string> = new Set(["restore", "clone", "bit-flip", "restore-server"]);

/** It remembers what its operations have told, and what its server has written. */
function createRun({ parts, draws, spaces, users }: UserAppPlan, plan: Plan | undefined): App<AppView> {
  const isReplayed = plan?.faults.some(({ type }) => replays.has(type)) === true || plan?.config.lost !== undefined;
  // What r0 itself has lost with its last hours is not predicted: which of its devices bring what back is their affair.
  const isPredicted = plan?.faults.every(({ type }) => type !== "restore-server") !== false;
  const { workload, startRules } = parts;
  const schema = workload.schema.spec;
  const hand = watchServer(workload);
  const spaceName = (space: number): string => spaces[space] as string;
  const userOf = (device: number): string => users[device % users.length] as string;
  const told: Told = new Map();
  const soFar = createSoFar(told, spaceName, hand.hasWritten);
  const reading =
    (check: (soFar: SoFar, reading: Reading<AppView>) => readonly string[]) =>
    (read: Reading<AppView>): readonly string[] =>
      isPredicted ? check(soFar, read) : [];
  const ending: EndingChecker<AppView> = ({ space, oracle, endings }) => {
    if (!isPredicted) return [];
    const letters = endings.flatMap(({ view }) => view.letters);
    const history = readHistory({ oracle, told, space: spaceName(space), letters, isReplayed });
    return endings.flatMap(({ device, view }) =>
      judgeSurvival(schema, history, view, hand.hasWritten).map((wrong) => `${wrong} (${device})`),
    );
  };
  return {
    name: parts.name,
    schema: workload.schema,
    get server() {
      return hand.watch(startRules());
    },
    spaceName,
    spaces: spaces.length,
    signIn: (device) => {
      const user = userOf(device);
      return { user, token: workload.tokenOf?.(user) ?? user, spaces: spacesOf(workload, user).map((name) => spaces.indexOf(name)) };
    },
    grant: (server, space) => hand.start(server, space),
    drawOperations: (seed, shape) =>
      drawUserOperations({
        seed,
        shape,
        draws,
        workload,
        spacesOf: (device) => spacesOf(workload, userOf(device)).map((name) => spaces.indexOf(name)),
      }),
    perform: (replica, operation, performance) =>
      operation.effect === "read"
        ? undefined
        : perform({ workload, told, replica, operation, performance, space: spaceName(operation.space) }),
    mayThrow: isRefusedByDevice,
    view: (source) => readAppView(schema, source),
    seen: ({ rows }) =>
      new Set([...rows].flatMap(([collection, each]) => [...each.keys()].map((record) => recordKey({ collection, record })))),
    mayBeRefused: (_operation, code) => !isPredicted || !neverRefused.has(code),
    readingCheckers: {
      sessions: reading(checkSessions),
      "whole transactions": reading(checkWhole),
      "honest status": reading(checkHonest),
      invariant: ({ device, space, view }) =>
        judgeInvariants(workload, "always", { schema, rows: view.rows, space: spaceName(space), where: device }),
    },
    serverCheckers: {
      invariant: ({ port, space }) =>
        judgeInvariants(workload, "all", {
          schema,
          rows: readServerRows(schema, port, spaceName(space)),
          space: spaceName(space),
          where: "r0",
        }),
    },
    endingCheckers: {
      survival: ending,
      refusals: ({ space, oracle, endings }) =>
        isReplayed
          ? []
          : judgeRefusals(
              oracle,
              told,
              spaceName(space),
              endings.flatMap(({ view }) => view.letters),
            ),
      invariant: ({ space, endings }) =>
        endings.flatMap(({ device, view }) =>
          judgeInvariants(workload, "all", { schema, rows: view.rows, space: spaceName(space), where: device }),
        ),
    },
  };
}

interface Performing {
  readonly workload: Workload;
  readonly told: Told;
  readonly replica: AppReplica;
  readonly operation: PlannedOperation;
  readonly performance: Performance;
  readonly space: string;
}

async function perform({ workload, told, replica, operation, performance, space }: Performing): Promise<Performed> {
  const { device, user, random, say } = performance;
  const own: ToldTransaction[] = [];
  told.set(operation.id, own);
  const observed = observeReplica({ schema: workload.schema.spec, replica, told: own, say });
  await performUserOperation(workload, observed.replica, operation, { device, user, random, space });
  return { answered: observed.answered() };
}

function createSoFar(told: Told, spaceName: (space: number) => string, isServers: (key: string) => boolean): SoFar {
  const writesOf: SoFar["writesOf"] = (operation, space) =>
    (told.get(operation) ?? []).filter((transaction) => transaction.type === "write" && transaction.space === spaceName(space));
  const allWrites = function* (space: number): Iterable<ToldTransaction> {
    for (const id of told.keys()) yield* writesOf(id, space);
  };
  const hasEffect = (type: Effect["type"], key: string, space: number): boolean => {
    for (const { effects } of allWrites(space))
      if (effects.some((effect) => effect.type === type && recordKey(effect) === key)) return true;
    return false;
  };
  return {
    writesOf,
    allWrites,
    isServers,
    isDeleted: (key, space) => hasEffect("delete", key, space),
    isCreated: (key, space) => hasEffect("create", key, space),
  };
}

function spacesOf(workload: Workload, user: string): readonly string[] {
  return workload.spaces?.(user) ?? [`user:${user}`];
}
