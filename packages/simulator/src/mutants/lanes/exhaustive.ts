/** Every short history of one data type after the other, on the core, in every order. */
import { alphabets } from "../../exhaustive/alphabet.ts";
import { runScope } from "../../exhaustive/run-scope.ts";
import type { OpenLane } from "./lane.ts";

const scope = { replicas: 3, writes: 3 } as const;

export const openExhaustive: OpenLane = async () => async (seed) => {
  const alphabet = alphabets[seed - 1];
  if (alphabet === undefined) return undefined;
  const [first] = runScope({ ...scope, alphabet }).failures;
  return first === undefined ? undefined : { checker: `every ${alphabet.type}`, detail: first };
};
