/** Stands for lib0/webcrypto: of the seed's making, good for tests and for nothing else. */
let state = 1;

export const subtle = {};

export function getRandomValues(array: Uint8Array | Uint32Array): typeof array {
  for (let i = 0; i < array.length; i++) array[i] = state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return array;
}
