import { describe, expect, it } from "vitest";
import { loadSqlite } from "../disk/load-sqlite.ts";
import { directPlan } from "../mutants/directed-plan.ts";
import { findMutant } from "../mutants/library.ts";
import { calmNetwork } from "../plan/draw-config.ts";
import { type DrawnType, drawFault } from "../plan/draw-faults.ts";
import { drawPlan } from "../plan/draw-plan.ts";
import type { FaultType, Plan, PlanConfig, PlannedFault } from "../plan/plan.ts";
import { random } from "../random.ts";
import { type Report, simulate } from "../simulate.ts";
import { ledgerApp } from "../workload/ledger-app.ts";

const sqlite = await loadSqlite();

interface Directed {
  readonly faults?: readonly DrawnType[];
  /** In place of what is drawn for a fault of the type. */
  readonly with?: Partial<Record<FaultType, object>>;
  readonly config?: Partial<PlanConfig>;
}

/** Two devices, twenty seconds, no weather, and three of each fault. */
function planOf(seed: number, { faults = [], with: bent = {}, config: changes = {} }: Directed): Plan {
  const config: PlanConfig = { devices: 2, spaces: 1, durationMs: 20_000, network: calmNetwork, limits: {}, ...changes };
  const drawn = faults.flatMap((type) =>
    [0, 1, 2].map((n): PlannedFault => {
      const draws = random(seed, "test", type, n);
      const fault = { ...drawFault(type, draws, config), ...bent[type] };
      return { ...fault, id: `${type}-${n}`, atMs: draws.between(0, config.durationMs) };
    }),
  );
  return { seed, config, operations: ledgerApp.drawOperations(seed, config), faults: drawn };
}

interface Summary {
  readonly failures: readonly string[];
  /** What was reached, and what has struck. */
  readonly reached: ReadonlySet<string>;
}

async function runSeeds(count: number, directed: Directed): Promise<Summary> {
  const failures: string[] = [];
  const reached = new Set<string>();
  for (let seed = 1; seed <= count; seed++) {
    const report: Report = await simulate(planOf(seed, directed), { sqlite });
    for (const { checker, detail } of report.failures) failures.push(`seed ${seed}, ${checker}: ${detail}`);
    for (const name of [...report.points.keys(), ...report.faults.keys()]) reached.add(name);
  }
  return { failures, reached };
}

const severalInstances = { instances: 3, storeDelayMsMean: 5, bus: { delayMsMean: 100, losePerNotice: 0.3, doublePerNotice: 0.3 } };

