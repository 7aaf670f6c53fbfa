import { readFileSync } from "node:fs";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { drawPlan } from "../plan/draw-plan.ts";
import { directPlan } from "./directed-plan.ts";
import { mutants } from "./library.ts";
import { applyPatch, patchesOf } from "./mutant.ts";
import { trapsWithoutMutant } from "./traps-without-mutant.ts";

const root = new URL("../../../../", import.meta.url);
const traps = Array.from({ length: 25 }, (_, index) => `T${index + 1}`);

describe("the mutants' library", () => {
  it("[SIM30] every protection stands in the engine where its mutant says, once, and without it the file is still a program", () => {
    for (const mutant of mutants) {
      const sources = new Map<string, string>();
      for (const patch of patchesOf(mutant)) {
        expect(patch.replace, mutant.id).not.toBe(patch.find);
        const before = sources.get(patch.file) ?? readFileSync(new URL(patch.file, root), "utf8");
        sources.set(patch.file, applyPatch(patch, before));
      }
      // Read as a whole: a name that is private to no class is only then a mistake.
      for (const source of sources.values()) expect(() => transformSync(source, { loader: "ts" }), mutant.id).not.toThrow();
    }
  });

  it("[SIM30] a protection that is not there, or there twice, is told loudly", () => {
    const patch = { file: "a.ts", find: "keep();", replace: "" };
    expect(applyPatch(patch, "keep(); go();")).toBe(" go();");
    expect(() => applyPatch(patch, "go();")).toThrow("occurs 0 times in a.ts");
    expect(() => applyPatch(patch, "keep(); keep();")).toThrow("occurs 2 times in a.ts");
  });

  it("[SIM31] names are unique, there are at least sixty, and every trap has a mutant or a reason why not", () => {
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
    expect(mutants.length).toBeGreaterThanOrEqual(60);
    for (const { id, ids } of mutants) for (const each of ids) expect(each, id).toMatch(/^(T\d+|F\d\d|[DOEMSLR]\d)$/);
    const covered = new Set(mutants.flatMap(({ ids }) => ids));
    expect(traps.filter((trap) => !covered.has(trap)).sort()).toEqual(Object.keys(trapsWithoutMutant).sort());
  });

  it("[SIM33] a plan is bent by its seed and its direction alone, and keeps within them", () => {
    const mutant = mutants.find(({ id }) => id === "start-barrier");
    const direction = mutant?.directed ?? {};
    const plan = directPlan(drawPlan(7), direction);
    expect(directPlan(drawPlan(7), direction)).toEqual(plan);
    expect(directPlan(drawPlan(8), direction)).not.toEqual(plan);
    expect(new Set(plan.faults.map(({ type }) => type))).toEqual(new Set(["die-twice"]));
    expect([...plan.faults, ...plan.operations].every(({ atMs }) => atMs <= plan.config.durationMs)).toBe(true);
  });

  it("[SIM33] of faults that belong together the last strikes before the end, too, after which nobody waits for who is down", () => {
    const bent = mutants.filter(({ id }) => ["voids-of-another-kept-out", "withdrawn-though-said"].includes(id));
    expect(bent.length).toBe(2);
    for (const { id, directed = {} } of bent)
      for (let seed = 0; seed < 20; seed++) {
        const { config, faults } = directPlan(drawPlan(seed), directed);
        expect(faults.length, id).toBeGreaterThan(3);
        for (const { atMs } of faults) expect(atMs, id).toBeLessThanOrEqual(config.durationMs);
      }
  });

  it("[SIM33] nothing that a bent plan asks for is impossible: it would fail by itself, and hide what it is for", () => {
    for (const { id, directed } of mutants) {
      if (directed === undefined) continue;
      for (const seed of [1, 2, 3]) {
        const { config, operations } = directPlan(drawPlan(seed), directed);
        if (config.people !== undefined) expect(config.spaces, id).toBe(config.people.spaceOwners.length);
        for (const { space, effect, amount } of operations) {
          expect(space, id).toBeLessThan(config.spaces);
          if (effect === "spend") expect(amount, id).toBeGreaterThan(0);
        }
      }
    }
  });
});
