import { chmodSync, chownSync, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { openReplica } from "@holdfast/client/node";
import { collection, defineSchema, register, text } from "@holdfast/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { serviceUser } from "./cluster/programs.ts";
import { freePorts, startService, untilReady } from "./cluster/service.ts";
import { createTempDir } from "./harness/temp-dir.ts";
import { makeImageLayout } from "./image-layout.ts";

/** That of `deploy/app/server.mjs`. */
const schema = defineSchema({
  version: 1,
  collections: { notes: collection({ title: register(z.string(), ""), body: text() }) },
});

describe("the image's layout", () => {
  it("[DEP3][CMD14] serves as another user, who can write nowhere but where the data are, and drains at SIGTERM", {
    timeout: 180_000,
  }, async () => {
    const directory = createTempDir("image");
    onTestFinished(() => directory.remove());
    chmodSync(directory.path, 0o755);
    const { folder, main, node } = makeImageLayout(directory.file("image"));
    // Nothing of tests, and no driver that nobody asked for.
    expect(existsSync(join(folder, "node_modules/vitest"))).toBe(false);
    expect(existsSync(join(folder, "node_modules/pg"))).toBe(true);
    const user = serviceUser();
    if (user !== undefined) chownSync(join(folder, "data"), user.uid, user.gid);
    const [port, metricsPort] = (await freePorts(2)) as [number, number];
    const server = startService({
      name: "image",
      command: node,
      args: [main, "serve", join(folder, "app/server.mjs")],
      logFile: directory.file("image.log"),
      environment: {
        NODE_ENV: "production",
        HOLDFAST_HOST: "127.0.0.1",
        HOLDFAST_PORT: String(port),
        HOLDFAST_METRICS_PORT: String(metricsPort),
        HOLDFAST_STORE: join(folder, "data/sync.db"),
        HOLDFAST_CONFIG: join(folder, "app/limits.json"),
      },
      user,
    });
    onTestFinished(() => server.signal("SIGKILL"));
    const url = `http://127.0.0.1:${port}`;
    await untilReady(server, async () => (await fetch(`${url}/ready`)).ok);
    const replica = await openReplica({
      schema,
      path: directory.file("device.db"),
      server: url,
      spaces: ["user:ann"],
      auth: () => "user:ann",
    });
    onTestFinished(() => replica.close());
    const written = await replica.write("user:ann", (tx) => tx.notes.create({ title: "from a device" }));
    expect(await written.confirmed).toEqual({ status: "confirmed" });
    expect(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()).toContain("\nholdfast_pushes_total 1\n");
    if (user !== undefined) expect(statSync(join(folder, "data/sync.db")).uid).toBe(user.uid);
    const startMs = performance.now();
    await server.signal("SIGTERM");
    expect(performance.now() - startMs).toBeLessThan(15_000);
    expect(server.log()).toMatch(/Stopped\.\n$/);
  });
});
