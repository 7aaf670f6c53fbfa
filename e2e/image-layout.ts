/**
 * The layout of the image of `deploy/Dockerfile` in a folder, by the same steps but for the registry: our packages packed as they would be published
 * and unpacked, and of others what these say they need, copied from this workspace and nothing more.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

export interface ImageLayout {
  /** `/` of the image. */
  readonly folder: string;
  /** What the image's ENTRYPOINT runs, and with what. */
  readonly main: string;
  readonly node: string;
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const root = new URL("../", import.meta.url).pathname;
const packages = ["core", "client", "server", "simulator", "cli"];

export function makeImageLayout(folder: string): ImageLayout {
  const modules = join(folder, "holdfast/node_modules");
  const packed = join(folder, "packed");
  mkdirSync(modules, { recursive: true });
  mkdirSync(packed, { recursive: true });
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "packages/cli"], { cwd: root, stdio: "pipe" });
  execFileSync(
    "npm",
    ["pack", "--silent", "--ignore-scripts", "--pack-destination", packed, ...packages.flatMap((name) => ["-w", `packages/${name}`])],
    { cwd: root, stdio: "pipe" },
  );
  const wanted: string[] = [];
  const { dependencies } = read(join(root, "deploy/image-package.json"));
  for (const [name, pin] of Object.entries(dependencies ?? {})) {
    if (!pin.startsWith("file:")) {
      wanted.push(name);
      continue;
    }
    const place = join(modules, name);
    mkdirSync(place, { recursive: true });
    execFileSync("tar", ["xzf", join(packed, pin.replace("file:/packed/", "")), "--strip-components=1", "-C", place]);
    wanted.push(...Object.keys(read(join(place, "package.json")).dependencies ?? {}));
  }
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const place = join(modules, name);
    if (existsSync(place)) continue;
    const from = join(root, "node_modules", name);
    cpSync(from, place, { recursive: true, dereference: true });
    wanted.push(...Object.keys(read(join(from, "package.json")).dependencies ?? {}));
  }
  mkdirSync(join(folder, "app"));
  mkdirSync(join(folder, "data"));
  for (const file of readdirSync(join(root, "deploy/app"))) cpSync(join(root, "deploy/app", file), join(folder, "app", file));
  symlinkSync("holdfast/node_modules", join(folder, "node_modules"));
  // Wherever this one lies, another user may not be let in there.
  mkdirSync(join(folder, "bin"));
  cpSync(process.execPath, join(folder, "bin/node"), { dereference: true });
  return { folder, node: join(folder, "bin/node"), main: join(modules, "holdfast/dist/main.js") };
}

function read(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}
