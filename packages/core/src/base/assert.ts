/** Words without a domain: a defect is our own bug, and nothing in the core catches one. */

/** Thrown by `assert` and `unreachable` only. A shell that meets one stops its replica and never writes again. */
export class Defect extends Error {
  override readonly name = "Defect";
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Defect(message);
}

/** Ends a `switch` over a union: adding a case without handling it does not compile. */
export function unreachable(_value: never): never {
  throw new Defect("unreachable");
}

/** For indexes that an invariant guarantees. */
export function defined<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new Defect(message);
  return value;
}
