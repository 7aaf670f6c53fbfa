/** Which interesting states a step of the sync machine has reached. */
import type { CycleStep } from "@holdfast/client";
import { observeLink } from "./observe-link.ts";
import { observeSpaces } from "./observe-space.ts";
import type { Point } from "./points.ts";

export function* observeCycle(step: CycleStep): Generator<Point> {
  yield* observeLink(step);
  yield* observeSpaces(step);
}
