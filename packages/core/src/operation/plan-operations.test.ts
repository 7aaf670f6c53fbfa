import { describe, expect, it } from "vitest";
import { z } from "zod";
import { kindCodes } from "../lattice/lattice.ts";
import { latticesOf } from "../schema/lattices-of.ts";
import { encodeRecordState } from "../lattice/record-codec.ts";
import type { RecordState } from "../lattice/record-state.ts";
import { collection, defineSchema, toSchemaSpec } from "../schema/define-schema.ts";
import { counter, list, register } from "../schema/kinds.ts";
import { operationLimits } from "./limits.ts";
import type { Transaction } from "./operation.ts";
import { planOperations } from "./plan-operations.ts";
import { codeOf, replicaIdOf, schema, TestReplica } from "./reference/fixture.ts";

const device = (digit = "a") => new TestReplica(replicaIdOf(digit), schema);
const last = (replica: TestReplica): Transaction => replica.log[replica.log.length - 1]?.transaction as Transaction;
const bytesOf = (state: RecordState) => encodeRecordState(latticesOf(toSchemaSpec(schema)), state);
const fieldsOf = (planned: { operations: readonly { field: string }[] }) => planned.operations.map((operation) => operation.field);

describe("coalescing", () => {
  it("[WRT10] several assigns and increments are one operation each", () => {
    const a = device();
    const planned = a.write((tx) => {
      const id = tx.notes.create({ title: "one", opened: 1 }, { id: "n" });
      tx.notes.update(id, { title: "two" });
      tx.notes.counter(id, "opened").add(5);
      tx.notes.counter(id, "opened").add(-2);
      tx.notes.update(id, { title: "three" });
    });
    expect(fieldsOf(planned)).toEqual(["title", "opened"]);
    expect(planned.increments).toEqual([undefined, { up: 4, down: 0 }]);
    expect(a.view("notes", "n")).toMatchObject({ title: "three", opened: 4 });
    expect(a.write((tx) => tx.notes.counter("n", "opened").add(-3)).increments).toEqual([{ up: 0, down: 3 }]);
    expect(
      a.write((tx) => {
        tx.notes.counter("n", "opened").add(3);
        tx.notes.counter("n", "opened").add(-3);
      }).operations,
    ).toEqual([]);
  });

  it("[WRT10] the last word on each element of a set", () => {
    const a = device();
    a.write((tx) => tx.notes.create({ tags: ["x", "y"] }, { id: "n" }));
    const planned = a.write((tx) => {
      const tags = tx.notes.set("n", "tags");
      tags.add("new");
      tags.delete("x", "new");
      tags.delete("y");
      tags.add("y");
    });
    expect(planned.operations).toHaveLength(2);
    expect(a.view("notes", "n")).toMatchObject({ tags: ["y"] });
  });

  it("[WRT10] inserts that go on are one run; others stay apart and in order", () => {
    const a = device();
    const item = (label: string) => ({ label, done: false });
    const planned = a.write((tx) => {
      tx.notes.create({ body: "ab", checklist: [item("1")] }, { id: "n" });
      const body = tx.notes.text("n", "body");
      body.insert(2, "cd");
      body.insert(4, "ef");
      body.insert(0, ">");
      body.delete(1, 1);
      const checklist = tx.notes.list("n", "checklist");
      checklist.push(item("2"));
      checklist.push(item("3"), item("4"));
      checklist.insert(0, item("0"));
      checklist.delete(4);
    });
    expect(a.view("notes", "n")).toMatchObject({ body: ">bcdef", checklist: [item("0"), item("1"), item("2"), item("3")] });
    expect(fieldsOf(planned)).toEqual(["body", "body", "body", "checklist", "checklist", "checklist", "checklist"]);
  });

  it("[WRT11] created and deleted again leaves nothing; found and deleted, the delete", () => {
    const a = device();
    const empty = { operations: [], increments: [], records: [] };
    expect(
      a.write((tx) => {
        tx.notes.create({ title: "a", body: "b" }, { id: "n" });
        tx.notes.delete("n");
      }),
    ).toMatchObject(empty);
    expect(a.records.size).toBe(0);
    a.write((tx) => tx.notes.create({ title: "a" }, { id: "n" }));
    const planned = a.write((tx) => {
      tx.notes.update("n", { title: "b" });
      tx.notes.delete("n");
    });
    expect(planned.operations).toMatchObject([{ field: "", kind: kindCodes.presence, creates: false }]);
    expect(
      a.write((tx) => {
        tx.notes.create({ title: "c" }, { id: "n" });
        tx.notes.delete("n");
      }),
    ).toMatchObject(empty);
  });

  it("[WRT20] nothing asked, nothing planned", () => {
    const a = device();
    a.write((tx) => tx.notes.create({}, { id: "n" }));
    const planned = a.write((tx) => {
      tx.notes.update("n", { title: undefined });
      tx.notes.set("n", "tags").add();
      tx.notes.set("n", "tags").delete("not there");
      tx.notes.counter("n", "opened").add(0);
      tx.notes.text("n", "body").insert(0, "");
      tx.notes.list("n", "checklist").push();
    });
    expect(planned).toMatchObject({ operations: [], increments: [], records: [] });
  });
});

