/** What people do to a calm fleet, one thing at a time: it is struck, and nothing that was promised breaks. */
import { describe, expect, it } from "vitest";
import type { App } from "../app/app.ts";
import { loadSqlite } from "../disk/load-sqlite.ts";
import { calmNetwork } from "../plan/draw-config.ts";
import { drawPlan } from "../plan/draw-plan.ts";
import type { Plan, PlannedFault, PlannedOperation } from "../plan/plan.ts";
import { type Report, simulate } from "../simulate.ts";
import { drawOperations } from "../workload/draw-operations.ts";
import { ledgerApp } from "../workload/ledger-app.ts";
import { drawPeople } from "./draw-people.ts";
import { attackKinds, directedAttackKinds, directedGarbleKinds, garbleKinds, type PeopleConfig } from "./people-plan.ts";

const sqlite = await loadSqlite();
const durationMs = 60_000;

const people: PeopleConfig = {
  users: 2,
  devices: [
    { user: 0, kind: "phone", version: 1 },
    { user: 1, kind: "tablet", version: 0 },
    { user: 1, kind: "watch", version: 1 },
  ],
  spaceOwners: [-1, 0, 1],
  serverVersion: 1,
};

async function run(
  faults: readonly PlannedFault[],
  change: Partial<Plan["config"]> = {},
  more: readonly PlannedOperation[] = [],
): Promise<Report> {
  const config = { devices: 3, spaces: 3, durationMs, network: calmNetwork, limits: {}, people, ...change };
  const operations = [...drawOperations("people", config), ...more].sort((one, other) => one.atMs - other.atMs);
  return simulate({ seed: "people", config, operations, faults }, { sqlite });
}

function write(atMs: number, effect: string, device = 1): PlannedOperation {
  return { id: `own-${atMs}`, atMs, device, space: 0, effect, target: "1", amount: 2 };
}

