import { spawn } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { HoldfastError } from "@holdfast/core";
import type { SqlitePort } from "@holdfast/core/engine";
import { describe, expect, it } from "vitest";
import { openNodeSqlite } from "../node/sqlite.ts";
import { eventually, space } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";
import { ScriptedR0 } from "../testing/scripted-r0.ts";

const bed = useBed();

/** A port that tells what it does. */
function traced(port: SqlitePort, trace: string[]): SqlitePort {
  return {
    ...port,
    run: (sql, parameters) => port.run(sql, parameters),
    all: (sql, parameters) => port.all(sql, parameters),
    transaction: (body) => {
      const result = port.transaction(body);
      trace.push("commit");
      return result;
    },
  };
}

describe("durability", () => {
  it("[DUR1][T8][F75] a write resolves after its commit, never before", async () => {
    const trace: string[] = [];
    const replica = await bed.open("a", { wrap: (port) => traced(port, trace) });
    trace.length = 0;
    await replica.write(space, (tx) => tx.notes.create({ title: "kept" })).then(() => trace.push("resolved"));
    expect(trace).toEqual(["commit", "resolved"]);
  });

  it("[DUR8] writes that wait together share one commit, and one that throws takes no other with it", async () => {
    const trace: string[] = [];
    const replica = await bed.open("a", { wrap: (port) => traced(port, trace) });
    trace.length = 0;
    const writes = Array.from({ length: 64 }, (_, i) =>
      replica.write(space, async (tx) => {
        if (i === 7) throw new Error("seven");
        return tx.notes.create({ title: `note ${i}` });
      }),
    );
    const settled = await Promise.allSettled(writes);
    expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(trace).toEqual(["commit"]);
    expect(await replica.space(space).notes.count()).toBe(63);
  });

  it("[DUR2][T22] a connection that forgets its settings is refused", async () => {
    const forgetful =
      (name: string, value: unknown) =>
      (port: SqlitePort): SqlitePort => ({
        ...port,
        all: (sql, parameters) => (sql === `PRAGMA ${name}` ? [{ [name]: value as never }] : port.all(sql, parameters)),
      });
    for (const [name, value] of [
      ["synchronous", 1],
      ["journal_mode", "delete"],
      ["locking_mode", "normal"],
    ] as const)
      await expect(bed.open("a", { wrap: forgetful(name, value) })).rejects.toMatchObject({ code: "store-unsafe" });
    await bed.open("a");
  });

  it("[DUR3][T21] every open commits before the transport is touched", async () => {
    const trace: string[] = [];
    const r0 = new ScriptedR0();
    const watched = Object.assign(Object.create(r0) as ScriptedR0, {});
    Object.defineProperty(watched, "transport", {
      value: { connect: (events: never) => (trace.push("connect"), r0.transport.connect(events)) },
    });
    const first = await bed.open("a", { r0: watched, wrap: (port) => traced(port, trace) });
    await eventually("it connects", () => trace.includes("connect"));
    expect(trace.indexOf("commit")).toBeLessThan(trace.indexOf("connect"));
    await first.close();
    trace.length = 0;
    await bed.open("a", { r0: watched, wrap: (port) => traced(port, trace) });
    await eventually("it connects again", () => trace.includes("connect"));
    expect(trace[0]).toBe("commit");
  });

  it("[DUR4][T14] a second owner is told store-locked", async () => {
    await bed.open("a");
    await expect(bed.open("a")).rejects.toMatchObject({ code: "store-locked" });
  });

  it("[DUR5][T18][F47] a full disk acknowledges nothing, shows nothing and uses up no counter", async () => {
    let full = false;
    const replica = await bed.open("a", {
      wrap: (port) => ({
        ...port,
        transaction: (body) =>
          port.transaction(() => {
            const result = body();
            if (full) throw new HoldfastError("store-full", "No space.", { origin: "disk", retry: true, advice: "Free some." });
            return result;
          }),
      }),
    });
    await replica.write(space, (tx) => tx.notes.create({ title: "before" }));
    const { pending } = replica.status();
    full = true;
    const refused = await Promise.allSettled([1, 2].map((i) => replica.write(space, (tx) => tx.notes.create({ title: `lost ${i}` }))));
    expect(refused.map((each) => each.status === "rejected" && (each.reason as HoldfastError).code)).toEqual(["store-full", "store-full"]);
    expect(await replica.space(space).notes.count()).toBe(1);
    expect(replica.status().pending).toBe(pending);
    full = false;
    await replica.write(space, (tx) => tx.notes.create({ title: "after" }));
    await replica.close();
    const again = await bed.open("a");
    expect((await again.space(space).notes.orderBy("title").all()).map(({ title }) => title)).toEqual(["after", "before"]);
    expect(again.status().pending).toBe(2 * pending);
  });

  it("[DUR6][T18][F51] a damaged file is told so, and stays as it is", async () => {
    const replica = await bed.open("a");
    await replica.write(space, (tx) => tx.notes.create({ title: "kept" }));
    await replica.close();
    const path = bed.file("a");
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 0, 4096);
    writeFileSync(path, bytes);
    await expect(bed.open("a")).rejects.toMatchObject({ code: "store-corrupt", origin: "disk" });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it("[DUR10] another program's file is left alone", async () => {
    const port = openNodeSqlite(bed.file("a"));
    port.run("CREATE TABLE customers (id)");
    port.close();
    await expect(bed.open("a")).rejects.toMatchObject({ code: "store-mismatch" });
    const again = openNodeSqlite(bed.file("a"));
    expect(again.all("SELECT name FROM sqlite_master WHERE type = 'table'").map((row) => row["name"])).toEqual(["customers"]);
    again.close();
  });

  it("[DUR9] opening looks at no record", async () => {
    const replica = await bed.open("a");
    for (let i = 0; i < 20; i++)
      await replica.write(space, (tx) => Array.from({ length: 50 }, (_, n) => tx.notes.create({ title: `${i} ${n}` })).length);
    await replica.close();
    let rows = 0;
    await bed.open("a", {
      wrap: (port) => ({
        ...port,
        all: (sql, parameters) => {
          const found = port.all(sql, parameters);
          rows += found.length;
          expect(sql.includes('"notes"') && sql.startsWith("SELECT")).toBe(false);
          return found;
        },
      }),
    });
    expect(rows).toBeLessThan(60);
  });

  it("[DUR13][F50] the log beside the file stays below its bound, however much is written and whoever looks on", async () => {
    const replica = await bed.open("a");
    let heard = 0;
    replica
      .space(space)
      .notes.limit(1)
      .subscribe(() => heard++);
    let walBytes = 0;
    for (let n = 0; n < 120; n++) {
      await replica.write(space, (tx) => void tx.notes.create({ data: "x".repeat(120_000) }, { id: `n${n}` }));
      walBytes = Math.max(walBytes, statSync(`${bed.file("a")}-wal`).size);
    }
    expect(heard).toBeGreaterThan(1);
    expect(walBytes).toBeGreaterThan(1 << 20);
    expect(walBytes).toBeLessThan(32 << 20);
  });

  it("[DUR11] writers that never rest leave the host's timers their turn", async () => {
    const replica = await bed.open("a");
    let stopped = false;
    let written = 0;
    const writers = Array.from({ length: 8 }, async () => {
      while (!stopped && written < 20_000) {
        await replica.write(space, (tx) => tx.notes.create({ title: "x" }));
        written++;
      }
    });
    await new Promise<void>((resolve) => setTimeout(resolve, 50));
    stopped = true;
    await Promise.all(writers);
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(20_000);
  });

  it("[DUR7][T8][T21] a child that is killed while it writes has every acknowledged write in its file, whole", {
    timeout: 60_000,
  }, async () => {
    const program = fileURLToPath(new URL("../testing/writing-child.ts", import.meta.url));
    const acknowledged: string[] = [];
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, ["--conditions=holdfast-source", program, bed.file("killed"), String(round)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let out = "";
      const killAfter = 5 + round * 17;
      await new Promise<void>((resolve) => {
        child.stdout.on("data", (chunk: Buffer) => {
          out += chunk.toString();
          if (out.split("\n").length > killAfter) child.kill("SIGKILL");
        });
        child.on("exit", () => resolve());
      });
      acknowledged.push(...out.split("\n").slice(0, -1));
    }
    const replica = await bed.open("killed");
    const titles = new Set((await replica.space(space).notes.all()).map(({ title }) => title));
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((title) => !titles.has(title))).toEqual([]);
    // Two records a transaction: never one without the other.
    const pairs = await replica.sql`SELECT count(*) AS n FROM notes GROUP BY title HAVING count(*) <> 2`.all();
    expect(pairs).toEqual([]);
    // Three operations a transaction, each with its own counter: none is missing and none is used twice.
    const [log] =
      await replica.sql`SELECT count(*) AS n, max(counter_last) AS last, sum(counter_last - counter_first + 1) AS width FROM _log`.all<{
        n: number;
        last: number;
        width: number;
      }>();
    expect(log?.width).toBe(log?.last);
  });
});
