/**
 * What a server runs with: the command line over the environment over a file over what is built in. A name that does not exist is an error
 * everywhere: a limit that is spelt wrongly would be one that is not there.
 */
import { existsSync, readFileSync } from "node:fs";
import { type Rates, type RestoredPolicy, serverLimits, type ServerLimits } from "@holdfast/server";
import { z } from "zod";
import { CommandError, readWholeNumber } from "../command-line.ts";

export interface Configuration {
  readonly port: number;
  readonly host: string;
  readonly store: string | undefined;
  readonly postgres: string | undefined;
  readonly redis: string | undefined;
  readonly metricsPort: number | undefined;
  readonly metricsHost: string;
  readonly restored: RestoredPolicy;
  readonly limits: Partial<ServerLimits>;
  readonly rates: Rates | undefined;
}

export interface ServeOptions {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly store?: string | undefined;
  readonly postgres?: string | undefined;
  readonly redis?: string | undefined;
  readonly "metrics-port"?: string | undefined;
  readonly "metrics-host"?: string | undefined;
  readonly config?: string | undefined;
  readonly restored?: string | undefined;
}

const budgets = z.strictObject({ operations: z.int().min(1).optional(), bytes: z.int().min(1).optional() });

/** The file: JSON. */
const fileSchema = z.strictObject({
  limits: z.partialRecord(z.enum(Object.keys(serverLimits) as [keyof ServerLimits]), z.number().min(0)).optional(),
  rates: z
    .strictObject({
      perSeconds: z.int().min(1).optional(),
      principal: budgets.optional(),
      space: budgets.optional(),
      instance: budgets.optional(),
    })
    .optional(),
});

const portBounds = { min: 0, max: 65_535 };

/** Of each option, its variable: `--metrics-port` is HOLDFAST_METRICS_PORT. */
export function variableOf(option: string): string {
  return `HOLDFAST_${option.toUpperCase().replaceAll("-", "_")}`;
}

export function readConfiguration(options: ServeOptions, environment: NodeJS.ProcessEnv): Configuration {
  const read = (name: keyof ServeOptions): string | undefined => {
    const value = options[name] ?? environment[variableOf(name)];
    return value === "" ? undefined : value;
  };
  const file = readFile(read("config"));
  const postgres = read("postgres");
  const store = read("store");
  if (postgres !== undefined && store !== undefined)
    throw new CommandError("Both --store and --postgres are given.", "A server keeps everything in one of them: leave out the other.");
  const redis = read("redis");
  if (redis !== undefined && postgres === undefined)
    throw new CommandError(
      "--redis without --postgres: a file belongs to one process, so there is no other instance to tell.",
      "Leave --redis out, or give --postgres.",
    );
  const restored = read("restored") ?? "accept";
  if (!isRestoredPolicy(restored)) throw new CommandError(`--restored is "${restored}".`, "It takes accept, quarantine or refuse.");
  return {
    restored,
    port: readWholeNumber("port", read("port"), portBounds) ?? 8787,
    host: read("host") ?? "127.0.0.1",
    store,
    postgres,
    redis,
    metricsPort: readWholeNumber("metrics-port", read("metrics-port"), portBounds),
    metricsHost: read("metrics-host") ?? "127.0.0.1",
    limits: file.limits ?? {},
    rates: file.rates as Rates | undefined,
  };
}

function isRestoredPolicy(text: string): text is RestoredPolicy {
  return text === "accept" || text === "quarantine" || text === "refuse";
}

function readFile(path: string | undefined): z.infer<typeof fileSchema> {
  if (path === undefined) return {};
  if (!existsSync(path)) throw new CommandError(`There is no file ${path}.`, "Name a JSON file with limits and rates.");
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new CommandError(`${path} is no JSON: ${error instanceof Error ? error.message : String(error)}.`, "Correct it.");
  }
  const checked = fileSchema.safeParse(content);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new CommandError(
    `${path} cannot be used: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}.`,
    "The limits are those of `serverLimits`, the rates `perSeconds`, `principal`, `space` and `instance`.",
  );
}
