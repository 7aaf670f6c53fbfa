/**
 * `npm run lock`: writes the lock entries of optional packages for other machines that a registry mirror does not carry.
 * npm leaves a package out of the lock when it cannot read it, and `npm ci` then refuses the whole lock, also where the
 * package is of no use. The entry needs no more than the version, which the parent pins, and the machine it is for.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface LockEntry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

export interface Lock {
  packages: Record<string, LockEntry>;
}

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm", "arm64", "armv7", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** The places of the lock where an optional package of `parent` may stand, the nearest first. */
function placesOf(parent: string, name: string): readonly string[] {
  const places = [`${parent}/node_modules/${name}`];
  let rest = parent;
  while (rest.includes("/node_modules/")) {
    rest = rest.slice(0, rest.lastIndexOf("/node_modules/"));
    places.push(`${rest}/node_modules/${name}`);
  }
  places.push(`node_modules/${name}`);
  return places;
}

export function missingOptional(lock: Lock): readonly { readonly parent: string; readonly name: string; readonly version: string }[] {
  const missing: { parent: string; name: string; version: string }[] = [];
  for (const [parent, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!placesOf(parent, name).some((place) => place in lock.packages)) missing.push({ parent, name, version });
    }
  }
  return missing;
}

/** `undefined`: the name does not say which machine the package is for. */
export function entryFor(name: string, version: string, dev: boolean): LockEntry | undefined {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+$/.test(version)) return undefined;
  const entry: LockEntry = { version, optional: true, os: [os], cpu: [cpu === "armv7" ? "arm" : cpu] };
  if (dev) entry.dev = true;
  if (words.some((word) => word.startsWith("musl"))) entry.libc = ["musl"];
  else if (words.some((word) => word === "gnu" || word === "gnueabihf")) entry.libc = ["glibc"];
  return entry;
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock;
  for (const { parent, name, version } of missingOptional(lock)) {
    const entry = entryFor(name, version, lock.packages[parent]?.dev === true);
    if (entry === undefined) throw new Error(`${parent} wants ${name}@${version}, which is not in the lock and does not name a machine`);
    lock.packages[`node_modules/${name}`] = entry;
    console.log(`added ${name} ${version}`);
  }
  const byName = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
  lock.packages = Object.fromEntries(byName);
  writeFileSync("package-lock.json", `${JSON.stringify(lock, undefined, 2)}\n`);
}
