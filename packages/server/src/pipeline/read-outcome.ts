import { assert, decodeOutcome, type Outcome } from "@holdfast/core/engine";

export function readOutcome(counter: number, bytes: Uint8Array): Outcome {
  const outcome = decodeOutcome(counter, bytes);
  assert(outcome.ok, "the store holds an outcome that this version wrote");
  return outcome.value;
}
