import { afterEach, describe, expect, it } from "vitest";
import { replicaId, TestReplica } from "../testing/test-replica.ts";
import { openTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer | undefined;
afterEach(() => server?.dispose());

const item = "an item of 18 bytes";

describe("a record that grows", () => {
  it("[SRV34][F68] beyond what a page can carry is refused by name, whoever writes, and can be deleted", async () => {
    server = await openTestServer({ limits: { recordBytesMax: 6_000 } });
    const writer = new TestReplica(replicaId(1));
    const client = await server.connect(writer);
    await writer.write((tx) => void tx.notes.create({ title: "a" }, { id: "n" }));
    for (let i = 0; i < 300; i++) await writer.write((tx) => tx.notes.list("n", "checklist").push(`${item} ${i}`.slice(0, 20)));
    const { outcomes } = await client.push();
    const refused = outcomes.filter((outcome) => outcome.type === "refused");
    expect(refused.length).toBeGreaterThan(20);
    expect(refused[0]).toMatchObject({ code: "too-large" });
    const { stateBytes } = await server.server.inspect("s");
    expect(stateBytes).toBeGreaterThan(5_500);
    expect(stateBytes).toBeLessThanOrEqual(6_000);
    const space = server.server.space("s");
    const growing = space.write((tx) => {
      for (let i = 0; i < 100; i++) tx.notes.list("n", "checklist").push(`more ${i}`);
    });
    await expect(growing).rejects.toMatchObject({ code: "too-large" });
    await space.write((tx) => tx.notes.delete("n"));
    expect(await space.write((tx) => tx.notes.get("n"))).toBeUndefined();
  });
});
