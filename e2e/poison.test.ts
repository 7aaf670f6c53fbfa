import { afterEach, describe, expect, it } from "vitest";
import { accept, type OperationView, refuse } from "@holdfast/server";
import { bundleProgram, type Child, startChild } from "./harness/child-process.ts";
import { startFaultProxy } from "./harness/fault-proxy.ts";
import { linkFaults } from "./harness/link-faults.ts";
import { messageName } from "./harness/message-name.ts";
import type { ServerChildOptions } from "./harness/server.child.ts";
import { openTestBed, type TestBed } from "./harness/test-bed.ts";
import { openTestReplica, quickCycle, type Replica, testSpace } from "./harness/test-replica.ts";
import { readServerFile } from "./harness/space-state.ts";
import { createTempDir } from "./harness/temp-dir.ts";
import { until } from "./harness/until.ts";

const cycle = {
  ...quickCycle,
  backoffBaseMs: 5,
  backoffCapMs: 40,
  poisonAttemptsMax: 3,
  poisonClosuresMax: 4,
  breaker: { ...quickCycle.breaker, cooldownMs: 50 },
};
const offline = linkFaults({ connect: "reset" });

/** F10's outbox: 50 that are fine, the poison, 50 that are fine, and one that builds on the poison. */
async function writeOutbox(replica: Replica, poison: string): Promise<readonly string[]> {
  const independent: string[] = [];
  const writeFine = async (from: number): Promise<void> => {
    for (let index = from; index < from + 50; index++) {
      const id = `ok-${poison}-${index}`;
      await replica.write(testSpace, (tx) => {
        tx.boards.create({ title: id }, { id });
      });
      independent.push(id);
    }
  };
  await writeFine(0);
  await replica.write(testSpace, (tx) => {
    tx.boards.create({ title: "poison" }, { id: poison });
  });
  await writeFine(50);
  await replica.write(testSpace, (tx) => {
    tx.boards.update(poison, { note: "child" });
    tx.boards.create({ title: "beside the child" }, { id: `beside-${poison}` });
  });
  return independent;
}

async function letterRecords(replica: Replica): Promise<readonly (readonly string[])[]> {
  const letters = replica.deadLetters.list();
  return letters.map(({ payload }) =>
    payload.type === "write" ? [...new Set(payload.changes.map(({ record }) => record))] : [payload.intent],
  );
}

