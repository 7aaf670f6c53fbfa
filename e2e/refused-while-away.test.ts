import { afterEach, describe, expect, it } from "vitest";
import { accept, refuse } from "@holdfast/server";
import { bundleProgram, startChild } from "./harness/child-process.ts";
import { linkFaults } from "./harness/link-faults.ts";
import type { ReplicaChildOptions } from "./harness/replica.child.ts";
import { openTestBed, type TestBed } from "./harness/test-bed.ts";
import { testSpace } from "./harness/test-replica.ts";
import { until } from "./harness/until.ts";

describe("a refusal that nobody was there to hear", () => {
  let bed: TestBed | undefined;
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
  });

  it("[SYS10][F22] reaches the app that comes back, once, stays with its payload, and is applied when it is retried with the right granted", async () => {
    let mayWrite = false;
    bed = await openTestBed({
      seed: 1,
      authorize: { operation: () => (mayWrite ? accept() : refuse("revoked", "You may not write here any more.")) },
    });
    // A process of its own writes twenty entries without a network, and is killed.
    const program = await bundleProgram("replica", bed.directory);
    const path = bed.directory.file("phone.db");
    const options: ReplicaChildOptions = {
      path,
      server: "http://127.0.0.1:1",
      mode: "socket",
      space: testSpace,
      user: "ann",
      device: "phone",
      life: 0,
      seed: 1,
      lanes: 1,
      pauseMsMax: 0,
      writesMax: 20,
    };
    const child = startChild(program, options, bed.directory);
    await child.line("D");
    await child.kill();
    const written = child.lines.filter((line) => line.startsWith("A ")).map((line) => line.slice(2));
    expect(written.length).toBe(20);
    // It comes back with a network, and its rights are gone.
    const device = await bed.device("phone", { faults: linkFaults({ connect: "reset" }) });
    const heard: number[] = [];
    device.replica.on("refused", ({ id }) => heard.push(id));
    expect(device.replica.status().pending).toBeGreaterThan(0);
    device.proxy.set(linkFaults({}));
    await until("all is answered", () => device.replica.status().pending === 0);
    const letters = device.replica.deadLetters.list();
    const idsOf = (list: typeof letters): readonly string[] =>
      list.flatMap(({ payload }) =>
        payload.type === "write" ? payload.changes.filter(({ collection }) => collection === "entries").map(({ record }) => record) : [],
      );
    expect([...new Set(idsOf(letters))]).toEqual(written);
    expect(letters.length).toBe(20);
    await until("told", () => heard.length === 20);
    expect([...heard].sort((a, b) => a - b)).toEqual(letters.map(({ id }) => id));
    expect(await device.replica.space(testSpace).entries.get(written[0] as string)).toBeUndefined();
    // A restart tells nothing twice, and forgets nothing.
    await device.reopen();
    let again = 0;
    device.replica.on("refused", () => again++);
    expect(device.replica.deadLetters.list().length).toBe(20);
    mayWrite = true;
    for (const { id } of letters) await device.replica.deadLetters.retry(id);
    await until("the retried ones are confirmed", () => device.replica.status().pending === 0);
    expect(again).toBe(0);
    expect(device.replica.deadLetters.list()).toEqual([]);
    await bed.converge();
    expect(await bed.verdict(written)).toEqual([]);
  });
});
