import { describe, expect, it } from "vitest";
import { type Lock, entryFor, missingOptional } from "../lockfile/complete-optional.ts";
import { listFiles, readJson, readText } from "./repository.ts";

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

describe("dependencies", () => {
  const manifests = listFiles()
    .filter((path) => /(^|\/)package\.json$/.test(path))
    .map((path) => readJson(path) as Manifest);
  const wanted = manifests.flatMap((manifest) =>
    Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).map(([name, version]) => ({
      by: manifest.name,
      name,
      version,
    })),
  );

  it("[TIDY7] are pinned exactly", () => {
    expect(wanted.length).toBeGreaterThan(10);
    expect(
      wanted
        .filter(({ version }) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(({ by, name, version }) => `${by}: ${name} ${version}`),
    ).toEqual([]);
  });

  it("[TIDY7] have one version each in the whole repository", () => {
    const versionsByName = new Map<string, Set<string>>();
    for (const { name, version } of wanted) versionsByName.set(name, (versionsByName.get(name) ?? new Set()).add(version));
    expect([...versionsByName].filter(([, versions]) => versions.size > 1).map(([name]) => name)).toEqual([]);
  });

  it("[TIDY7] have their reasons in docs/decisions/0001-dependencies.md, and no reason stands there for nothing", () => {
    const reasons = [...readText("docs/decisions/0001-dependencies.md").matchAll(/^\| `([^`]+)` \|/gm)].map((row) => row[1] as string);
    const names = [...new Set(wanted.map(({ name }) => name).filter((name) => !name.startsWith("@holdfast/")))];
    expect([...reasons].sort()).toEqual(names.sort());
  });

  it("[TIDY7] are in the lock for every platform, or `npm ci` refuses it", () => {
    expect(entryFor("@x/cli-linux-x64-musl", "1.2.3", true)).toEqual({
      version: "1.2.3",
      optional: true,
      dev: true,
      os: ["linux"],
      cpu: ["x64"],
      libc: ["musl"],
    });
    expect(missingOptional({ packages: { "node_modules/a": { optionalDependencies: { "a-darwin-x64": "1.0.0" } } } })).toHaveLength(1);
    expect(missingOptional(readJson("package-lock.json") as Lock)).toEqual([]);
  });
});
