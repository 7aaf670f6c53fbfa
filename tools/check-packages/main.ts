/**
 * Packs every package that is published, as npm would publish it, and asks of each tarball: do publint and attw accept it, does it hold what its
 * exports name and nothing of our tests, and does plain Node import it without our source condition?
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
// Inside node_modules, so that an unpacked package finds its dependencies and never the workspace's own links.
const place = join(root, "node_modules/.cache/holdfast/packed");

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** They import what only an app on React Native has: bundles of them are compiled for Hermes instead (tools/hermes). */
const notForNode: ReadonlySet<string> = new Set(["@holdfast/client/expo", "@holdfast/client/op-sqlite"]);

let problems = 0;

function complain(name: string, what: string): void {
  problems++;
  console.log(`${name}: ${what}`);
}

function run(
  program: string,
  parameters: readonly string[],
  cwd = root,
): { readonly ok: boolean; readonly text: string; readonly out: string } {
  const ended = spawnSync(program, parameters, { cwd, encoding: "utf8", maxBuffer: 1 << 26 });
  return { ok: ended.status === 0, out: ended.stdout, text: `${ended.stdout}${ended.stderr}`.trimEnd() };
}

function pack(folder: string, manifest: Manifest): string | undefined {
  const packed = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", place], join(root, folder));
  if (!packed.ok) {
    complain(manifest.name, packed.text);
    return undefined;
  }
  const answer = JSON.parse(packed.out) as readonly Packed[] | Readonly<Record<string, Packed>>;
  const described = Object.values(answer)[0];
  if (described === undefined) throw new Error(`npm pack says nothing about ${manifest.name}`);
  const paths = new Set(described.files.map((file) => file.path));
  for (const path of paths) {
    if (/\.test\.|\/reference\/|\/testing\/|tsbuildinfo|\.db$/.test(path)) complain(manifest.name, `${path} has no place in the package`);
  }
  const named = [
    ...Object.values(manifest.exports).flatMap((conditions) => Object.values(conditions)),
    ...Object.values(manifest.bin ?? {}),
  ];
  for (const path of named) {
    if (!paths.has(path.replace(/^\.\//, ""))) complain(manifest.name, `${path} is named in package.json and not in the package`);
  }
  return join(place, described.filename);
}

function unpack(tarball: string, name: string): void {
  const target = join(place, "node_modules", name);
  mkdirSync(target, { recursive: true });
  const unpacked = run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
  if (!unpacked.ok) complain(name, unpacked.text);
}

function judge(tarball: string, name: string): void {
  const publint = run("publint", ["run", tarball, "--strict"]);
  if (!publint.ok) complain(name, publint.text);
  const attw = run("attw", [tarball, "--profile", "esm-only", "--no-emoji", "--no-color"]);
  if (!attw.ok) complain(name, attw.text);
}

rmSync(place, { recursive: true, force: true });
mkdirSync(place, { recursive: true });
const manifests: Manifest[] = [];
for (const folder of readdirSync(join(root, "packages"))) {
  const manifest = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as Manifest;
  if (manifest.private === true) continue;
  const tarball = pack(join("packages", folder), manifest);
  if (tarball === undefined) continue;
  unpack(tarball, manifest.name);
  judge(tarball, manifest.name);
  manifests.push(manifest);
}
for (const manifest of manifests) {
  if (manifest.bin !== undefined) continue; // a program: importing it would run it
  for (const entry of Object.keys(manifest.exports)) {
    const specifier = join(manifest.name, entry);
    if (notForNode.has(specifier)) continue;
    const imported = run("node", ["--input-type=module", "--eval", `await import(${JSON.stringify(specifier)})`], place);
    if (!imported.ok) complain(manifest.name, `plain Node does not import ${specifier}: ${imported.text}`);
  }
}
console.log(`${manifests.length} packages packed, ${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;