describe("faults", () => {
  it("[SIM35][F08] r0 is several instances over one store; they die, end and stand still one by one, and their news is lost, late and doubled", async () => {
    const { failures, reached } = await runSeeds(8, {
      faults: ["instance-dies", "instance-closes", "instance-suspends"],
      with: { "instance-suspends": { forMs: 4_000 } },
      config: { devices: 3, server: severalInstances },
    });
    expect(failures).toEqual([]);
    for (const state of [
      "news of one instance reaches another",
      "an instance dies and another goes on",
      "an instance says goodbye before it ends",
      "an instance stands still",
      "notice lost",
      "notice doubled",
    ])
      expect(reached).toContain(state);
  });

  it("[SIM91][T5][F01] instances over a shared database that loses connections, aborts commits, dies and comes back lose and double nothing", async () => {
    const database = { commitMsMean: 20, losePerAsk: 0.05, abortPerCommit: 0.1, overtakenMax: 1 };
    const { failures, reached } = await runSeeds(8, {
      faults: ["server-dies", "instance-dies", "instance-suspends"],
      with: { "instance-suspends": { forMs: 1_000 }, "server-dies": { downMs: 500 } },
      config: { devices: 4, server: { ...severalInstances, storeDelayMsMean: 20, database } },
    });
    expect(failures).toEqual([]);
    for (const state of [
      "a turn runs again because another instance was first",
      "rows of two versions meet in a turn",
      "a turn takes a space's lock",
      "a turn waits for a space's lock",
      "the answer to a commit is lost",
      "a lost commit is looked for",
      "the database goes while a commit is under way",
      "the database comes back, and r0's instances have lived on",
      "connection to the database lost",
      "commit aborted",
    ])
      expect(reached).toContain(state);
  });

  it("[SIM35][SIM3] an instance that was told to end as peace came is waited for, and so is its successor", async () => {
    const config: PlanConfig = { devices: 2, spaces: 1, durationMs: 10_200, network: calmNetwork, limits: {}, lost: [1] };
    const faults = [100, 10_100].map(
      (atMs): PlannedFault => ({ id: `${atMs}`, atMs, type: "instance-closes", instance: 0, downMs: 1_000 }),
    );
    const { failures } = await simulate({ seed: 1_002_492, config, operations: [], faults }, { sqlite });
    expect(failures).toEqual([]);
  });

  it("[SIM36][SIM3] a backup that was still to be put back when everything had drained is not", async () => {
    // What is asked at the end takes its time.
    const { config, operations } = planOf(1, { config: { server: { ...severalInstances, storeDelayMsMean: 100 } } });
    const { virtualMs } = await simulate({ seed: 1, config, operations, faults: [] }, { sqlite });
    const [atMs, backMs] = [1_000, virtualMs - 1_000 - 50];
    const restore: PlannedFault = { id: "restore", atMs, type: "restore-server", backMs, downMs: 500, damaged: true };
    const { failures, points } = await simulate({ seed: 1, config, operations, faults: [restore] }, { sqlite });
    expect(failures).toEqual([]);
    expect(points.get("r0 is put back to an earlier state")).toBeUndefined();
  });

  it("[SIM36][T6][F26] r0 is put back to an earlier state under a new epoch, and what its living clients had confirmed comes back", async () => {
    const directed: Directed = { faults: ["restore-server"], with: { "restore-server": { backMs: 6_000, downMs: 500 } } };
    const { failures, reached } = await runSeeds(8, directed);
    expect(failures).toEqual([]);
    for (const state of ["r0 is put back to an earlier state", "r0 starts a new epoch", "r0 says that its file is damaged"])
      expect(reached).toContain(state);
  });

  it("[SIM36][SRV35][T6][F26] r0 is put back to the same backup twice, and takes what was written in between", async () => {
    const twice = { backMs: 2_000, downMs: 500, damaged: false, againMs: 6_000 };
    const { failures, reached } = await runSeeds(8, { faults: ["restore-server", "partition"], with: { "restore-server": twice } });
    expect(failures).toEqual([]);
    expect(reached).toContain("r0 is put back to the same backup again");
  });

  it("[SIM36] an operator who forgets the new epoch is found out", async () => {
    const server = { ...severalInstances, instances: 1, forgetsEpoch: true };
    const directed: Directed = {
      faults: ["restore-server"],
      with: { "restore-server": { backMs: 6_000, downMs: 500, damaged: false } },
      config: { server },
    };
    expect((await runSeeds(8, directed)).failures).not.toEqual([]);
  });

  it("[SIM37][F12] proxies pass a request twice and late, cut it short, and answer in r0's place after the commit", async () => {
    const network = { ...calmNetwork, httpPerConnection: 1, doublePerRequest: 0.4, truncatePerRequest: 0.2, replacePerRequest: 0.2 };
    const { failures, reached } = await runSeeds(6, { faults: ["server-dies"], config: { network } });
    expect(failures).toEqual([]);
    for (const state of ["request doubled", "request truncated", "reply truncated", "reply replaced after the commit"])
      expect(reached).toContain(state);
  });

  it("[SIM38][T15] partitions are of one direction or both; what was held up arrives in order when they end, or never; answers alone are lost", async () => {
    const network = { ...calmNetwork, stallPerMessage: 0.05 };
    const { failures, reached } = await runSeeds(8, {
      faults: ["partition", "answers-lost"],
      with: { partition: { direction: "down", forMs: 2_000, devices: [0] } },
      config: { network },
    });
    expect(failures).toEqual([]);
    for (const state of [
      "a partition is of one direction",
      "a link is dead in one direction",
      "a message arrives after a partition",
      "message stalled",
      "link cut, answer lost",
    ])
      expect(reached).toContain(state);
  });

  it("[SIM38][F10][F12] pushes are held up until their device has given them up, and reach r0 then, or never", async () => {
    const reached = new Set<string>();
    for (const [mutant, seeds] of [
      ["withdrawn-stays-refused", [2, 3, 5]],
      ["letter-left-at-fork", [3, 5]],
    ] as const)
      for (const seed of seeds) {
        const { failures, points, faults } = await simulate(directPlan(drawPlan(seed), findMutant(mutant).directed ?? {}), { sqlite });
        expect(failures, `${mutant}, seed ${seed}`).toEqual([]);
        for (const state of [...points.keys(), ...faults.keys()]) reached.add(state);
      }
    for (const state of ["push held up", "a write is withdrawn"]) expect(reached).toContain(state);
  });

  it("[SIM40][T15] devices are suspended without being told, with their clocks and without", async () => {
    const { failures, reached } = await runSeeds(6, { faults: ["suspend"], with: { suspend: { forMs: 8_000 } } });
    expect(failures).toEqual([]);
    for (const state of ["a process wakes whose clock slept too", "a process wakes whose timers are long due"])
      expect(reached).toContain(state);
  });

  it("[SIM41] processes die right before and after what reaches the world, and again inside their recovery", async () => {
    const { failures, reached } = await runSeeds(6, {
      faults: ["die", "die-recovering"],
      with: { die: { operations: 3, of: "effects" } },
    });
    expect(failures).toEqual([]);
    for (const state of [
      "a process dies right before an effect",
      "a process dies right after an effect",
      "a machine dies inside its recovery",
    ])
      expect(reached).toContain(state);
  });

  it("[SIM80][T14] a second process that opens a device's file is told that it has an owner, and harms nothing", async () => {
    const { failures, reached } = await runSeeds(4, { faults: ["second-process", "die"] });
    expect(failures).toEqual([]);
    expect(reached).toContain("a second process is told that the file has an owner");
  });

  it("[SIM42][T18] a bit that is flipped on one device's disk costs at most what that device alone held", async () => {
    const { failures, reached } = await runSeeds(24, { faults: ["bit-flip"], config: { devices: 3, limits: { checkpointPages: 1 } } });
    expect(failures).toEqual([]);
    expect(reached).toContain("a damaged file is told of, and its user starts over");
  });

  it("[SIM44] the report says which faults have met which moments and which work", async () => {
    const { coverage } = await simulate(planOf(1, { faults: ["partition", "die"] }), { sqlite });
    expect([...coverage.keys()].every((name) => /^(partition|die) × (down|asleep|offline|sending|in step) × /.test(name))).toBe(true);
    expect([...coverage.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(6);
  });

  it("[SIM44] devices that are lost for good hold up nobody, and what they alone held is not missed", async () => {
    const { failures, reached } = await runSeeds(5, { faults: ["partition"], config: { devices: 3, lost: [0, 2] } });
    expect(failures).toEqual([]);
    expect(reached).toContain("a device is lost for good");
  });
});
