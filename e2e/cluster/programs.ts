/** Where the programs of a cluster are. What is missing is installed, where that can be done, or named; it is never left out in silence. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ServiceUser } from "./service.ts";

/** On Debian, as root: that is what CI has. */
export function findProgram(name: string, debianPackage: string): string {
  const found = which(name);
  if (found !== undefined) return found;
  console.log(`… there is no ${name}: installing ${debianPackage}`);
  spawnSync("sh", [new URL("./install.sh", import.meta.url).pathname, debianPackage], { stdio: ["ignore", "ignore", "inherit"] });
  const installed = which(name);
  if (installed === undefined) throw new Error(`There is no ${name}. Install it: on Debian, apt-get install ${debianPackage}.`);
  return installed;
}

function which(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The folder with `initdb`, `postgres`, `pg_basebackup` and `pg_ctl`: the newest that Debian has installed, or those on the path. */
export function findPostgres(): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(root, version, "bin")).filter((folder) => existsSync(join(folder, "pg_basebackup")));
  if (folders[0] !== undefined) return folders[0];
  return join(findProgram("pg_basebackup", "postgresql"), "..");
}

/** Undefined where this process is not root: then everything runs as it does. */
export function serviceUser(): ServiceUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"])
    try {
      const [uid, gid] = ["-u", "-g"].map((option) => Number(execFileSync("id", [option, name], { encoding: "utf8", stdio: "pipe" })));
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      // The next one.
    }
  throw new Error("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as.");
}
