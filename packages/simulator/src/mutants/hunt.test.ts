import { describe, expect, it } from "vitest";
import type { HuntRequest } from "./hunt.ts";
import { startHunt } from "./start-hunt.ts";

const request = { directed: true, start: 1, seedsMax: 12, secondsMax: 60, shrinkMsMax: 0 } as const;

function hunt(mutant: string, mutated: boolean, change: Partial<HuntRequest> = {}) {
  return startHunt({ ...request, mutant, mutated, ...change });
}

/** Of some families one that two or three seeds find. Trap 21 has a test of the crash loop; the rest is `npm run simulate:mutants`. */
const quick = ["synchronous-normal", "register-by-arrival", "stamps-unbounded", "lost-access-keeps-rows"];

describe("the mutants' hunt", () => {
  it("[SIM32][T8][T1][T7][T12] with a protection gone the simulator finds a failure, and with it in place the same plans pass", {
    timeout: 180_000,
  }, async () => {
    for (const mutant of quick) {
      const found = await hunt(mutant, true);
      expect(found.found, mutant).toBe(true);
      const control = await hunt(mutant, false, { seedsMax: found.tried });
      expect(control, mutant).toMatchObject({ found: false, tried: found.tried });
    }
  });
});
