/** A fleet of devices in a few processes, watched second by second. */
import { type Child, startChild } from "../harness/child-process.ts";
import type { TempDir } from "../harness/temp-dir.ts";
import type { FleetChildOptions, FleetClosed, FleetCommand, FleetFigures, FleetLook } from "./fleet.child.ts";

export interface Second {
  /** Since the fleet began. */
  readonly atMs: number;
  readonly written: number;
  readonly confirmed: number;
  readonly confirmMs: readonly number[];
  readonly pending: number;
  readonly connected: number;
  readonly reasons: Readonly<Record<string, number>>;
}

export interface Fleet {
  readonly seconds: readonly Second[];
  stopWriting(): Promise<void>;
  /** All pending together, and the digests of each space that anybody holds; empty while something is pending. */
  look(): Promise<{
    readonly pending: number;
    readonly refused: number;
    readonly digests: ReadonlyMap<string, ReadonlySet<string>>;
    readonly wrong: readonly string[];
  }>;
  /** What each space was given and the devices have acknowledged. The files may be read after it. */
  close(): Promise<ReadonlyMap<string, readonly string[]>>;
}

export interface FleetOptions extends Omit<FleetChildOptions, "from" | "count"> {
  readonly program: string;
  readonly directory: TempDir;
  readonly devices: number;
  readonly processes: number;
}

type Line = FleetFigures | FleetLook | FleetClosed | { readonly type: "ready" };

export async function startFleet({ program, directory, devices, processes, ...options }: FleetOptions): Promise<Fleet> {
  const startMs = performance.now();
  const latest = new Map<number, FleetFigures>();
  const seconds: Second[] = [];
  const members = Array.from({ length: processes }, (_, index) => {
    const from = Math.floor((index * devices) / processes);
    const to = Math.floor(((index + 1) * devices) / processes);
    return memberOf(startChild(program, { ...options, from, count: to - from } satisfies FleetChildOptions, directory));
  });
  members.forEach((member, index) => {
    member.onFigures = (figures) => {
      const before = latest.get(index);
      latest.set(index, before === undefined ? figures : addUp([before, { ...figures }], false));
    };
  });
  await Promise.all(members.map((member) => member.next("ready")));
  const sampling = setInterval(() => {
    const all = [...latest.values()];
    const sum = addUp(all, true);
    // What counts since the last figures begins anew; what is now stays until the next.
    for (const [index, figures] of latest) latest.set(index, { ...figures, written: 0, confirmed: 0, confirmMs: [] });
    seconds.push({ ...sum, atMs: performance.now() - startMs });
  }, 1_000);
  return {
    seconds,
    async stopWriting() {
      for (const member of members) member.tell({ type: "stop-writing" });
    },
    async look() {
      const looks = await Promise.all(members.map((member) => member.ask({ type: "look" }, "look")));
      const pending = looks.reduce((sum, each) => sum + each.pending, 0);
      const digests = new Map<string, Set<string>>();
      for (const each of looks)
        for (const [space, values] of Object.entries(each.digests)) digests.set(space, new Set([...(digests.get(space) ?? []), ...values]));
      return {
        pending,
        refused: looks.reduce((sum, each) => sum + each.refused, 0),
        digests: pending === 0 ? digests : new Map(),
        wrong: looks.flatMap((each) => each.wrong),
      };
    },
    async close() {
      clearInterval(sampling);
      const closed = await Promise.all(members.map((member) => member.ask({ type: "close" }, "closed")));
      const acknowledged = new Map<string, string[]>();
      for (const each of closed)
        for (const [space, ids] of Object.entries(each.acknowledged)) acknowledged.set(space, [...(acknowledged.get(space) ?? []), ...ids]);
      await Promise.all(members.map((member) => member.ended));
      return acknowledged;
    },
  };
}

/** `acrossMembers`: what is now is added up too; else the later one counts. */
function addUp(all: readonly FleetFigures[], acrossMembers: boolean): FleetFigures {
  const sum = (pick: (figures: FleetFigures) => number): number => all.reduce((total, figures) => total + pick(figures), 0);
  const last = all.at(-1);
  const reasons: Record<string, number> = {};
  for (const figures of acrossMembers ? all : last === undefined ? [] : [last])
    for (const [reason, count] of Object.entries(figures.reasons)) reasons[reason] = (reasons[reason] ?? 0) + count;
  return {
    type: "figures",
    written: sum(({ written }) => written),
    confirmed: sum(({ confirmed }) => confirmed),
    confirmMs: all.flatMap(({ confirmMs }) => confirmMs),
    pending: acrossMembers ? sum(({ pending }) => pending) : (last?.pending ?? 0),
    connected: acrossMembers ? sum(({ connected }) => connected) : (last?.connected ?? 0),
    reasons,
  };
}

function memberOf(child: Child) {
  const waiting: { readonly type: string; readonly resolve: (line: never) => void }[] = [];
  const member = {
    onFigures: (_figures: FleetFigures): void => {},
    ended: child.exited,
    tell: (command: FleetCommand): void => child.send(JSON.stringify(command)),
    next<T extends Line["type"]>(type: T): Promise<Extract<Line, { type: T }>> {
      return new Promise((resolve, reject) => {
        waiting.push({ type, resolve });
        void child.exited.then(() => reject(new Error(`A process of the fleet has ended: ${child.errors()}`)));
      });
    },
    ask<T extends Line["type"]>(command: FleetCommand, type: T): Promise<Extract<Line, { type: T }>> {
      const answer = member.next(type);
      member.tell(command);
      return answer;
    },
  };
  child.onLine((text) => {
    const line = JSON.parse(text) as Line;
    if (line.type === "figures") return member.onFigures(line);
    const index = waiting.findIndex(({ type }) => type === line.type);
    const [asked] = index < 0 ? [] : waiting.splice(index, 1);
    asked?.resolve(line as never);
  });
  return member;
}
