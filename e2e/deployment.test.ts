/**
 * What can be known of the deployment files without Docker: every path that they name is there and not ignored, every variable is one that is read,
 * nothing runs as root, and HAProxy takes its configuration. What the images do when they are built and started only Docker shows.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { serverLimits } from "@holdfast/server";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { findProgram } from "./cluster/programs.ts";

const root = new URL("../", import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const json = (path: string): Record<string, unknown> => JSON.parse(read(path)) as Record<string, unknown>;

/** Instructions with their continued lines put together, in stages. */
function parseDockerfile(): readonly { readonly instruction: string; readonly rest: string; readonly stage: number }[] {
  let stage = -1;
  return read("deploy/Dockerfile")
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [instruction = "", ...rest] = line.trim().split(/\s+/);
      if (instruction === "FROM") stage++;
      return { instruction, rest: rest.join(" "), stage };
    });
}

interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly stop_grace_period?: string;
}

const compose = parse(read("compose.yaml"), { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

describe("the image", () => {
  const lines = parseDockerfile();

  it("[DEP1] is made of files that are there and that the build is given", () => {
    const known = new Set(["FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT", "CMD"]);
    expect(lines.filter(({ instruction }) => !known.has(instruction))).toEqual([]);
    const ignored = read(".dockerignore").split("\n").filter(Boolean);
    const sources = lines
      .filter(({ instruction, rest }) => instruction === "COPY" && !rest.startsWith("--from"))
      .flatMap(({ rest }) => rest.split(" ").slice(0, -1));
    expect(sources.length).toBeGreaterThan(4);
    for (const source of sources) {
      expect([source, existsSync(join(root, source))]).toEqual([source, true]);
      expect([source, ignored.some((pattern) => pattern === source || source.startsWith(`${pattern}/`))]).toEqual([source, false]);
    }
    // Every workspace has to be there, or `npm ci` refuses.
    for (const workspace of json("package.json")["workspaces"] as readonly string[])
      expect([workspace, sources.some((source) => workspace === source || workspace.startsWith(`${source}/`))]).toEqual([workspace, true]);
  });

  it("[DEP1] runs as nobody in particular, without a shell between, and holds what is packed", () => {
    const last = lines.at(-1)?.stage;
    const final = lines.filter(({ stage }) => stage === last);
    const user = final.find(({ instruction }) => instruction === "USER")?.rest ?? "";
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const entry = JSON.parse(final.find(({ instruction }) => instruction === "ENTRYPOINT")?.rest ?? "null") as readonly string[];
    expect(entry[0]).toBe("node");
    expect(entry[1]?.endsWith(`/holdfast/${(json("packages/cli/package.json")["bin"] as { holdfast: string }).holdfast.slice(2)}`)).toBe(
      true,
    );
    expect(final.filter(({ instruction, rest }) => instruction === "COPY" && !rest.startsWith("--from"))).toEqual([]);
    const pins = { ...(json("deploy/image-package.json")["dependencies"] as Record<string, string>) };
    const own = json("package.json")["devDependencies"] as Record<string, string>;
    const packed = lines.find(({ rest }) => rest.includes("npm pack"))?.rest ?? "";
    for (const [name, pin] of Object.entries(pins)) {
      if (!pin.startsWith("file:")) expect([name, pin]).toEqual([name, own[name]]);
      else {
        const folder = name === "holdfast" ? "cli" : name.replace("@holdfast/", "");
        const { version } = json(`packages/${folder}/package.json`) as unknown as { readonly version: string };
        expect(pin).toBe(`file:/packed/${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
        expect(packed).toContain(`-w ${name}`);
      }
    }
    // What the command line needs of ours is all there.
    for (const name of Object.keys(json("packages/cli/package.json")["dependencies"] as Record<string, string>))
      if (name.startsWith("@holdfast/")) expect(Object.keys(pins)).toContain(name);
  });
});

describe("compose.yaml", () => {
  it("[DEP2] starts two instances, HAProxy, PostgreSQL twice and Redis, from files that are there", () => {
    const { services, volumes } = compose;
    expect(Object.keys(services).sort()).toEqual(["haproxy", "instance1", "instance2", "postgres1", "postgres2", "redis"]);
    for (const service of Object.values(services)) {
      for (const volume of service.volumes ?? []) {
        const [source = ""] = volume.split(":");
        expect([source, source.startsWith("./") ? existsSync(join(root, source)) : source in volumes]).toEqual([source, true]);
      }
      for (const other of Object.keys(service.depends_on ?? {})) expect(Object.keys(services)).toContain(other);
    }
    for (const script of ["primary.sh", "standby.sh"]) expect(statSync(join(root, "deploy/postgres", script)).mode & 0o111).toBe(0o111);
    for (const script of ["primary.sh", "standby.sh"]) execFileSync("bash", ["-n", join(root, "deploy/postgres", script)]);
  });

  it("[DEP2] gives an instance longer than a drain and a close take", () => {
    const graceMs = Number.parseInt(compose.services["instance1"]?.stop_grace_period ?? "0", 10) * 1_000;
    const { limits } = JSON.parse(read("deploy/app/limits.json")) as { readonly limits: Partial<typeof serverLimits> };
    const { drainNoticeMs, drainMsMax, closeMsMax } = { ...serverLimits, ...limits };
    expect(graceMs).toBeGreaterThan(drainNoticeMs + drainMsMax + closeMsMax);
  });

  it("[DEP2] gives HAProxy every variable that its configuration reads, and HAProxy takes it", () => {
    const environment = compose.services["haproxy"]?.environment ?? {};
    const text = read("deploy/haproxy.cfg");
    const needed = new Set([...text.matchAll(/"\$\{(\w+)\}"/g)].map((match) => match[1] as string));
    for (const name of text.matchAll(/^\.if defined\((\w+)\)/gm)) if (!(String(name[1]) in environment)) needed.delete(String(name[1]));
    expect(Object.keys(environment).sort()).toEqual([...needed].sort());
    const check = execFileSync(findProgram("haproxy", "haproxy"), ["-c", "-f", join(root, "deploy/haproxy.cfg")], {
      env: { PATH: process.env["PATH"], ...environment, HAPROXY_MAXCONN: "1000" },
      encoding: "utf8",
      stdio: "pipe",
    });
    expect(check).toContain("Configuration file is valid");
  });

  it("[DEP2] serves with limits and an app that the command line takes", async () => {
    const { readConfiguration, variableOf } = (await import(join(root, "packages/cli/src/serve/configuration.ts"))) as {
      readConfiguration(options: object, environment: object): { readonly postgres: string };
      variableOf(option: string): string;
    };
    const { environment = {} } = compose.services["instance1"] ?? {};
    const read = readConfiguration({}, { ...environment, HOLDFAST_CONFIG: join(root, "deploy/app/limits.json") });
    expect(read.postgres).toContain("@haproxy:5432/holdfast");
    const known = ["port", "host", "postgres", "redis", "metrics-port", "metrics-host", "config", "store", "restored"].map(variableOf);
    for (const name of Object.keys(environment)) expect(known).toContain(name);
  });
});