describe("records", () => {
  it("[WRT12] no-such-record and record-exists, and nothing has changed", () => {
    const a = device();
    a.write((tx) => {
      tx.notes.create({ title: "here" }, { id: "here" });
      tx.notes.create({}, { id: "gone" });
    });
    a.write((tx) => tx.notes.delete("gone"));
    const before = [...a.records].map(([key, state]) => [key, [...bytesOf(state)]]);
    for (const id of ["never", "gone"]) {
      expect(codeOf(() => a.write((tx) => tx.notes.update(id, { title: "x" })))).toBe("no-such-record");
      expect(codeOf(() => a.write((tx) => tx.notes.counter(id, "opened").add(1)))).toBe("no-such-record");
      expect(codeOf(() => a.write((tx) => tx.notes.delete(id)))).toBe("no-such-record");
    }
    expect(codeOf(() => a.write((tx) => tx.notes.create({}, { id: "here" })))).toBe("record-exists");
    expect(
      codeOf(() =>
        a.write((tx) => {
          tx.notes.create({}, { id: "n" });
          tx.notes.create({}, { id: "n" });
        }),
      ),
    ).toBe("record-exists");
    expect(
      codeOf(() =>
        a.write((tx) => {
          tx.notes.update("here", { title: "y" });
          tx.notes.delete("here");
          tx.notes.update("here", { title: "z" });
        }),
      ),
    ).toBe("no-such-record");
    expect(
      codeOf(() =>
        a.write((tx) => {
          tx.notes.update("here", { title: "y" });
          tx.notes.list("here", "checklist").delete(0);
        }),
      ),
    ).toBe("out-of-range");
    expect(
      codeOf(() =>
        a.write((tx) => {
          tx.notes.update("here", { title: "y" });
          tx.notes.text("here", "body").delete(0, 1);
        }),
      ),
    ).toBe("out-of-range");
    expect([...a.records].map(([key, state]) => [key, [...bytesOf(state)]])).toEqual(before);
    expect(a.counter).toBe(3);
  });

  it("[WRT13] a create of a deleted id shows nothing of what was deleted", () => {
    const a = device();
    const b = device("b");
    a.write((tx) =>
      tx.notes.create(
        {
          title: "old",
          due: 5,
          body: "old text",
          tags: ["x", "y"],
          checklist: [
            { label: "a", done: true },
            { label: "b", done: true },
          ],
          opened: 7,
        },
        { id: "n" },
      ),
    );
    a.write((tx) => tx.notes.delete("n"));
    b.receive(a.log[0]?.transaction as Transaction);
    b.receive(last(a));
    b.write((tx) => tx.notes.create({ tags: ["y", "z"], body: "new", opened: 1 }, { id: "n" }));
    a.receive(last(b));
    const fresh = { id: "n", title: "", pinned: false, due: null, body: "new", tags: ["y", "z"], checklist: [], opened: 1 };
    expect(b.view("notes", "n")).toEqual(fresh);
    expect(a.view("notes", "n")).toEqual(fresh);
    a.write((tx) => {
      tx.notes.delete("n");
      tx.notes.create({ title: "third" }, { id: "n" });
    });
    expect(a.view("notes", "n")).toEqual({ ...fresh, title: "third", body: "", tags: [], opened: 0 });
  });

  it("[WRT13][WRT5] an arbitrated field of a record that is brought back stays on a device and is set back at r0", () => {
    const a = device();
    a.write((tx) => tx.accounts.create({}, { id: "m" }));
    const spec = toSchemaSpec(schema);
    const planAt = (arbitrated: "allowed" | "refused", write: Parameters<typeof a.mutations>[0], record: RecordState | undefined) => {
      const builder = a.builder("allowed");
      write(builder.tx);
      return planOperations({
        schema: spec,
        lattices: latticesOf(spec),
        mutations: builder.close(),
        read: () => record,
        replica: replicaIdOf("0"),
        counter: 1,
        lamport: 50,
        textSession: 9,
        sequence: arbitrated === "allowed" ? 9 : undefined,
        arbitrated,
      });
    };
    const pro = planAt("allowed", (tx) => tx.accounts.update("m", { plan: "pro" }), a.records.get("accounts/m")).records[0]?.after;
    const deleted = planOperations({
      schema: spec,
      lattices: latticesOf(spec),
      mutations: [{ type: "delete", collection: "accounts", record: "m" }],
      read: () => pro,
      replica: replicaIdOf("1"),
      counter: 1,
      lamport: 60,
      textSession: 9,
    }).records[0]?.after;
    const create = (tx: ReturnType<typeof a.builder>["tx"]) => void tx.accounts.create({}, { id: "m" });
    expect(planAt("refused", create, deleted).operations).toMatchObject([{ kind: kindCodes.presence }]);
    expect(planAt("allowed", create, deleted).operations).toMatchObject([{ kind: kindCodes.arbitrated, field: "plan" }]);
  });

  it("[WRT14] a record with no field mentioned gets one presence operation", () => {
    const a = device();
    const b = device("b");
    const planned = a.write((tx) => tx.notes.create({ title: undefined, tags: [], body: "", opened: 0 }, { id: "n" }));
    expect(planned.operations).toMatchObject([{ field: "", kind: kindCodes.presence, creates: true }]);
    b.receive(last(a));
    expect(b.view("notes", "n")).toMatchObject({ id: "n", title: "", tags: [] });
    a.write((tx) => tx.notes.delete("n"));
    expect(a.write((tx) => tx.notes.create({}, { id: "n" })).operations).toHaveLength(1);
    expect(codeOf(() => a.write((tx) => tx.notes.create({}, { id: "n" })))).toBe("record-exists");
  });

  it("[WRT15] creates says what may bring a record into being", () => {
    const a = device();
    const creates = (planned: { operations: readonly { creates: boolean }[] }) => planned.operations.map((operation) => operation.creates);
    expect(creates(a.write((tx) => tx.notes.create({ title: "a", opened: 1 }, { id: "n" })))).toEqual([true, true]);
    expect(creates(a.write((tx) => tx.notes.update("n", { title: "b" })))).toEqual([false]);
    expect(creates(a.write((tx) => tx.notes.delete("n")))).toEqual([false]);
    expect(creates(a.write((tx) => tx.notes.create({ pinned: true }, { id: "n" })))).toEqual([true, true, true]);
  });

  it("[WRT2][T20] absent and undefined leave a field, null is written", () => {
    const a = device();
    a.write((tx) => tx.notes.create({ due: 5, title: "a" }, { id: "n" }));
    expect(fieldsOf(a.write((tx) => tx.notes.update("n", { due: undefined, pinned: true })))).toEqual(["pinned"]);
    expect(a.view("notes", "n")).toMatchObject({ due: 5 });
    expect(fieldsOf(a.write((tx) => tx.notes.update("n", { due: null })))).toEqual(["due"]);
    expect(a.view("notes", "n")).toMatchObject({ due: null, title: "a" });
  });

  it("[WRT18] an assign of the value that is shown wins over what was written before it", () => {
    const a = device();
    const b = device("b");
    a.write((tx) => tx.notes.create({ title: "same" }, { id: "n" }));
    b.receive(last(a));
    b.write((tx) => tx.notes.update("n", { title: "other" }));
    a.lamport = b.lamport + 5;
    expect(a.write((tx) => tx.notes.update("n", { title: "same" })).operations).toHaveLength(1);
    b.receive(last(a));
    expect(b.view("notes", "n")).toMatchObject({ title: "same" });
  });
});