describe("people on a fleet", () => {
  it("[SIM54] people follow from the seed, in about half of the runs, and reshuffle nothing else of a plan", () => {
    const shape = { devices: 3, spaces: 1, durationMs };
    const drawn = Array.from({ length: 100 }, (_, seed) => drawPeople(seed, shape, 2));
    expect(drawn).toEqual(Array.from({ length: 100 }, (_, seed) => drawPeople(seed, shape, 2)));
    const several = drawn.filter((each) => each !== undefined).length;
    expect(several).toBeGreaterThan(30);
    expect(several).toBeLessThan(70);
    const { schemas: _none, ...alone } = ledgerApp as unknown as App;
    // Tokens fail where the app's rules know a bad one: not in an app of one version (`drawTokens`).
    const goodTokens = { failPerToken: undefined, hangPerToken: undefined, expirePerToken: undefined };
    for (let seed = 1; seed < 20; seed++) {
      const { config } = drawPlan(seed, { app: alone });
      const drawnConfig = drawPlan(seed).config;
      const same = { spaces: config.spaces, people: undefined, network: { ...drawnConfig.network, ...goodTokens } };
      expect({ ...drawnConfig, ...same }).toEqual({ ...config, people: undefined });
    }
  });

  it("[SIM49][T12][I6] access is taken with writes pending: they are refused visibly, and no row stays", async () => {
    const { failures, points } = await run(
      [
        { id: "partition", atMs: 30_000, type: "partition", devices: [1], forMs: 10_000 },
        { id: "grant", atMs: 32_000, type: "grant", user: 1, space: 0, access: "none" },
        // A session that lives may be believed for half a minute (SES5): this one ends.
        { id: "die", atMs: 39_000, type: "die", device: 1, power: false, operations: 0, phase: "before", downMs: 2_000 },
      ],
      {},
      [write(29_000, "rename"), write(31_000, "many"), write(31_500, "note"), write(50_000, "count")],
    );
    expect(failures).toEqual([]);
    expect(points.get("access is none while writes are pending")).toBe(1);
    expect(points.get("a refusal: no-access")).toBeGreaterThan(1);
    expect(points.get("rows leave a device with its access")).toBeGreaterThan(0);
  });

  it("[SIM51][T13] users sign out with writes pending, others sign in, and the first find again what they had left", async () => {
    for (const pending of ["keep", "discard"] as const) {
      const { failures, points } = await run(
        [
          { id: "partition", atMs: 30_000, type: "partition", devices: [1], forMs: 10_000 },
          { id: "leave", atMs: 32_000, type: "sign-out", device: 1, pending, next: 0, afterMs: 500 },
          { id: "back", atMs: 52_000, type: "sign-out", device: 1, pending: "keep", next: 1, afterMs: 500 },
        ],
        {},
        [write(31_000, "many"), write(45_000, "count"), write(55_000, "count")],
      );
      expect(failures, pending).toEqual([]);
      expect(points.get(`a user signs out with writes pending: ${pending}`)).toBe(1);
      expect(points.get("another user signs in")).toBeGreaterThan(1);
      if (pending === "keep") expect(points.get("a sealed file is refused to whom it does not belong")).toBeGreaterThan(0);
    }
  });

  it("[SIM51][T13] a device that is handed another user's token is blocked, sends nothing, and goes on with the right one", async () => {
    const { failures, points } = await run([
      { id: "mistake", atMs: 20_000, type: "wrong-token", device: 1, user: 0, forMs: 20_000 },
      { id: "die", atMs: 21_000, type: "die", device: 1, power: false, operations: 0, phase: "before", downMs: 100 },
    ]);
    expect(failures).toEqual([]);
    expect(points.get("a replica is blocked: wrong-principal")).toBeGreaterThan(0);
  });

  it("[SIM53][T17][F53] apps and r0 are upgraded at different times, and nothing that an old one does not know is lost", async () => {
    for (const [first, second] of [
      ["server", 1],
      [1, "server"],
    ] as const) {
      const { failures, points } = await run(
        [
          { id: "partition", atMs: 20_000, type: "partition", devices: [1], forMs: 5_000 },
          { id: "first", atMs: 24_000, type: "upgrade", device: first },
          // Nobody writes then, or just before.
          { id: "second", atMs: 45_000, type: "upgrade", device: second },
        ],
        { people: { ...people, serverVersion: 0 } },
        [write(10_000, "paint", 0), write(11_000, "memo", 0), write(12_000, "rename"), write(22_000, "rename"), write(50_000, "memo")],
      );
      expect(failures).toEqual([]);
      expect(points.get("r0 is upgraded")).toBe(1);
      expect(points.get(`a device is upgraded ${first === "server" ? "after" : "before"} r0`)).toBe(1);
      expect(points.get("a device is upgraded with writes pending")).toBe(first === "server" ? undefined : 1);
    }
  });

  it("[SIM54][T7] r0 refuses every forgery, each for its own reason, and no honest device takes harm", async () => {
    const kinds = [...attackKinds, ...directedAttackKinds];
    const faults = kinds.map((attack, n): PlannedFault => ({ id: attack, atMs: 5_000 + n * 1_000, type: "attack", attack, space: 0 }));
    const { failures, points } = await run(faults);
    expect(failures).toEqual([]);
    const tried = [...points.keys()].filter((point) => point.startsWith("mallory tries"));
    expect(tried).toHaveLength(kinds.length);
  });

  it("[SIM54] what is said again at the wrong time was said to the user who is signed in, and not to the one before", async () => {
    const people: PeopleConfig = {
      ...{ users: 2, spaceOwners: [-1], serverVersion: 0 },
      devices: [{ user: 0, kind: "tablet", version: 0 }],
    };
    const network = { ...calmNetwork, httpPerConnection: 1, cutPerMessage: 0.3 };
    const config = { devices: 1, spaces: 1, durationMs, network, limits: {}, people };
    const faults: readonly PlannedFault[] = [
      // Something has to happen before the app is open.
      { id: "compact", atMs: 100, type: "compact", space: 0, keep: 9 },
      { id: "out", atMs: 5_000, type: "sign-out", device: 0, pending: "keep", next: 1, afterMs: 100 },
      { id: "stale", atMs: 5_000, type: "garble", device: 0, garble: "stale", forMs: 50_000 },
    ];
    for (let seed = 1; seed <= 8; seed++) {
      const { failures } = await simulate({ seed, config, operations: [], faults }, { sqlite });
      expect(failures).toEqual([]);
    }
  });

  it("[SIM54] whatever comes from r0's side, what is on a device stays whole", async () => {
    for (const garble of [...garbleKinds, ...directedGarbleKinds]) {
      const faults = [1, 2].map(
        (device): PlannedFault => ({ id: `${device}`, atMs: 1_000, type: "garble", device, garble, forMs: 50_000 }),
      );
      const { failures, faults: struck } = await run(faults);
      expect(failures, garble).toEqual([]);
      expect(struck.get(`garbled: ${garble}`), garble).toBeGreaterThan(0);
    }
  });
});
