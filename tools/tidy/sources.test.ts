import { describe, expect, it } from "vitest";
import { listFiles, readText } from "./repository.ts";

const linesMax = 400;

/** Spelled apart, so that this file does not hold what it looks for. */
const machinePath = new RegExp(String.raw`(^|[\s"'\x60(=:])/(` + ["work", "home", "root", "Users"].join("|") + String.raw`)/[\w.-]`, "m");
const textFile = /\.(ts|js|cjs|mjs|json|md|proto|yaml|yml|sh|txt)$|(^|\/)(\.ci\/run|LICENSE|\.npmrc|\.gitignore)$/;

describe("sources", () => {
  const files = listFiles();

  it(`[TIDY4] stay below ${linesMax} lines`, () => {
    const sources = files.filter(
      (path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !/\.test\.ts$|\.generated\.ts$|_pb\.(d\.)?ts$/.test(path),
    );
    expect(sources.length).toBeGreaterThan(20);
    const long = sources.map((path) => [path, readText(path).split("\n").length - 1] as const).filter(([, lines]) => lines > linesMax);
    expect(long).toEqual([]);
  });

  it("[TIDY4] hold no path of anybody's machine", () => {
    expect(machinePath.test(`see "${"/ho"}me/ann/notes.db"`)).toBe(true);
    expect(machinePath.test("the framework and the /homework page, https://example.com/home/x")).toBe(false);
    expect(files.filter((path) => textFile.test(path) && machinePath.test(readText(path)))).toEqual([]);
  });

  it("[TIDY4] are named in kebab case, and for what they export", () => {
    const names = files.filter((path) => /^(packages|tools|bench|e2e)\/.*(?<!_pb(\.d)?)\.ts$/.test(path));
    const odd = names.filter((path) => !/^[a-z0-9-]+(\.[a-z0-9-]+)*\.ts$/.test(path.slice(path.lastIndexOf("/") + 1)));
    const vague = names.filter((path) => /\/(utils|helpers|common)\/|\/(utils|helpers|common|types|manager)\.ts$/.test(path));
    expect([...odd, ...vague]).toEqual([]);
  });
});
