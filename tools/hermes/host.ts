/**
 * What React Native and the Hermes that it pins have, and the VM of this machine (0.12, of 2022, the newest that is published as a program)
 * has not. Nothing else is added: what is missing on a device must be missing here.
 */
const own = (target: object, name: string, value: unknown): void => {
  if (!(name in target)) Object.defineProperty(target, name, { value, writable: true, configurable: true });
};
const nothing = (): void => {};
// The host's: React Native's `setUpTimers.js` and `setUpGlobals.js`, and the console of its own.
own(globalThis, "queueMicrotask", (run: () => void) => void Promise.resolve().then(run));
own(globalThis, "console", { log: nothing, warn: nothing, error: nothing });
own(globalThis, "self", globalThis);
own(globalThis, "setInterval", nothing);
own(globalThis, "clearInterval", nothing);
own(globalThis, "clearTimeout", nothing);
// The engine's, since: `at` in 2022 (facebook/hermes ebe2915), `toReversed`, `toSpliced` and `with` in 2024 (pull 1286). `toSorted` it lacks.
function at(this: ArrayLike<unknown>, index: number): unknown {
  return this[index < 0 ? this.length + index : index];
}
for (const prototype of [Array.prototype, String.prototype, Object.getPrototypeOf(Uint8Array.prototype) as object])
  own(prototype, "at", at);
own(Array.prototype, "toReversed", function (this: unknown[]) {
  return [...this].reverse();
});
own(Array.prototype, "toSpliced", function (this: unknown[], ...rest: [number, number, ...unknown[]]) {
  const copy = [...this];
  copy.splice(...rest);
  return copy;
});
own(Array.prototype, "with", function (this: unknown[], index: number, value: unknown) {
  const copy = [...this];
  copy[index < 0 ? copy.length + index : index] = value;
  return copy;
});
export {};
