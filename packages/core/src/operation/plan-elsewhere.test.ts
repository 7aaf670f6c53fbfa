import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Value, valueToKey } from "../base/value.ts";
import { collection, defineSchema } from "../schema/define-schema.ts";
import { list, register, set } from "../schema/kinds.ts";
import type { Transaction } from "./operation.ts";
import { replicaIdOf, schema, TestReplica } from "./reference/fixture.ts";

const device = (digit = "a") => new TestReplica(replicaIdOf(digit), schema);

describe("value fidelity", () => {
  const anything = defineSchema({
    version: 1,
    collections: {
      things: collection({
        value: register(z.any(), null),
        all: set(z.any()),
        order: list(z.any()),
        beside: register(z.string(), "beside"),
      }),
    },
  });
  const values: Value[] = [
    2 ** 53 - 1,
    -(2 ** 53),
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    1n,
    1,
    1e308,
    5e-324,
    0.1 + 0.2,
    0,
    "",
    "0",
    null,
    false,
    new Uint8Array([0, 255]),
    new Uint8Array(),
    [],
    {},
    [[1n, 1]],
    { __proto__x: 1, constructor: null },
    JSON.parse('{"__proto__": 1}') as Value,
    "😀",
    "é",
    "x".repeat(50_000),
  ];

  it("[WRT21][F57][T20] each value arrives as it was written, and other fields stay", () => {
    for (const value of values) {
      const [a, b] = [new TestReplica(replicaIdOf("a"), anything), new TestReplica(replicaIdOf("b"), anything)];
      a.write((tx) => tx.things.create({ value, all: [value], order: [value, value] }, { id: "t" }));
      b.receive(a.log[0]?.transaction as Transaction);
      b.write((tx) => tx.things.update("t", { beside: "changed" }));
      a.receive(b.log[0]?.transaction as Transaction);
      for (const replica of [a, b]) {
        const row = replica.view("things", "t") as { value: Value; all: Value[]; order: Value[]; beside: string };
        expect(valueToKey(row.value)).toBe(valueToKey(value));
        expect([...row.all, ...row.order].map(valueToKey)).toEqual([value, value, value].map(valueToKey));
        expect(typeof row.value).toBe(typeof value);
        expect(row.beside).toBe("changed");
      }
    }
    expect(new Set(values.map(valueToKey)).size).toBe(values.length);
  });
});

describe("any mutations of two replicas", () => {
  const step = fc.record({ on: fc.nat(1), action: fc.nat(13), record: fc.nat(2), a: fc.nat(5), b: fc.nat(5), deliver: fc.nat(3) });

  function act(replica: TestReplica, { action, record, a, b }: { action: number; record: number; a: number; b: number }): void {
    const id = `n${record}`;
    const item = { label: `i${a}`, done: b > 2 };
    replica.write(({ notes }) => {
      if (action === 0) notes.create({ title: `t${a}`, tags: [`g${b}`], body: "body", checklist: [item], opened: a }, { id });
      else if (action === 1) notes.delete(id);
      else if (action === 2) notes.update(id, { title: `t${a}`, pinned: b > 2, due: b === 0 ? null : b });
      else if (action === 3) notes.set(id, "tags").add(`g${a}`, `g${b}`);
      else if (action === 4) notes.set(id, "tags").delete(`g${a}`);
      else if (action === 5) notes.counter(id, "opened").add(a - b);
      else if (action === 6) notes.text(id, "body").insert(a, "😀x");
      else if (action === 7) notes.text(id, "body").delete(a, b);
      else if (action === 8) notes.list(id, "checklist").push(item);
      else if (action === 9) notes.list(id, "checklist").insert(a, item, item);
      else if (action === 10) notes.list(id, "checklist").move(a, b);
      else if (action === 11) notes.list(id, "checklist").delete(a);
      else if (action === 12) {
        notes.delete(id);
        notes.create({ title: "again", opened: b }, { id });
      } else {
        notes.create({ opened: 1 }, { id });
        notes.counter(id, "opened").add(a);
        notes.update(id, { title: "x" });
      }
    });
  }

  it("[WRT17] give operations that make the same records elsewhere", () => {
    let written = 0;
    let runs = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 15, maxLength: 40, size: "max" }), (steps) => {
        runs++;
        const replicas = [device("a"), device("b")] as const;
        const seen = [0, 0];
        for (const id of ["n0", "n1"])
          replicas[0].write((tx) => tx.notes.create({ body: "text", tags: ["g1"], checklist: [{ label: "first", done: false }] }, { id }));
        const deliver = (to: 0 | 1, count: number) => {
          const from = replicas[to === 0 ? 1 : 0];
          for (const { transaction } of from.log.slice(seen[to], (seen[to] ?? 0) + count)) replicas[to].receive(transaction);
          seen[to] = Math.min(from.log.length, (seen[to] ?? 0) + count);
        };
        for (const each of steps) {
          const on = each.on as 0 | 1;
          const replica = replicas[on];
          const before = [...replica.records];
          try {
            act(replica, each);
          } catch (error) {
            expect(error).toMatchObject({ name: "HoldfastError" });
            expect([...replica.records]).toEqual(before);
          }
          deliver(on === 0 ? 1 : 0, each.deliver);
        }
        deliver(0, 1000);
        deliver(1, 1000);
        written += replicas[0].log.length + replicas[1].log.length;
        for (const [key, state] of replicas[0].records) {
          const [name, id] = key.split("/") as [string, string];
          expect(replicas[1].view(name, id)).toEqual(replicas[0].view(name, id));
          expect([...(replicas[1].records.get(key)?.vector ?? [])].sort()).toEqual([...state.vector].sort());
        }
        // A replica that only ever received has what the authors planned.
        const watcher = device("c");
        for (const { transaction } of [...replicas[0].log, ...replicas[1].log].sort(
          (x, y) => x.transaction.lamport - y.transaction.lamport,
        ))
          watcher.receive(transaction);
        for (const key of replicas[0].records.keys())
          expect(watcher.view("notes", key.slice(6))).toEqual(replicas[0].view("notes", key.slice(6)));
      }),
      { seed: 20261123, numRuns: 120 },
    );
    expect(written).toBeGreaterThan(4 * runs);
  });
});
