import { posix } from "node:path";
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
  const paths = listFiles();
  /** The root's, and that of the app whose packages are too many for everybody. */
  const locks = paths.filter((path) => /(^|\/)package-lock\.json$/.test(path));
  const lockOf = (manifest: string): string | undefined =>
    locks.filter((lock) => manifest.startsWith(posix.dirname(lock) === "." ? "" : `${posix.dirname(lock)}/`)).at(0);
  const wanted = paths
    .filter((path) => /(^|\/)package\.json$/.test(path))
    .flatMap((path) => {
      const manifest = readJson(path) as Manifest;
      return Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).map(([name, version]) => ({
        by: manifest.name,
        lock: lockOf(path),
        name,
        version,
      }));
    });

  it("[TIDY7] are pinned exactly", () => {
    expect(wanted.length).toBeGreaterThan(10);
    expect(
      wanted
        .filter(({ version }) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(({ by, name, version }) => `${by}: ${name} ${version}`),
    ).toEqual([]);
  });

  it("[TIDY7] have one version each under one lock", () => {
    expect(locks).toEqual(["apps/notes-native/package-lock.json", "package-lock.json"]);
    const versionsByName = new Map<string, Set<string>>();
    for (const { lock, name, version } of wanted) {
      const key = `${lock}: ${name}`;
      versionsByName.set(key, (versionsByName.get(key) ?? new Set()).add(version));
    }
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
    for (const lock of locks) expect(missingOptional(readJson(lock) as Lock)).toEqual([]);
  });
});