describe("poison", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  for (const how of ["refuse", "throw"] as const)
    it(`[SYS8][F10][T9] an operation at which the server's rule says ${how} lands in dead letters with what builds on it, and the rest lands`, async () => {
      const poison = `${how}-me`;
      let asked = 0;
      let healed = false;
      bed = await openTestBed({
        seed: 1,
        limits: { retryAfterMs: 20 },
        authorize: {
          operation: (_user: unknown, { record }: OperationView) => {
            if (record !== poison || healed) return accept();
            asked++;
            if (how === "throw") throw new Error("a defect in an app's rule");
            return refuse("not-yours", "Only the owner may do this.");
          },
        },
      });
      const device = await bed.device("phone", { faults: offline, replica: { sync: cycle } });
      const other = await bed.device("tablet");
      const { replica } = device;
      const refused: string[] = [];
      replica.on("refused", ({ code }) => refused.push(code));
      const independent = await writeOutbox(replica, poison);
      device.proxy.set(linkFaults({}));
      await until("the outbox is answered", () => replica.status().pending === 0);
      expect(await letterRecords(replica)).toEqual([[poison], [poison, `beside-${poison}`]]);
      const [first, second] = replica.deadLetters.list();
      expect(first?.reason).not.toBe("");
      if (how === "refuse") expect(first).toMatchObject({ code: "not-yours", reason: "Only the owner may do this." });
      expect(second?.code).toBe("depends-on-refused");
      expect(refused.length).toBe(2);
      expect(asked).toBeLessThanOrEqual(how === "refuse" ? 1 : cycle.poisonAttemptsMax + 1);
      expect(asked).toBeGreaterThan(0);
      expect(replica.status()).toMatchObject({ pending: 0, refused: 2 });
      // The device does not go on showing what was refused.
      expect(await replica.space(testSpace).boards.get(poison)).toBeUndefined();
      expect(await replica.space(testSpace).boards.get(`beside-${poison}`)).toBeUndefined();
      await until(
        "the other device has the rest",
        async () => (await other.replica.space(testSpace).boards.get(independent[99] as string)) !== undefined,
      );
      // Whatever was wrong is put right, and the app decides: the one again, the other not.
      healed = true;
      await replica.deadLetters.retry(first?.id as number);
      await replica.deadLetters.discard(second?.id as number);
      await until("the retried one lands", async () => (await other.replica.space(testSpace).boards.get(poison)) !== undefined);
      await bed.converge();
      const { r0, devices } = await bed.states();
      expect([...r0.rows("boards").keys()].sort()).toEqual([...independent, poison].sort());
      for (const state of devices.values()) expect(state.digest).toBe(r0.digest);
    });

  it("[SYS8][F10][T9] an operation that crashes the server's process is set aside, and the rest lands", { timeout: 60_000 }, async () => {
    const directory = createTempDir("poison");
    const program = await bundleProgram("server", directory);
    const path = directory.file("r0.db");
    let port = 0;
    let crashes = 0;
    let stopping = false;
    let child: Child | undefined;
    const start = async (): Promise<void> => {
      const options: ServerChildOptions = { path, port };
      const started = startChild(program, options, directory);
      child = started;
      port = Number(await started.line("P "));
      void started.exited.then(({ code }) => {
        if (code === 86) crashes++;
        if (!stopping) void start();
      });
    };
    await start();
    const proxy = await startFaultProxy({ target: port, seed: 1, faults: offline });
    const replica = await openTestReplica(directory.file("phone.db"), proxy.url, { replica: { sync: cycle } });
    try {
      const independent = await writeOutbox(replica, "crash-me");
      proxy.set(linkFaults({}));
      await until("the outbox is answered", () => replica.status().pending === 0, 45_000);
      expect(await letterRecords(replica)).toEqual([["crash-me"], ["crash-me", "beside-crash-me"]]);
      // Seven halvings of a batch of 102 until it stands alone, and its attempts as one.
      expect(crashes).toBeLessThanOrEqual(8 + cycle.poisonClosuresMax);
      expect(crashes).toBeGreaterThan(0);
      await replica.close();
      stopping = true;
      await child?.stop();
      const r0 = await readServerFile(path, testSpace);
      expect([...r0.rows("boards").keys()].sort()).toEqual([...independent].sort());
    } finally {
      stopping = true;
      await replica.close();
      await proxy.close();
      await child?.kill();
      directory.remove();
    }
  });

  for (const lostWith of ["the process", "the link"] as const)
    it(`[SYS9][F15] of a hundred operations two are refused: their transactions go, all others stay, also if the answer is lost with ${lostWith}`, async () => {
      bed = await openTestBed({
        seed: 1,
        authorize: {
          operation: (_user: unknown, { record }: OperationView) => (record.startsWith("refuse") ? refuse("no", "No.") : accept()),
        },
      });
      const device = await bed.device("phone", { faults: offline });
      const applied: string[] = [];
      const groups = [...Array.from({ length: 37 }, () => 1), 5, ...Array.from({ length: 58 }, () => 1)];
      let operation = 0;
      for (const size of groups) {
        const ids = Array.from({ length: size }, () => {
          operation++;
          return operation === 7 || operation === 40 ? `refuse-${operation}` : `fine-${operation}`;
        });
        await device.replica.write(testSpace, (tx) => {
          for (const id of ids) tx.boards.create({}, { id });
        });
        if (!ids.some((id) => id.startsWith("refuse"))) applied.push(...ids);
      }
      expect([operation, applied.length]).toEqual([100, 94]);
      // Three times with the link: by then the device pushes in smaller batches than the one that was answered.
      const losses = lostWith === "the link" ? 3 : 1;
      let lost = 0;
      device.proxy.set(
        linkFaults({ decide: (message) => (messageName(message) === "pushed" && ++lost <= losses ? "cut-before" : undefined) }),
      );
      await until("the replies are lost", () => lost >= losses);
      // The process ends between the answer and its being written down; a new one asks again.
      if (lostWith === "the process") await device.reopen();
      await until("answered", () => device.replica.status().pending === 0);
      expect(await letterRecords(device.replica)).toEqual([["refuse-7"], ["fine-38", "fine-39", "refuse-40", "fine-41", "fine-42"]]);
      await bed.converge();
      const { r0, devices } = await bed.states();
      expect([...r0.rows("boards").keys()].sort()).toEqual([...applied].sort());
      expect(devices.get("phone")?.digest).toBe(r0.digest);
    });
});
