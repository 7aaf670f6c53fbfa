/**
 * `vitest` for a VM that has neither modules nor a console: what the property tests use of it, no more. Anything else throws, so that a test
 * that needs more is seen and not skipped.
 */
type Body = () => unknown;

const planned: { readonly title: string; readonly file: string; readonly body: Body }[] = [];
const groups: string[] = [];
let file = "";
/** Parts of titles, see left-out.ts. */
let leftOut: readonly string[] = [];

/** What follows is of this file. */
export function beginFile(path: string, titlesLeftOut: readonly string[]): void {
  file = path;
  leftOut = titlesLeftOut;
}

export function test(title: string, body: Body): void {
  if (leftOut.some((part) => title.includes(part))) print(`left out ${file} ${title}`);
  else planned.push({ title: [...groups, title].join(" > "), file, body });
}
test.each =
  (rows: readonly unknown[]) =>
  (title: string, body: (...values: unknown[]) => unknown): void => {
    for (const row of rows) test(`${title} ${String(row)}`, () => body(...(Array.isArray(row) ? (row as unknown[]) : [row])));
  };
export const it = Object.assign((title: string, body: Body): void => test(title, body), { each: test.each });

export function describe(title: string, body: () => void): void {
  groups.push(title);
  body();
  groups.pop();
}
describe.each =
  (rows: readonly unknown[]) =>
  (title: string, body: (...values: unknown[]) => void): void => {
    for (const row of rows) describe(`${title} ${String(row)}`, () => body(...(Array.isArray(row) ? (row as unknown[]) : [row])));
  };

/** Of the file and the groups in which they stand. */
const hooks: { readonly when: "before" | "after"; readonly file: string; readonly within: string; readonly body: Body }[] = [];
const hook =
  (when: "before" | "after") =>
  (body: Body): void =>
    void hooks.push({ when, file, within: groups.map((group) => `${group} > `).join(""), body });
export const beforeEach = hook("before");
export const afterEach = hook("after");

async function runHooks(wanted: "before" | "after", test: { readonly file: string; readonly title: string }): Promise<void> {
  for (const { when, file, within, body } of hooks)
    if (when === wanted && file === test.file && test.title.startsWith(within)) await body();
}

class Matching {
  readonly what: string;
  readonly matches: (value: unknown) => boolean;
  constructor(what: string, matches: (value: unknown) => boolean) {
    this.what = what;
    this.matches = matches;
  }
}

function fail(what: string): never {
  throw new Error(what);
}

function show(value: unknown): string {
  try {
    return value instanceof Error
      ? String(value)
      : (JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? `${each}n` : each)) ?? String(value)).slice(0, 300);
  } catch {
    return String(value);
  }
}

function expectation(actual: unknown, negated: boolean) {
  const check = (holds: boolean, what: string, expected?: unknown): void => {
    if (holds === negated) fail(`expected ${show(actual)} ${negated ? "not " : ""}${what} ${show(expected)}`);
  };
  return {
    toBe: (expected: unknown) => check(Object.is(actual, expected), "to be", expected),
    toEqual: (expected: unknown) => check(equal(actual, expected, false), "to equal", expected),
    toStrictEqual: (expected: unknown) => check(equal(actual, expected, true), "to equal", expected),
    toMatchObject: (expected: unknown) => check(holds(actual, expected), "to match", expected),
    toBeDefined: () => check(actual !== undefined, "to be defined"),
    toBeUndefined: () => check(actual === undefined, "to be undefined"),
    toBeLessThan: (expected: number) => check((actual as number) < expected, "<", expected),
    toBeLessThanOrEqual: (expected: number) => check((actual as number) <= expected, "<=", expected),
    toBeGreaterThan: (expected: number) => check((actual as number) > expected, ">", expected),
    toBeGreaterThanOrEqual: (expected: number) => check((actual as number) >= expected, ">=", expected),
    toHaveLength: (expected: number) => check((actual as { length: number }).length === expected, "to have length", expected),
    toBeInstanceOf: (expected: new () => unknown) => check(actual instanceof expected, "to be of", expected.name),
    toBeTypeOf: (expected: string) => check(typeof actual === expected, "to be of type", expected),
    toMatch: (expected: RegExp) => check(expected.test(String(actual)), "to match", String(expected)),
    toContain: (expected: unknown) =>
      check(
        typeof actual === "string" ? actual.includes(String(expected)) : [...(actual as Iterable<unknown>)].includes(expected),
        "to contain",
        expected,
      ),
    toContainEqual: (expected: unknown) =>
      check(
        [...(actual as Iterable<unknown>)].some((each) => equal(each, expected, false)),
        "to contain",
        expected,
      ),
    toThrow: (expected?: unknown) => {
      let thrown: unknown;
      let hasThrown = false;
      try {
        (actual as Body)();
      } catch (error) {
        thrown = error;
        hasThrown = true;
      }
      check(hasThrown && (expected === undefined || isError(thrown, expected)), `to throw (it threw ${show(thrown)})`, String(expected));
    },
  };
}

