import { openReplica } from "@holdfast/client/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { CommandError } from "../command-line.ts";
import { demoSchema } from "../demo/schema.ts";
import { captureOutput } from "../testing/captured-output.ts";
import { startCli } from "../testing/run-cli.ts";
import { createTempDir } from "../testing/temp-dir.ts";
import { serve } from "./serve.ts";

/** A module outside of the workspace cannot import packages of it: this one reaches the demo's schema by its address. */
const schemaLine = `export { demoSchema as schema } from ${JSON.stringify(new URL("../demo/schema.ts", import.meta.url).href)};\n`;
const buyPlan = `export const arbiters = { buyPlan: () => ({ type: "refuse", code: "closed", reason: "The shop is closed." }) };\n`;
const authenticate = `export const authenticate = async (token) => (token.startsWith("token of ") ? { id: token.slice(9) } : null);\n`;

async function refusal(args: readonly string[]): Promise<string> {
  const error = await serve.run(args, captureOutput()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CommandError);
  return `${(error as CommandError).message} ${(error as CommandError).advice}`;
}

describe("holdfast serve", () => {
  it("[CMD3] refuses a module without authenticate, and leaves no file behind", async () => {
    const directory = createTempDir({ "schema.mjs": schemaLine + buyPlan });
    const args = [directory.file("schema.mjs"), "--port", "0", "--store", directory.file("sync.db")];
    expect(await refusal(args)).toMatch(/exports no authenticate, so that anybody could read and write everything\. Export `authenticate/);
    expect(await refusal([...args, "--insecure", "--host", "0.0.0.0"])).toMatch(/everybody who reaches 0\.0\.0\.0/);
    expect(createTempDir().path).not.toBe(directory.path);
    const { existsSync } = await import("node:fs");
    expect(existsSync(directory.file("sync.db"))).toBe(false);
  });

  it("[CMD3] does not let --insecure override an authenticate that is there", async () => {
    const directory = createTempDir({ "schema.mjs": schemaLine + buyPlan + authenticate });
    expect(await refusal([directory.file("schema.mjs"), "--insecure"])).toContain("exports authenticate, and --insecure would ignore it");
  });

  it("[CMD4] names a module that cannot be served", async () => {
    const directory = createTempDir({
      "empty.mjs": "",
      "other.mjs": "export const shema = 1;",
      "wrong.mjs": "export const schema = { version: 1 };",
      "broken.mjs": "export const = 1;",
      "throws.mjs": 'throw new Error("no database here");',
      "odd.mjs": `${schemaLine}export const authenticate = "yes";`,
      "rule.mjs": `${schemaLine}export const authenticate = () => null; export const authorize = () => "write";`,
    });
    expect(await refusal([directory.file("none.mjs")])).toContain("There is no file");
    expect(await refusal([directory.file("empty.mjs")])).toContain("exports no `schema`, but nothing.");
    expect(await refusal([directory.file("other.mjs")])).toContain("exports no `schema`, but shema.");
    expect(await refusal([directory.file("wrong.mjs")])).toContain("was not made by defineSchema");
    expect(await refusal([directory.file("broken.mjs")])).toContain("cannot be loaded");
    expect(await refusal([directory.file("throws.mjs")])).toContain("cannot be loaded: no database here");
    expect(await refusal([directory.file("odd.mjs")])).toContain("`authenticate` that is no function");
    expect(await refusal([directory.file("rule.mjs")])).toContain("`authorize` without a function `space`");
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "[CMD5][CMD6] serves what a device writes into its own space, and ends in order at %s",
    async (signal) => {
      const directory = createTempDir({ "schema.mjs": schemaLine + buyPlan + authenticate });
      const args = [directory.file("schema.mjs"), "--port", "0", "--store", directory.file("sync.db")];
      const server = startCli("serve", ...args);
      const [, url] = await server.line(/ at (http:\S+\d)/);
      const replica = await openReplica({
        schema: demoSchema,
        path: directory.file("ann.db"),
        server: url as string,
        spaces: ["user:ann", "user:ben"],
        auth: () => "token of ann",
      });
      onTestFinished(() => replica.close());
      const written = await replica.write("user:ann", (tx) => tx.notes.create({ title: "Groceries" }));
      expect(await written.confirmed).toEqual({ status: "confirmed" });
      await replica.sync();
      expect(replica.status().spaces["user:ben"]?.access).toBe("none");
      server.signal(signal);
      const run = await server.ended;
      expect(run).toMatchObject({ code: 0, errors: "" });
      expect(run.out).toMatch(/Stopped\.\n$/);

      const again = startCli("serve", ...args);
      const [, next] = await again.line(/ at (http:\S+\d)/);
      const tablet = await openReplica({
        schema: demoSchema,
        path: directory.file("tablet.db"),
        server: next as string,
        spaces: ["user:ann"],
        auth: () => "token of ann",
      });
      onTestFinished(() => tablet.close());
      await tablet.sync();
      expect((await tablet.space("user:ann").notes.get(written.value))?.title).toBe("Groceries");
      again.signal(signal);
      expect((await again.ended).code).toBe(0);
    },
  );

  it("[CMD14][CMD13] drains at the first SIGTERM, is not ready meanwhile, and ends at once at the second", async () => {
    const directory = createTempDir({
      "schema.mjs": schemaLine + buyPlan + authenticate,
      "limits.json": JSON.stringify({ limits: { drainNoticeMs: 60_000 } }),
    });
    const args = [directory.file("schema.mjs"), "--port", "0", "--metrics-port", "0", "--store", directory.file("sync.db")];
    const server = startCli("serve", ...args, "--config", directory.file("limits.json"));
    const [, url] = await server.line(/ at (http:\S+\d)/);
    const [, figures] = await server.line(/Figures at (\S+metrics)/);
    const replica = await openReplica({
      schema: demoSchema,
      path: directory.file("ann.db"),
      server: url as string,
      spaces: ["user:ann"],
      auth: () => "token of ann",
    });
    onTestFinished(() => replica.close());
    expect(await (await replica.write("user:ann", (tx) => tx.notes.create({}))).confirmed).toEqual({ status: "confirmed" });
    expect(await (await fetch(figures as string)).text()).toContain("\nholdfast_ready 1\n");
    server.signal("SIGTERM");
    await server.line(/Stopping/);
    expect((await fetch(`${String(url)}/ready`)).status).toBe(503);
    // It still serves whom it has.
    expect(await (await replica.write("user:ann", (tx) => tx.notes.create({}))).confirmed).toEqual({ status: "confirmed" });
    const startMs = performance.now();
    server.signal("SIGTERM");
    expect((await server.ended).code).toBe(1);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it("[CMD3] with --insecure a token is a user's name", async () => {
    const directory = createTempDir({ "schema.mjs": schemaLine + buyPlan });
    const server = startCli("serve", directory.file("schema.mjs"), "--port", "0", "--store", directory.file("sync.db"), "--insecure");
    const [, url] = await server.line(/ at (http:\/\/127\.0\.0\.1:\d+)/);
    await server.line(/INSECURE/);
    const replica = await openReplica({
      schema: demoSchema,
      path: directory.file("ann.db"),
      server: url as string,
      spaces: ["team:7"],
      auth: () => "ann",
    });
    onTestFinished(() => replica.close());
    const written = await replica.write("team:7", (tx) => tx.notes.create({}));
    expect(await written.confirmed).toEqual({ status: "confirmed" });
    server.signal("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });
});
