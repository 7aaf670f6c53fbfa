/** fast-check, with fewer runs a property: an interpreter of 2022 takes thirty times as long as Node, where every run is made. */
import fc from "fast-check-itself";

declare const __runsMax: number;

const assert = ((property: never, parameters: { numRuns?: number } = {}) =>
  fc.assert(property, { ...parameters, numRuns: Math.min(parameters.numRuns ?? 100, __runsMax) })) as typeof fc.assert;

// eslint-disable-next-line no-restricted-syntax -- tests import the default, as fast-check has it
export default { ...fc, assert };
