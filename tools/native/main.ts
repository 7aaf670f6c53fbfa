/**
 * `npm run native`: the Expo app over the real packages, which no other check installs. Installs them if the lock has changed, type-checks the app
 * and with it our adapters, runs the storage suite over expo-sqlite's own JavaScript, lints the app, bundles it for both systems with Metro, and has
 * what came out compiled: for one system by Expo, with the compiler of the app's own React Native, for the other with the compiler of the newest.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("../../", import.meta.url));
const app = join(root, "apps/notes-native");
const place = join(root, "node_modules/.cache/holdfast/native");
const platform = { linux: "linux64-bin", darwin: "osx-bin", win32: "win64-bin" }[process.platform as "linux"];
const newestCompiler = join(root, "node_modules/hermes-compiler/hermesc", platform, "hermesc");

/** Of Hermes bytecode, in the first eight bytes, least significant first. */
const bytecodeMagic = 0x1f1903c103bc1fc6n;
/** Of one step: the first bundle takes a minute where nothing else runs. */
const stepMsMax = 600_000;

let failed = 0;
let passed = 0;

function step(name: string, body: () => string): void {
  const startMs = performance.now();
  let said: string;
  let ok = true;
  try {
    said = body();
    passed++;
  } catch (error) {
    ok = false;
    failed++;
    said = `\n${error instanceof Error ? error.message : String(error)}`;
  }
  console.log(`${ok ? "✓" : "✗"} ${name}  ${((performance.now() - startMs) / 1000).toFixed(1)} s${said === "" ? "" : `  ${said}`}`);
}

function run(program: string, parameters: readonly string[], cwd: string): string {
  const ended = spawnSync(program, parameters, {
    cwd,
    encoding: "utf8",
    timeout: stepMsMax,
    maxBuffer: 1 << 26,
    // Nothing is asked of anybody's service, and no question of a person.
    env: { ...process.env, CI: "1", EXPO_OFFLINE: "1", EXPO_NO_TELEMETRY: "1", EXPO_NO_DOTENV: "1" },
  });
  const text = `${ended.stdout}${ended.stderr}`.trimEnd();
  if (ended.status !== 0) throw new Error(text === "" ? String(ended.error) : text);
  return text;
}

const inApp = (...path: string[]): string => join(app, "node_modules", ...path);
const inRoot = (...path: string[]): string => join(root, "node_modules", ...path);

function install(): string {
  const stamp = inApp(".holdfast-lock");
  const lock = createHash("sha256")
    .update(readFileSync(join(app, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return "nothing to do";
  // Install scripts would build for a device; nothing of that is used here.
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], app);
  writeFileSync(stamp, lock);
  return "";
}

function bundle(system: "android" | "ios", asBytecode: boolean): string {
  const target = join(place, system);
  const parameters = ["export", "--platform", system, "--output-dir", target, ...(asBytecode ? [] : ["--no-bytecode"])];
  run("node", [inApp("expo/bin/cli"), ...parameters], app);
  const folder = join(target, "_expo/static/js", system);
  const [file, ...others] = readdirSync(folder).filter((name) => /\.(js|hbc)$/.test(name));
  if (file === undefined || others.length > 0) throw new Error(`One bundle was expected in ${folder}, and there are ${others.length + 1}.`);
  return join(folder, file);
}

function describeBytecode(path: string): string {
  const bytes = readFileSync(path);
  if (bytes.length < 12 || bytes.readBigUInt64LE(0) !== bytecodeMagic) throw new Error(`${path} is no bytecode`);
  return `bytecode version ${bytes.readUInt32LE(8)}, ${kilobytes(bytes.length)}, ${kilobytes(gzipSync(bytes).length)} compressed`;
}

const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(0)} kB`;

rmSync(place, { recursive: true, force: true });
mkdirSync(place, { recursive: true });
step("packages of the app", install);
if (failed === 0) {
  step("types, ours among the real ones", () => run("node", [inRoot("typescript/bin/tsc"), "-p", app], root));
  step("the adapter over expo-sqlite's own JavaScript", () =>
    run("node", ["--conditions=holdfast-source", "tools/native/real-expo-sqlite.ts"], root),
  );
  step("lint", () => run("node", [inRoot("eslint/bin/eslint.js"), "--config", "tools/native/eslint.config.js", "apps/notes-native"], root));
  step("Android, as bytecode", () => describeBytecode(bundle("android", true)));
  step("iOS, compiled with the newest compiler", () => {
    const script = bundle("ios", false);
    const out = join(place, "ios.hbc");
    run(newestCompiler, ["-O", "-w", "-emit-binary", "-out", out, script], root);
    return `${describeBytecode(out)}; as JavaScript ${kilobytes(statSync(script).size)}`;
  });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