function isError(thrown: unknown, expected: unknown): boolean {
  if (expected instanceof Matching) return expected.matches(thrown);
  if (typeof expected === "function") return thrown instanceof (expected as new () => unknown);
  if (expected instanceof RegExp) return expected.test((thrown as Error).message);
  return (thrown as Error).message.includes(String(expected));
}

/** The second argument of `expect` says what it was about, and is not needed to fail. */
export function expect(actual: unknown, _about?: string) {
  return Object.assign(expectation(actual, false), {
    not: expectation(actual, true),
    resolves: later(() => Promise.resolve(actual)),
    rejects: later(() =>
      Promise.resolve(actual).then(
        (value) => fail(`expected a rejection and not ${show(value)}`),
        (error: unknown) => error,
      ),
    ),
  });
}

type Expectation = ReturnType<typeof expectation>;

/** The same expectations of what a promise comes to. */
function later(settle: () => Promise<unknown>): { readonly [N in keyof Expectation]: (expected?: unknown) => Promise<void> } {
  const names = Object.keys(expectation(undefined, false)) as (keyof Expectation)[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      async (expected?: unknown) => {
        const settled = await settle();
        (expectation(name === "toThrow" ? () => rethrow(settled) : settled, false)[name] as (expected?: unknown) => void)(expected);
      },
    ]),
  ) as never;
}

function rethrow(error: unknown): never {
  throw error;
}

/** Types are the compiler's business: `tsc` has checked them before anything runs here. */
export function expectTypeOf(): unknown {
  return new Proxy(() => expectTypeOf(), { get: () => expectTypeOf() });
}
expect.objectContaining = (expected: object) => new Matching("an object", (value) => holds(value, expected));
expect.stringContaining = (part: string) => new Matching("text", (value) => typeof value === "string" && value.includes(part));
expect.stringMatching = (pattern: RegExp) => new Matching("text", (value) => typeof value === "string" && pattern.test(value));
expect.unreachable = (why = "it was reached"): never => fail(why);

function equal(a: unknown, b: unknown, strict: boolean): boolean {
  if (b instanceof Matching) return b.matches(a);
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (ArrayBuffer.isView(a) !== ArrayBuffer.isView(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  if (a instanceof Map) return b instanceof Map && a.size === b.size && sameEntries([...a], [...b], strict);
  if (a instanceof Set)
    return b instanceof Set && a.size === b.size && [...a].every((x) => b.has(x) || [...b].some((y) => equal(x, y, strict)));
  if (a instanceof Error) return b instanceof Error && a.message === b.message;
  const keys = (value: object): string[] =>
    Object.keys(value).filter((key) => strict || (value as Record<string, unknown>)[key] !== undefined);
  const own = keys(a);
  return (
    own.length === keys(b).length &&
    own.every((key) => Object.hasOwn(b, key) && equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], strict))
  );
}

function sameEntries(a: readonly [unknown, unknown][], b: readonly [unknown, unknown][], strict: boolean): boolean {
  return a.every(([key, value]) => b.some(([otherKey, other]) => equal(key, otherKey, strict) && equal(value, other, strict)));
}

function holds(actual: unknown, expected: unknown): boolean {
  if (expected instanceof Matching) return expected.matches(actual);
  if (typeof expected !== "object" || expected === null || Array.isArray(expected) !== Array.isArray(actual))
    return equal(actual, expected, false);
  if (typeof actual !== "object" || actual === null) return false;
  if (Array.isArray(expected))
    return expected.length === (actual as unknown[]).length && expected.every((each, at) => holds((actual as unknown[])[at], each));
  return Object.entries(expected).every(([key, each]) => key in actual && holds((actual as Record<string, unknown>)[key], each));
}

declare const print: (text: string) => void;

/** One line a test, then one a file, then one that says that it came to the end. */
export async function runAll(): Promise<void> {
  let failed = 0;
  const msByFile = new Map<string, number>();
  for (const { title, file, body } of planned) {
    const startMs = Date.now();
    try {
      await runHooks("before", { file, title });
      try {
        await body();
      } finally {
        await runHooks("after", { file, title });
      }
      print(`ok ${file} ${title}`);
    } catch (error) {
      failed++;
      print(`FAILED ${file} ${title}\n${String((error as Error).stack ?? error).slice(0, 3_000)}`);
    }
    msByFile.set(file, (msByFile.get(file) ?? 0) + Date.now() - startMs);
  }
  for (const [file, ms] of msByFile) print(`took ${ms} ms ${file}`);
  print(`end: ${planned.length} run, ${failed} failed`);
}
