/** Compiles the C disk model into an extension that SQLite loads, once for each state of its source. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type BuildFault = "no-compiler" | "no-headers" | "compile-failed";

/** The native lane cannot be built on this machine. It is never skipped in silence: a lane that did not run has shown nothing. */
export class ExtensionNotBuilt extends Error {
  override readonly name = "ExtensionNotBuilt";
  readonly code: BuildFault;

  constructor(code: BuildFault, message: string) {
    super(`${message} (${code})`);
    this.code = code;
  }
}

export interface BuildOptions {
  /** `cc` by default. */
  readonly compiler?: string;
  /** Where the extension is kept: a folder that git ignores. */
  readonly cache?: string;
}

const sources = fileURLToPath(new URL("../../native/", import.meta.url));
const usualCache = fileURLToPath(new URL("../../node_modules/.cache/native/", import.meta.url));
const flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"];
const advice = "Run packages/simulator/native/ensure-toolchain.sh, or install a C compiler and SQLite's headers (libsqlite3-dev).";

/** The extension's path. Throws `ExtensionNotBuilt`. */
export function buildExtension({ compiler = "cc", cache = usualCache }: BuildOptions = {}): string {
  const files = readdirSync(sources)
    .filter((name) => name.endsWith(".c") || name.endsWith(".h"))
    .sort();
  const folder = join(cache, fingerprintOf(files));
  // SQLite finds its entry point by the file's name.
  const extension = join(folder, "holdfastdisk.so");
  if (existsSync(extension)) return extension;
  mkdirSync(folder, { recursive: true });
  // Two processes may build at once: each under its own name, and the last one to finish puts the same bytes there.
  const unfinished = `${extension}.${process.pid}`;
  const units = files.filter((name) => name.endsWith(".c")).map((name) => join(sources, name));
  const { error, status, stderr } = spawnSync(compiler, [...flags, "-o", unfinished, ...units], { encoding: "utf8" });
  if (error !== undefined) throw new ExtensionNotBuilt("no-compiler", `"${compiler}" does not run: ${error.message}. ${advice}`);
  if (status !== 0) throw new ExtensionNotBuilt(faultOf(stderr), `${stderr.slice(0, 2_000)} ${advice}`);
  renameSync(unfinished, extension);
  return extension;
}

function faultOf(stderr: string): BuildFault {
  return /sqlite3(ext)?\.h/.test(stderr) && /No such file|not found/.test(stderr) ? "no-headers" : "compile-failed";
}

function fingerprintOf(files: readonly string[]): string {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${flags.join(" ")}`);
  for (const name of files) hash.update(name).update(readFileSync(join(sources, name)));
  return hash.digest("hex").slice(0, 16);
}
