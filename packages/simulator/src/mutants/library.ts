/** Every protection of the engine whose removal the simulator is asked to find. */
import { changeMutants } from "./library/change.ts";
import { databaseMutants } from "./library/database.ts";
import { deliveryMutants } from "./library/delivery.ts";
import { durabilityMutants } from "./library/durability.ts";
import { herdMutants } from "./library/herd.ts";
import { identityMutants } from "./library/identity.ts";
import { livenessMutants } from "./library/liveness.ts";
import { mergeMutants } from "./library/merge.ts";
import { refusalMutants } from "./library/refusals.ts";
import { trustMutants } from "./library/trust.ts";
import { withdrawalMutants } from "./library/withdrawals.ts";
import type { Mutant } from "./mutant.ts";

export const mutants: readonly Mutant[] = [
  ...durabilityMutants,
  ...identityMutants,
  ...deliveryMutants,
  ...mergeMutants,
  ...refusalMutants,
  ...withdrawalMutants,
  ...livenessMutants,
  ...herdMutants,
  ...trustMutants,
  ...changeMutants,
  ...databaseMutants,
];

/** Throws for an id that there is not. */
export function findMutant(id: string): Mutant {
  const mutant = mutants.find((each) => each.id === id);
  if (mutant === undefined) throw new Error(`There is no mutant "${id}".`);
  return mutant;
}