describe("contexts, limits, kinds", () => {
  it("[WRT16][T23] hold what was observed of the record and no more, without the author", () => {
    const [a, b] = [device(), device("b")];
    a.write((tx) => {
      tx.notes.create({ title: "a" }, { id: "n" });
      tx.notes.create({}, { id: "other" });
    });
    b.receive(last(a));
    b.write((tx) => tx.notes.create({}, { id: "unrelated" }));
    const planned = b.write((tx) => tx.notes.update("n", { title: "b", pinned: true }));
    expect(planned.operations.map((operation) => [...operation.context])).toEqual([[[a.id, 1]], [[a.id, 1]]]);
    expect(a.write((tx) => tx.notes.update("n", { title: "c" })).operations[0]?.context.size).toBe(0);
  });

  it("[WRT17] a plan over several records says what each is elsewhere, to the byte", () => {
    const [a, b] = [device(), device("b")];
    for (const label of ["one", "two"]) {
      a.write((tx) => {
        for (const id of ["m", "n"]) {
          if (label === "one") tx.notes.create({ title: label, tags: ["x"], opened: 1 }, { id });
          tx.notes.list(id, "checklist").push({ label, done: false });
          tx.notes.set(id, "tags").add("x", label);
          tx.notes.counter(id, "opened").add(2);
        }
      });
      b.receive(last(a));
      for (const [key, state] of a.records) expect(bytesOf(b.records.get(key) as RecordState)).toEqual(bytesOf(state));
    }
    expect(b.records.size).toBe(2);
  });

  it("[WRT6] operations and bytes of one transaction", () => {
    const a = device();
    const max = operationLimits.operationsMax;
    const create = (count: number) =>
      a.mutations((tx) => {
        for (let i = 0; i < count; i++) tx.notes.create({ opened: 1 }, { id: `n${i}` });
      });
    expect(a.plan(create(max)).operations).toHaveLength(max);
    expect(codeOf(() => a.plan(create(max + 1)))).toBe("too-large");
    const block = "x".repeat(operationLimits.valueBytesMax - 100);
    expect(a.plan(a.mutations((tx) => void tx.notes.create({ body: block }))).operations).toHaveLength(1);
    expect(
      codeOf(() =>
        a.plan(
          a.mutations((tx) => {
            for (let i = 0; i < 3; i++) tx.notes.create({ body: block });
          }),
        ),
      ),
    ).toBe("too-large");
    expect(a.records.size).toBe(0);
  });

  it("[WRT12] unknown-collection and unknown-field, for mutations of another schema", () => {
    const a = device();
    expect(codeOf(() => a.plan([{ type: "create", collection: "nope", record: "n", fields: [] }]))).toBe("unknown-collection");
    expect(
      codeOf(() => a.plan([{ type: "create", collection: "notes", record: "n", fields: [["nope", { type: "assign", value: 1 }]] }])),
    ).toBe("unknown-field");
    expect(
      codeOf(() => a.plan([{ type: "create", collection: "notes", record: "n", fields: [["title", { type: "increment", by: 1 }]] }])),
    ).toBe("wrong-kind");
  });

  it("[WRT7] a counter that would pass 2^53 is out-of-range", () => {
    const a = device();
    a.write((tx) => tx.notes.create({ opened: Number.MAX_SAFE_INTEGER }, { id: "n" }));
    expect(codeOf(() => a.write((tx) => tx.notes.counter("n", "opened").add(1)))).toBe("out-of-range");
    expect(
      codeOf(() =>
        a.write((tx) => {
          tx.notes.counter("n", "opened").add(-Number.MAX_SAFE_INTEGER);
          tx.notes.counter("n", "opened").add(-1);
        }),
      ),
    ).toBe("out-of-range");
    expect(a.view("notes", "n")).toMatchObject({ opened: Number.MAX_SAFE_INTEGER });
    a.write((tx) => {
      tx.notes.create({ opened: Number.MAX_SAFE_INTEGER }, { id: "there and back" });
      for (const by of [4, -Number.MAX_SAFE_INTEGER]) tx.notes.counter("there and back", "opened").add(by);
    });
    expect(a.view("notes", "there and back")).toMatchObject({ opened: 4 });
  });

  it("[WRT19][T25] a field that was a register and is a counter keeps both, and shows the declared one", () => {
    const before = defineSchema({
      version: 1,
      collections: { things: collection({ size: register(z.number(), 0), name: register(z.string(), "") }) },
    });
    const after = defineSchema({ version: 2, collections: { things: collection({ size: counter(), name: list(z.string()) }) } });
    const [old, young] = [new TestReplica(replicaIdOf("a"), before), new TestReplica(replicaIdOf("b"), after)];
    old.write((tx) => tx.things.create({ size: 40, name: "box" }, { id: "t" }));
    const transaction = old.log[0]?.transaction as Transaction;
    young.receive(transaction);
    expect(young.view("things", "t")).toEqual({ id: "t", size: 0, name: [] });
    young.write((tx) => {
      tx.things.counter("t", "size").add(2);
      tx.things.list("t", "name").push("crate");
    });
    expect(young.log[0]?.planned.operations.map((operation) => operation.kind)).toEqual([kindCodes.counter, kindCodes.list]);
    old.receive(young.log[0]?.transaction as Transaction);
    expect(young.view("things", "t")).toEqual({ id: "t", size: 2, name: ["crate"] });
    expect(old.view("things", "t")).toEqual({ id: "t", size: 40, name: "box" });
    old.write((tx) => tx.things.update("t", { size: 41 }));
    expect(old.view("things", "t")).toMatchObject({ size: 41 });
  });
});
