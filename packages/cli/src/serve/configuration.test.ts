import { describe, expect, it } from "vitest";
import { CommandError } from "../command-line.ts";
import { createTempDir } from "../testing/temp-dir.ts";
import { readConfiguration, type ServeOptions, variableOf } from "./configuration.ts";

function refusal(options: ServeOptions, environment: NodeJS.ProcessEnv = {}): string {
  try {
    readConfiguration(options, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError);
    return `${(error as CommandError).message} ${(error as CommandError).advice}`;
  }
  throw new Error("It was not refused.");
}

describe("a server's configuration", () => {
  it("[CMD13] takes the command line over the environment over what is built in", () => {
    const environment = { HOLDFAST_PORT: "9000", HOLDFAST_POSTGRES: "postgres://db/app", HOLDFAST_METRICS_PORT: "9464", HOLDFAST_HOST: "" };
    expect(readConfiguration({ port: "9001" }, environment)).toMatchObject({
      port: 9001,
      host: "127.0.0.1",
      postgres: "postgres://db/app",
      metricsPort: 9464,
      restored: "accept",
      limits: {},
    });
    expect(readConfiguration({}, {})).toMatchObject({ port: 8787, store: undefined, metricsPort: undefined });
    expect(variableOf("metrics-port")).toBe("HOLDFAST_METRICS_PORT");
  });

  it("[CMD13] reads limits and rates from a file, and names what does not exist", () => {
    const directory = createTempDir({
      "good.json": JSON.stringify({ limits: { waitingPushesMax: 5 }, rates: { perSeconds: 1, principal: { operations: 100 } } }),
      "limit.json": JSON.stringify({ limits: { waitingPushMax: 5 } }),
      "rate.json": JSON.stringify({ rates: { user: { operations: 1 } } }),
      "value.json": JSON.stringify({ limits: { waitingPushesMax: "5" } }),
      "broken.json": "{",
    });
    expect(readConfiguration({ config: directory.file("good.json") }, {})).toMatchObject({
      limits: { waitingPushesMax: 5 },
      rates: { perSeconds: 1, principal: { operations: 100 } },
    });
    expect(refusal({ config: directory.file("limit.json") })).toContain("waitingPushMax");
    expect(refusal({ config: directory.file("rate.json") })).toContain("user");
    expect(refusal({}, { HOLDFAST_CONFIG: directory.file("value.json") })).toContain("limits.waitingPushesMax");
    expect(refusal({ config: directory.file("broken.json") })).toContain("is no JSON");
    expect(refusal({ config: directory.file("none.json") })).toContain("There is no file");
  });

  it("[CMD13] refuses what cannot go together, and values that are none", () => {
    expect(refusal({ store: "a.db" }, { HOLDFAST_POSTGRES: "postgres://db/app" })).toContain("Both --store and --postgres");
    expect(refusal({ redis: "redis://r" })).toContain("--redis without --postgres");
    expect(refusal({ restored: "maybe" })).toContain("accept, quarantine or refuse");
    expect(refusal({ "metrics-port": "99999" })).toContain("from 0 to 65535");
  });
});
