import { readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { HoldfastError } from "@holdfast/core";
import { counterLattice, type Transaction } from "@holdfast/core/engine";
import type { Conflict, DeadLetter } from "./index.ts";
import { openNodeSqlite } from "./node/sqlite.ts";
import type { Replica } from "./replica.ts";
import { eventually, OtherDevice, space, type TestSchema } from "./testing/bed.ts";
import { useBed } from "./testing/use-bed.ts";
import { ScriptedR0 } from "./testing/scripted-r0.ts";

const bed = useBed();

const note = "n1";

function isForbidden({ body }: Transaction): boolean {
  return (
    body.type === "operations" &&
    body.operations.some(({ field, delta }) => field === "title" && new TextDecoder().decode(delta).includes("forbidden"))
  );
}

describe("what r0 says", () => {
  it("[CLI12][T11][F04][F18] a page is one change: nobody sees part of a transaction, or the rows without the cursor", async () => {
    const other = new OtherDevice("b");
    bed.r0.append(
      space,
      other.write((tx) => void (tx.notes.create({ title: "one" }, { id: "a" }), tx.notes.create({ title: "two" }, { id: "b" }))),
    );
    bed.r0.append(
      space,
      other.write((tx) => void (tx.notes.update("a", { title: "three" }), tx.notes.delete("b"))),
    );
    const committed = new Set<string>();
    const replica = await bed.open("a", {
      r0: bed.r0,
      wrap: (port) => ({
        ...port,
        transaction: (body) => {
          const result = port.transaction(body);
          if (port.all("SELECT 1 FROM sqlite_master WHERE name = 'notes'").length > 0)
            committed.add(
              [...port.all("SELECT title FROM notes"), ...port.all("SELECT sequence FROM _spaces")]
                .map((row) => String(Object.values(row)[0]))
                .join(" "),
            );
          return result;
        },
      }),
    });
    const seen: string[][] = [];
    replica.space(space).notes.subscribe((rows) => seen.push(rows.map(({ title }) => title)));
    await replica.sync();
    expect(seen).toEqual([[], ["three"]]);
    expect([...committed]).toEqual(["", "0", "three 2"]);
    expect(replica.status().spaces[space]?.sequence).toBe(2);
  });

  it("[DUR14][T18] a replica whose change log has lost rows behind SQLite's back stops there, and does not ask r0 again and again", async () => {
    for (const lost of [0, 1]) {
      const server = new ScriptedR0();
      const replica = await bed.open(`lost-${lost}`);
      for (const title of ["one", "two", "three"]) await replica.write(space, (tx) => tx.notes.create({ title }));
      await replica.close();
      const port = openNodeSqlite(bed.file(`lost-${lost}`));
      port.run(`DELETE FROM _log WHERE counter_first = (SELECT counter_first FROM _log ORDER BY 1 LIMIT 1 OFFSET ${lost})`);
      port.close();
      const again = await bed.open(`lost-${lost}`, { r0: server, onError: () => {} });
      await eventually("it has stopped", () => again.status().phase === "stopped");
      expect(await again.space(space).notes.count()).toBe(3);
      expect(server.spaces.get(space)?.stream.length ?? 0).toBe(lost);
      expect(server.received.filter(({ type }) => type === "push").length).toBeLessThanOrEqual(2);
    }
  });

  it("[DUR14][T18] a replica whose change log a disk has made another's stops there, and does not offer it again and again", async () => {
    const server = new ScriptedR0();
    const replica = await bed.open("a");
    await replica.write(space, (tx) => tx.notes.create({ title: "one" }));
    await replica.close();
    const port = openNodeSqlite(bed.file("a"));
    const id = replica.id.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
    const bytes = (port.all("SELECT bytes FROM _log")[0]?.["bytes"] as Uint8Array).slice();
    const at = bytes.findIndex((_, start) => id.every((byte, index) => bytes[start + index] === byte));
    bytes[at + 5] = (bytes[at + 5] ?? 0) ^ 16;
    port.run("UPDATE _log SET bytes = ?", [bytes]);
    port.close();
    const again = await bed.open("a", { r0: server, onError: () => {} });
    await eventually("it has stopped", () => again.status().phase === "stopped");
    expect(await again.space(space).notes.count()).toBe(1);
    expect(server.received.filter(({ type }) => type === "push")).toEqual([]);
  });

  it("[CLI15][F10] a write that was withdrawn is told as refused, and not as confirmed by the void that stands for it", async () => {
    bed.r0.fails = ({ body }) => body.type === "operations";
    const replica = await bed.open("a", { r0: bed.r0, sync: { poisonAttemptsMax: 2, backoffBaseMs: 1, backoffCapMs: 5 } });
    const written = await replica.write(space, (tx) => tx.notes.create({ title: "x" }, { id: note }));
    expect(await written.confirmed).toMatchObject({ status: "refused", code: "withdrawn" });
    expect(replica.deadLetters.list().map(({ code }) => code)).toEqual(["withdrawn"]);
  });

  for (const [how, decide] of [
    [
      "refuses it",
      () => void (bed.r0.decide = (each) => (isForbidden(each) ? ({ type: "refused", code: "no", reason: "No." } as never) : undefined)),
    ],
    ["fails on it until it is withdrawn", () => void (bed.r0.fails = isForbidden)],
  ] as const)
    it(`[CLI51][F58][T9] an increment does not count when r0 ${how}, nor does what later ones have counted in of it`, async () => {
      decide();
      const replica = await bed.open("a", { r0: bed.r0, sync: { poisonAttemptsMax: 2, backoffBaseMs: 1, backoffCapMs: 5 } });
      const other = await bed.open("b", { r0: bed.r0 });
      await replica.write(space, (tx) => tx.notes.create({ title: "x" }, { id: note }));
      await replica.sync();
      await replica.background();
      const add = (by: number, title?: string) =>
        replica.write(space, (tx) => {
          if (title !== undefined) tx.notes.update(note, { title });
          tx.notes.counter(note, "opened").add(by);
        });
      await add(1);
      const first = await add(50, "forbidden");
      await add(2);
      await add(-7, "forbidden");
      await add(4);
      await replica.foreground();
      expect(await first.confirmed).toMatchObject({ status: "refused" });
      await eventually("nothing is pending", () => replica.status().pending === 0);
      await replica.sync();
      await other.sync();
      expect((await replica.space(space).notes.get(note))?.opened).toBe(7);
      expect((await other.space(space).notes.get(note))?.opened).toBe(7);
      await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(10));
      await replica.sync();
      await other.sync();
      expect((await other.space(space).notes.get(note))?.opened).toBe(17);
      expect(await other.digest(space)).toBe(await replica.digest(space));
    });

  it("[CLI51][F58][T9] what is pending on top of a refused increment is said with a total without it, and nothing need be taken back", async () => {
    bed.r0.decide = (each) => (isForbidden(each) ? ({ type: "refused", code: "no", reason: "No." } as never) : undefined);
    const replica = await bed.open("a", { r0: bed.r0, sync: { pushTransactionsMax: 1 } });
    const other = await bed.open("b", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({ title: "x" }, { id: note }));
    await replica.sync();
    await replica.background();
    for (const [by, title] of [
      [5, "one"],
      [50, "forbidden"],
      [-3, "two"],
      [7, "three"],
    ] as const)
      await replica.write(space, (tx) => {
        tx.notes.update(note, { title });
        tx.notes.counter(note, "opened").add(by);
      });
    await replica.foreground();
    await eventually("nothing is pending", () => replica.status().pending === 0);
    await replica.sync();
    const deltas = bed.r0
      .space(space)
      .stream.flatMap(({ transaction: { body } }) =>
        body.type === "operations"
          ? body.operations.filter(({ field }) => field === "opened").map(({ delta }) => counterLattice.decodeDelta(delta))
          : [],
      );
    expect(deltas).toEqual([
      { up: 5, down: 0 },
      { up: 5, down: 3 },
      { up: 12, down: 3 },
    ]);
    await other.sync();
    expect((await other.space(space).notes.get(note))?.opened).toBe(9);
    expect(await other.digest(space)).toBe(await replica.digest(space));
  });

  it("[CLI51][F58] what was written after a withdrawal has not counted it in, and nothing is taken back for it", async () => {
    bed.r0.fails = isForbidden;
    const replica = await bed.open("a", { r0: bed.r0, sync: { poisonAttemptsMax: 2, backoffBaseMs: 1, backoffCapMs: 5 } });
    await replica.write(space, (tx) => tx.notes.create({ title: "x" }, { id: note }));
    await replica.sync();
    await replica.write(space, (tx) => {
      tx.notes.update(note, { title: "forbidden" });
      tx.notes.counter(note, "opened").add(50);
    });
    // From here on r0 answers nothing: the void that stands for the withdrawn write is not confirmed before the next one is made.
    replica.on("refused", () => void (bed.r0.lose = (message) => message.type === "pushed"));
    await eventually("it is withdrawn", () => replica.deadLetters.list().length === 1);
    bed.r0.fails = () => false;
    await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(3));
    bed.r0.lose = () => false;
    bed.r0.cut();
    await replica.sync();
    await eventually("nothing is pending", () => replica.status().pending === 0);
    expect((await replica.space(space).notes.get(note))?.opened).toBe(3);
  });

  for (const done of ["discarded", "repeated"] as const)
    it(`[CLI95][CLI51][F10][F58] a withdrawn write that is ${done} before r0 has the void in its place is refused to who waits, and counted out`, async () => {
      const replica = await bed.open("a", { r0: bed.r0, sync: { poisonAttemptsMax: 2, backoffBaseMs: 1, backoffCapMs: 5 } });
      await replica.write(space, (tx) => tx.notes.create({ title: "x" }, { id: note }));
      await replica.sync();
      bed.r0.fails = (each) => isForbidden(each) || each.body.type === "void";
      const written = await replica.write(space, (tx) => {
        tx.notes.update(note, { title: "forbidden" });
        tx.notes.counter(note, "opened").add(50);
      });
      await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(3));
      await eventually("it is withdrawn", () => replica.deadLetters.list().length === 1);
      await replica.background();
      const [letter] = replica.deadLetters.list();
      bed.r0.fails = () => false;
      if (done === "discarded") await replica.deadLetters.discard(letter?.id ?? 0);
      else await replica.deadLetters.retry(letter?.id ?? 0);
      expect(replica.deadLetters.list()).toEqual([]);
      await expect(replica.deadLetters.discard(letter?.id ?? 0)).rejects.toMatchObject({ code: "no-such-record" });
      await replica.foreground();
      expect(await written.confirmed).toMatchObject({ status: "refused", code: "withdrawn" });
      await replica.sync();
      expect(await replica.space(space).notes.get(note)).toMatchObject(
        done === "discarded" ? { title: "x", opened: 3 } : { title: "forbidden", opened: 53 },
      );
      await replica.close();
      const database = new DatabaseSync(bed.file("a"));
      expect(database.prepare("SELECT count(*) AS n FROM _dead_letters").get()).toEqual({ n: 0 });
      database.close();
    });

  it("[CLI13][T24][T3] an own operation that comes back is counted once: confirmed, pending, or sent twice", async () => {
    bed.r0.echoOwn = true;
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => {
      tx.notes.create({ title: "x" }, { id: note });
      tx.notes.counter(note, "opened").add(5);
    });
    await replica.sync();
    // The answer to this push is lost: the operation comes back in the stream while it is pending, and the push is repeated.
    bed.r0.lose = (message) => message.type === "pushed";
    await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(2));
    await eventually("it is in the stream", () => bed.r0.space(space).stream.length === 2);
    bed.r0.poke(space);
    await eventually("it has come back", () => replica.status().spaces[space]?.sequence === 2);
    expect((await replica.space(space).notes.get(note))?.opened).toBe(7);
    bed.r0.lose = () => false;
    bed.r0.cut();
    await replica.sync();
    expect((await replica.space(space).notes.get(note))?.opened).toBe(7);
    expect(bed.r0.space(space).stream).toHaveLength(2);
  });

  it("[CLI14][F20][I5] an acknowledged value is not replaced by an older one before it comes back", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({ title: "0" }, { id: note }));
    await replica.sync();
    const shown: string[] = [];
    replica.space(space).notes.subscribe((rows) => shown.push(rows[0]?.title ?? ""));
    await eventually("the first result", () => shown.length === 1);
    for (let i = 1; i <= 20; i++) {
      const written = await replica.write(space, (tx) => tx.notes.update(note, { title: String(i) }));
      if (i % 5 === 0) await written.confirmed;
    }
    await replica.sync();
    expect(shown).toEqual(Array.from({ length: 21 }, (_, i) => String(i)));
  });

  it("[CLI14][F20] what others wrote is joined with what is pending here, and takes nothing of it away", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({ title: "first", tags: ["a"] }, { id: note }));
    await replica.sync();
    const other = new OtherDevice("b");
    for (const { transaction } of bed.r0.space(space).stream) other.see(transaction);
    bed.r0.lose = (message) => message.type === "pushed";
    bed.r0.decide = () => ({ type: "refused", code: "no", reason: "No." }) as never;
    await replica.write(space, (tx) => void (tx.notes.update(note, { title: "mine" }), tx.notes.set(note, "tags").add("b")));
    const theirs = bed.r0.append(
      space,
      other.write((tx) => void (tx.notes.update(note, { pinned: true }), tx.notes.set(note, "tags").add("c"))),
    );
    bed.r0.poke(space, [theirs]);
    await eventually("theirs is here", () => replica.status().spaces[space]?.sequence === 2);
    expect(await replica.space(space).notes.get(note)).toMatchObject({ title: "mine", pinned: true, tags: ["a", "b", "c"] });
    bed.r0.lose = () => false;
    bed.r0.cut();
    await eventually("mine is refused", () => replica.deadLetters.list().length === 1);
    expect(await replica.space(space).notes.get(note)).toMatchObject({ title: "first", pinned: true, tags: ["a", "c"] });
  });

  it("[CLI15][T9][F15] a refused write is undone, what is pending stays, and its payload can be read and retried", async () => {
    const isBad = (transaction: Transaction): boolean =>
      JSON.stringify(transaction.body, (_k, v: unknown) =>
        v instanceof Uint8Array ? new TextDecoder().decode(v) : v instanceof Map ? [] : v,
      ).includes("bad");
    bed.r0.decide = (transaction) => (isBad(transaction) ? ({ type: "refused", code: "not-yours", reason: "No." } as never) : undefined);
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({ title: "good", tags: ["a"] }, { id: note }));
    await replica.sync();
    await replica.background();
    const bad = await replica.write(space, (tx) => {
      tx.notes.update(note, { title: "bad" });
      tx.notes.counter(note, "opened").add(3);
    });
    const after = await replica.write(space, (tx) => tx.notes.set(note, "tags").add("b"));
    await replica.foreground();
    expect(await bad.confirmed).toEqual({ status: "refused", code: "not-yours", reason: "No." });
    expect(await after.confirmed).toEqual({ status: "confirmed" });
    expect(await replica.space(space).notes.get(note)).toMatchObject({ title: "good", tags: ["a", "b"], opened: 0 });
    const [letter] = replica.deadLetters.list();
    expect(letter).toMatchObject({
      code: "not-yours",
      reason: "No.",
      payload: {
        type: "write",
        changes: [
          { field: "title", values: ["bad"] },
          { field: "opened", values: [3] },
        ],
      },
    });
    bed.r0.decide = () => undefined;
    const again = await replica.deadLetters.retry(letter?.id ?? 0);
    expect(await ("confirmed" in again ? again.confirmed : undefined)).toEqual({ status: "confirmed" });
    expect(await replica.space(space).notes.get(note)).toMatchObject({ title: "bad", opened: 3 });
    expect(replica.deadLetters.list()).toEqual([]);
  });

  it("[CLI75][F22] a disk that fails while a listener is told of refusals ends no process: the next start tells them", async () => {
    bed.r0.decide = () => ({ type: "refused", code: "no", reason: "No." }) as never;
    let broken = false;
    const reported: unknown[] = [];
    const replica = await bed.open("a", {
      r0: bed.r0,
      onError: (error) => void reported.push(error),
      wrap: (port) => ({
        ...port,
        all: (sql, values) => {
          if (broken && sql.includes("_dead_letters"))
            throw new HoldfastError("store-failed", "It fails.", { origin: "disk", retry: true, advice: "Look at the disk." });
          return port.all(sql, values);
        },
      }),
    });
    const written = await replica.write(space, (tx) => tx.notes.create({ title: "x" }));
    expect(await written.confirmed).toMatchObject({ status: "refused" });
    broken = true;
    const told: DeadLetter[] = [];
    replica.on("refused", (letter) => void told.push(letter));
    await eventually("it is reported", () => reported.length === 1);
    expect(told).toEqual([]);
    broken = false;
    await replica.close();
    const again = await bed.open("a", { r0: bed.r0 });
    again.on("refused", (letter) => void told.push(letter));
    await eventually("it is told", () => told.length === 1);
  });

  it("[CLI16][F22] a refusal that nobody heard is told to the first listener after a restart, once", async () => {
    bed.r0.decide = () => ({ type: "refused", code: "no", reason: "No." }) as never;
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({ title: "lost work" }));
    await replica.sync();
    await replica.close();
    const again = await bed.open("a");
    const heard: DeadLetter[] = [];
    again.on("refused", (letter) => heard.push(letter));
    await eventually("it is told", () => heard.length > 0);
    await again.close();
    const third = await bed.open("a");
    third.on("refused", (letter) => heard.push(letter));
    await third.write(space, (tx) => tx.notes.create({}));
    expect(heard.map(({ payload }) => payload)).toMatchObject([{ changes: [{ values: ["lost work"] }] }]);
    expect(third.deadLetters.list()).toHaveLength(1);
  });

  it("[CLI17][T11] a change that depends on another space waits for it", async () => {
    const other = new OtherDevice("b");
    const team = "team:7";
    const there = new OtherDevice("c");
    bed.r0.append(
      space,
      other.write((tx) => tx.notes.create({ title: "before" }, { id: "x" })),
    );
    bed.r0.append(
      space,
      other.write((tx) => tx.notes.create({ title: "needs the team's" }, { id: "y" }), new Map([[team, 1]])),
    );
    let hidden = true;
    bed.r0.lose = (message) => hidden && message.type === "page" && message.space === team;
    bed.r0.append(
      team,
      there.write((tx) => tx.notes.create({ title: "the team's" }, { id: "z" })),
    );
    const replica = await bed.open("a", { r0: bed.r0, spaces: [space, team] });
    await eventually("it waits", () => replica.status().spaces[space]?.waitingFor.includes(team) === true);
    expect((await replica.space(space).notes.all()).map(({ title }) => title)).toEqual(["before"]);
    expect(replica.status().spaces[space]?.synced).toBe(false);
    hidden = false;
    bed.r0.cut();
    await replica.sync();
    expect((await replica.space(space).notes.all()).map(({ title }) => title)).toEqual(["before", "needs the team's"]);
  });

  it("[CLI69][CYC21][T6][T11] what r0 has lost, or what waits for the same space, holds nothing back for ever", async () => {
    const team = "team:7";
    const [other, there] = [new OtherDevice("b"), new OtherDevice("c")];
    const write = (device: OtherDevice, in_: string, title: string, needs: ReadonlyMap<string, number>): void =>
      void bed.r0.append(
        in_,
        device.write((tx) => tx.notes.create({ title }, { id: title }), needs),
      );
    write(other, space, "needs what is lost", new Map([[team, 40]]));
    write(other, space, "needs the other way round", new Map([[team, 2]]));
    write(there, team, "one", new Map());
    write(there, team, "two", new Map([[space, 2]]));
    write(there, team, "needs itself", new Map([[team, 9]]));
    const replica = await bed.open("a", { r0: bed.r0, spaces: [space, team] });
    await replica.sync();
    expect(await replica.space(space).notes.count()).toBe(2);
    expect(await replica.space(team).notes.count()).toBe(3);
    // Nor is r0 asked over and over.
    expect(bed.r0.received.filter(({ type }) => type === "pull").length).toBeLessThan(20);
  });

  it("[CLI18] a provisional effect is shown, run again over newer state, undone on refusal, and never in the digest", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.sync();
    const empty = await replica.digest(space);
    bed.r0.lose = (message) => message.type === "pushed";
    bed.r0.decide = () => ({ type: "refused", code: "no-credit", reason: "Poor." }) as never;
    const asked = await replica.request(space, "buyPlan", { accountId: "acc" });
    expect((await replica.space(space).accounts.get("acc"))?.plan).toBe("pro");
    expect(await replica.digest(space)).toBe(empty);
    const other = new OtherDevice("b");
    bed.r0.append(
      space,
      other.write((tx) => tx.accounts.create({ plan: "free", name: "Main" }, { id: "acc" })),
    );
    bed.r0.poke(space);
    await eventually("r0's account is here", () => replica.status().spaces[space]?.sequence === 1);
    expect(await replica.space(space).accounts.get("acc")).toMatchObject({ plan: "pro", name: "Main" });
    bed.r0.lose = () => false;
    bed.r0.cut();
    expect(await asked.decided).toEqual({ status: "refused", code: "no-credit", reason: "Poor." });
    await replica.sync();
    expect((await replica.space(space).accounts.get("acc"))?.plan).toBe("free");
    expect(replica.deadLetters.list()).toMatchObject([{ payload: { type: "request", intent: "buyPlan", input: { accountId: "acc" } } }]);
  });

  it("[CLI83] a death between a snapshot and what requests show on it is made good at the next opening", async () => {
    const replica = await bed.open("a");
    await replica.request(space, "buyPlan", { accountId: "acc" });
    await replica.close();
    const file = openNodeSqlite(bed.file("a"));
    for (const table of ["accounts", "_overlay"]) file.run(`DELETE FROM ${table}`, []);
    file.close();
    const again = await bed.open("a");
    expect((await again.space(space).accounts.get("acc"))?.plan).toBe("pro");
  });

  it("[CLI79] a request whose answer nobody knows any more is shown until what r0 had by then is here", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.sync();
    bed.r0.echoOwn = true;
    const other = new OtherDevice("b");
    bed.r0.decide = ({ body }) => {
      if (body.type !== "intent") return undefined;
      bed.r0.append(
        space,
        other.write((tx) => tx.accounts.create({ plan: "pro", name: "Main" }, { id: "acc" })),
      );
      return { type: "outcome-expired" } as never;
    };
    bed.r0.lose = ({ type }) => type === "page";
    const asked = await replica.request(space, "buyPlan", { accountId: "acc" });
    expect(await asked.decided).toMatchObject({ status: "unknown" });
    expect((await replica.space(space).accounts.get("acc"))?.plan).toBe("pro");
    bed.r0.lose = () => false;
    bed.r0.cut();
    await replica.sync();
    expect(await replica.space(space).accounts.get("acc")).toMatchObject({ plan: "pro", name: "Main" });
  });

  it("[CLI18] a provisional effect outlives a restart and never enters what the replica sends", async () => {
    const replica = await bed.open("a");
    await replica.write(space, (tx) => tx.accounts.create({ name: "Main" }, { id: "acc" }));
    await replica.request(space, "buyPlan", { accountId: "acc" });
    await replica.close();
    const again = await bed.open("a", { r0: bed.r0 });
    expect((await again.space(space).accounts.get("acc"))?.plan).toBe("pro");
    await again.write(space, (tx) => tx.accounts.update("acc", { name: "Mine" }));
    expect(await again.space(space).accounts.get("acc")).toMatchObject({ plan: "pro", name: "Mine" });
    await eventually("it is answered", () => again.status().pending === 0);
    expect(JSON.stringify(bed.r0.received, (_k, v: unknown) => (v instanceof Map ? [...v] : v))).not.toContain("f".repeat(32));
  });

  it("[CLI19][F32] a delete and an edit that did not know of one another leave the record, and the deletion is kept as the loser", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({ title: "first" }, { id: note }));
    await replica.sync();
    const other = new OtherDevice("b");
    for (const { transaction } of bed.r0.space(space).stream) other.see(transaction);
    await replica.background();
    await replica.write(space, (tx) => tx.notes.delete(note));
    expect(await replica.space(space).notes.get(note)).toBeUndefined();
    bed.r0.append(
      space,
      other.write((tx) => tx.notes.update(note, { title: "edited" })),
    );
    const heard: Conflict[] = [];
    replica.on("conflict", (conflict) => heard.push(conflict));
    await replica.foreground();
    await replica.sync();
    expect(await replica.space(space).notes.get(note)).toMatchObject({ title: "edited" });
    expect(heard).toMatchObject([{ record: note, field: "" }]);
    // Deleted once more, on purpose.
    const restored = await replica.conflicts.restore(replica.conflicts.list()[0]?.id ?? 0);
    await restored.confirmed;
    expect(await replica.space(space).notes.get(note)).toBeUndefined();
    expect(replica.conflicts.list()).toEqual([]);
  });

  async function withTwoTitles(): Promise<Replica<TestSchema>> {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({ title: "first" }, { id: note }));
    await replica.sync();
    const other = new OtherDevice("f");
    for (const { transaction } of bed.r0.space(space).stream) other.see(transaction);
    await replica.background();
    await replica.write(space, (tx) => tx.notes.update(note, { title: "mine" }));
    bed.r0.append(
      space,
      other.write((tx) => tx.notes.update(note, { title: "theirs" })),
    );
    await replica.foreground();
    await replica.sync();
    return replica;
  }

  it("[CLI20][I2] of two concurrent values one is shown and the other kept, and restoring writes it again", async () => {
    const replica = await withTwoTitles();
    const shown = (await replica.space(space).notes.get(note))?.title;
    const [conflict, ...more] = replica.conflicts.list();
    expect(more).toEqual([]);
    expect([shown, conflict?.value].sort()).toEqual(["mine", "theirs"]);
    await replica.conflicts.restore(conflict?.id ?? 0);
    expect((await replica.space(space).notes.get(note))?.title).toBe(conflict?.value);
  });

  it("[CLI89] a conflict that is dismissed and a dead letter that is discarded are told in the status", async () => {
    const replica = await withTwoTitles();
    await replica.background();
    const told: number[] = [];
    replica.on("status", ({ conflicts }) => told.push(conflicts));
    await replica.conflicts.dismiss(replica.conflicts.list()[0]?.id ?? 0);
    await eventually("the status says so", () => told.includes(0));
  });

  it("[CLI24][F19] bytes that cannot be read apply nothing, and the replica comes back by itself", async () => {
    const other = new OtherDevice("b");
    const broken = other.write((tx) => tx.notes.create({ title: "x" }, { id: note }));
    const { body } = broken;
    if (body.type !== "operations") throw new Error("operations");
    const good = bed.r0.append(
      space,
      other.write((tx) => tx.notes.create({ title: "good" }, { id: "n2" })),
    );
    void good;
    const stream = bed.r0.space(space).stream;
    stream.push({
      sequence: 2,
      transaction: {
        ...broken,
        body: {
          type: "operations",
          operations: body.operations.map((operation) => ({ ...operation, delta: Uint8Array.of(255, 255, 255) })),
        },
      },
    });
    const replica = await bed.open("a", { r0: bed.r0 });
    await eventually("it was refused twice", () => bed.r0.received.filter(({ type }) => type === "hello").length > 2);
    expect(await replica.space(space).notes.count()).toBe(0);
    expect(replica.status().phase).toBe("open");
    stream.pop();
    await eventually("it is here", async () => (await replica.space(space).notes.count()) === 1);
  });

  it("[CLI22][T4][T21] a replica whose history r0 does not know takes a new id and loses nothing", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => {
      tx.notes.create({ title: "shared" }, { id: note });
      tx.notes.counter(note, "opened").add(1);
    });
    await replica.sync();
    const before = replica.id;
    await replica.background();
    // Somebody with a copy of this file writes under the same id.
    const author = bed.r0.author(space, before);
    const clone = new OtherDevice("c");
    for (const { transaction } of bed.r0.space(space).stream) clone.see(transaction);
    const theirs = clone.write((tx) => tx.notes.counter(note, "opened").add(10));
    bed.r0.append(space, { ...theirs, replica: before as Transaction["replica"], counter: author.mark + 1 });
    author.mark += 1;
    author.chain = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const forks: unknown[] = [];
    replica.on("forked", (fork) => forks.push(fork));
    const written = await replica.write(space, (tx) => {
      tx.notes.update(note, { title: "mine" });
      tx.notes.counter(note, "opened").add(100);
    });
    await replica.foreground();
    expect(await written.confirmed).toEqual({ status: "confirmed" });
    await replica.sync();
    expect(replica.id).not.toBe(before);
    expect(forks).toEqual([{ before, after: replica.id }]);
    const row = await replica.space(space).notes.get(note);
    expect(row?.title).toBe("mine");
    // Under the old id their total, under the new one ours: nothing lost, nothing twice.
    expect(row?.opened).toBe(110);
  });

  it("[CLI13][CLI22][T24][T4][F25] a file restored from a backup takes back what it had written since, and is counted once", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => void (tx.notes.create({ title: "first" }, { id: note }), tx.notes.counter(note, "opened").add(1)));
    await replica.sync();
    await replica.close();
    const backup = readFileSync(bed.file("a"));
    const later = await bed.open("a", { r0: bed.r0 });
    await later.write(space, (tx) => void (tx.notes.update(note, { title: "second" }), tx.notes.counter(note, "opened").add(10)));
    await later.sync();
    await later.close();
    writeFileSync(bed.file("a"), backup);
    const restored = await bed.open("a", { r0: bed.r0 });
    await restored.write(space, (tx) => tx.notes.counter(note, "opened").add(100));
    await restored.sync();
    await eventually("everything is answered", () => restored.status().pending === 0);
    await restored.sync();
    expect(restored.id).not.toBe(later.id);
    expect(await restored.space(space).notes.get(note)).toMatchObject({ title: "second", opened: 111 });
    const reader = await bed.open("b", { r0: bed.r0 });
    await reader.sync();
    expect(await reader.digest(space)).toBe(await restored.digest(space));
  });

  it("[CLI22][T4][T21] an answer that does not follow from what was pushed confirms nothing by itself", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    await replica.sync();
    const before = replica.id;
    bed.r0.rewrite = (message) => {
      if (message.type !== "pushed") return message;
      bed.r0.rewrite = (other) => other;
      return { ...message, chain: Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1) };
    };
    const written = await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(3));
    expect(await written.confirmed).toEqual({ status: "confirmed" });
    await eventually("it has another id", () => replica.id !== before && replica.status().pending === 0);
    await replica.sync();
    expect((await replica.space(space).notes.get(note))?.opened).toBe(3);
  });

  it("[CLI23][T12][F37] lost access takes the rows off the device and the pending writes to the dead letters", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({ title: "secret" }, { id: note }));
    await replica.sync();
    await replica.background();
    await replica.write(space, (tx) => tx.notes.update(note, { title: "too late" }));
    bed.r0.access = () => "none";
    const pushes = bed.r0.received.filter(({ type }) => type === "push").length;
    const states: number[] = [];
    replica.space(space).notes.subscribe((rows) => states.push(rows.length));
    await replica.foreground();
    await eventually("the rows are gone", () => states.at(-1) === 0);
    expect(states).toEqual([1, 0]);
    expect(replica.deadLetters.list()).toMatchObject([{ code: "no-access", payload: { changes: [{ values: ["too late"] }] } }]);
    expect(replica.status().pending).toBe(0);
    await expect(replica.write(space, (tx) => tx.notes.create({}))).rejects.toMatchObject({ code: "no-access" });
    expect(bed.r0.received.filter(({ type }) => type === "push")).toHaveLength(pushes);
  });

  it("[CLI25][F24][I8] synced is said after the last acknowledgement and a pull, and sync() rejects when it fails", async () => {
    const replica = await bed.open("a", { r0: bed.r0 });
    const claims: boolean[] = [];
    replica.on("status", (status) => {
      const all = Object.values(status.spaces).every(({ synced }) => synced);
      const author = bed.r0.author(space, replica.id);
      if (all)
        claims.push(status.pending === 0 && author.mark === status.spaces[space]?.sequence && status.connection.kind === "connected");
    });
    await replica.sync();
    for (let i = 0; i < 5; i++) {
      await replica.write(space, (tx) => tx.notes.create({}));
      expect(replica.status().spaces[space]?.synced).toBe(false);
      await replica.sync();
    }
    expect(claims.length).toBeGreaterThan(0);
    expect(claims.every(Boolean)).toBe(true);
    const { lastSyncedAt } = replica.status();
    await replica.write(space, (tx) => tx.notes.create({}));
    await replica.background();
    expect(replica.status().lastSyncedAt).toBeGreaterThanOrEqual(lastSyncedAt ?? 0);
    await expect(replica.sync()).rejects.toMatchObject({ code: "unreachable" });
    expect(replica.status().spaces[space]?.synced).toBe(false);
  });

  it("[CLI13][F58] counters are exact when every message is doubled and the link breaks again and again", async () => {
    bed.r0.echoOwn = true;
    const replica = await bed.open("a", { r0: bed.r0 });
    await replica.write(space, (tx) => tx.notes.create({}, { id: note }));
    let sum = 0;
    for (let i = 0; i < 60; i++) {
      const by = (i % 7) - 3;
      sum += by;
      await replica.write(space, (tx) => tx.notes.counter(note, "opened").add(by));
      if (i % 9 === 0) {
        bed.r0.poke(space, [...bed.r0.space(space).stream]);
        bed.r0.poke(space, [...bed.r0.space(space).stream]);
      }
      if (i % 11 === 0) bed.r0.cut();
    }
    await eventually("it is in step", async () => {
      bed.r0.poke(space);
      return replica.status().pending === 0;
    });
    await replica.sync().catch(() => undefined);
    expect((await replica.space(space).notes.get(note))?.opened).toBe(sum);
    const reader = await bed.open("b", { r0: bed.r0 });
    await reader.sync();
    expect((await reader.space(space).notes.get(note))?.opened).toBe(sum);
    expect(await reader.digest(space)).toBe(await replica.digest(space));
  });

  it("[CYC2][F11] one pending write goes out after any failure, with nothing else happening", async () => {
    const replica = await bed.open("a", {
      r0: bed.r0,
      sync: { backoffBaseMs: 2, backoffCapMs: 10, requestMsMax: 50, heartbeatMs: 20, pongMsMax: 30, connectMsMax: 50 },
    });
    await replica.sync();
    for (const lost of ["pushed", "welcome", "page"] as const) {
      let times = 2;
      bed.r0.lose = (message) => message.type === lost && times-- > 0;
      if (lost !== "pushed") bed.r0.cut();
      const written = await replica.write(space, (tx) => tx.notes.create({ title: lost }));
      expect(await written.confirmed).toEqual({ status: "confirmed" });
    }
  });
});
