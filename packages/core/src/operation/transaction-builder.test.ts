import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { HoldfastError } from "../base/error.ts";
import { collection, defineSchema, toSchemaSpec } from "../schema/define-schema.ts";
import { register, set } from "../schema/kinds.ts";
import { latticesOf } from "../schema/lattices-of.ts";
import { operationLimits } from "./limits.ts";
import type { Mutation } from "./mutation.ts";
import { codeOf, replicaIdOf, schema, TestReplica } from "./reference/fixture.ts";
import { previewRecord } from "./preview-record.ts";
import { TransactionBuilder } from "./transaction-builder.ts";
import type { WriteTransaction } from "./typed-transaction.ts";

type Tx = WriteTransaction<typeof schema>;
type Loose = Record<string, Record<string, (...args: unknown[]) => unknown>>;

const replica = () => new TestReplica(replicaIdOf("a"), schema);

/** The call is refused with `code`, nothing is buffered by it, and the transaction goes on. */
function expectRefused(code: string, call: (tx: Tx) => unknown): void {
  const builder = replica().builder();
  builder.tx.notes.create({ title: "kept" }, { id: "n" });
  const before: readonly Mutation[] = [...builder.mutations];
  expect(
    codeOf(() => call(builder.tx)),
    call.toString(),
  ).toBe(code);
  expect(builder.mutations, call.toString()).toEqual(before);
  builder.tx.notes.update("n", { pinned: true });
  expect(builder.close()).toHaveLength(before.length + 1);
}

const loose = (tx: Tx): Loose => tx as unknown as Loose;
const any = (value: unknown): never => value as never;

describe("a call that is wrong", () => {
  it("[WRT1] invalid-value", () => {
    const values: unknown[] = [1, null, {}, [], "x".repeat(201), "\u0000", "\ud800", () => 1, Symbol("a"), new Date(), 1n];
    for (const value of values) {
      expectRefused("invalid-value", (tx) => tx.notes.update("n", { title: any(value) }));
      expectRefused("invalid-value", (tx) => tx.notes.create({ pinned: true, title: any(value) }));
    }
    for (const input of [null, 1, "a", [], true]) {
      expectRefused("invalid-value", (tx) => tx.notes.update("n", any(input)));
      if (input !== null) expectRefused("invalid-value", (tx) => tx.notes.create(any(input)));
    }
    for (const id of ["", any(1), any(null), "\ud800", "é".repeat(65), "a\u0000"]) {
      expectRefused("invalid-value", (tx) => tx.notes.create({}, { id }));
      expectRefused("invalid-value", (tx) => tx.notes.update(id, {}));
      expectRefused("invalid-value", (tx) => tx.notes.delete(id));
      expectRefused("invalid-value", (tx) => tx.notes.counter(id, "opened"));
    }
    expectRefused("invalid-value", (tx) => tx.notes.create({ tags: any("a") }));
    expectRefused("invalid-value", (tx) => tx.notes.create({ checklist: [{ label: "a", done: any(1) }] }));
    expectRefused("invalid-value", (tx) => tx.notes.create({ body: any(1) }));
    expectRefused("invalid-value", (tx) => tx.notes.set("n", "tags").add("a", any(undefined)));
    expectRefused("invalid-value", (tx) => tx.notes.create({ tags: any(new Array(2)) }));
    expectRefused("invalid-value", (tx) => tx.notes.list("n", "checklist").set(0, any("a")));
    expectRefused("invalid-value", (tx) => tx.notes.text("n", "body").insert(0, any(1)));
    expectRefused("invalid-value", (tx) => tx.notes.text("n", "body").apply(any([1])));
  });

  it("[WRT7][T20] counters count whole numbers within 2^53", () => {
    for (const by of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "1", 1n, null]) {
      expectRefused("invalid-value", (tx) => tx.notes.counter("n", "opened").add(any(by)));
      expectRefused("invalid-value", (tx) => tx.notes.create({ opened: any(by) }));
    }
  });

  it("[WRT7][T19] texts hold no half of a surrogate pair and no NUL", () => {
    for (const text of ["a\ud800", "\udc00", "a\u0000b"]) {
      expectRefused("invalid-text", (tx) => tx.notes.text("n", "body").insert(0, text));
      expectRefused("invalid-text", (tx) => tx.notes.create({ body: text }));
    }
  });

  it("[WRT1] out-of-range", () => {
    for (const at of [-1, 0.5, Number.NaN, "0", undefined]) {
      expectRefused("out-of-range", (tx) => tx.notes.text("n", "body").insert(any(at), "a"));
      expectRefused("out-of-range", (tx) => tx.notes.text("n", "body").delete(any(at), 1));
      expectRefused("out-of-range", (tx) => tx.notes.text("n", "body").delete(0, any(at)));
      if (at !== "0") expectRefused("out-of-range", (tx) => tx.notes.list("n", "checklist").delete(any(at)));
    }
    expectRefused("out-of-range", (tx) => tx.notes.list("n", "checklist").move("", 0));
    expectRefused("out-of-range", (tx) => tx.notes.list("n", "checklist").insert("k".repeat(129), { label: "a", done: false }));
  });

  it("[WRT8] unknown-field and unknown-collection, also by names that objects have", () => {
    for (const field of ["nope", "id", "constructor", "__proto__", "toString", ""]) {
      expectRefused("unknown-field", (tx) => tx.notes.create(any(Object.fromEntries([[field, 1]]))));
      expectRefused("unknown-field", (tx) => tx.notes.update("n", any(Object.fromEntries([[field, undefined]]))));
      expectRefused("unknown-field", (tx) => tx.notes.text("n", any(field)));
      expectRefused("unknown-field", (tx) => tx.notes.set("n", any(field)));
    }
    for (const name of ["note", "constructor", "__proto__", "toString", "hasOwnProperty"])
      expectRefused("unknown-collection", (tx) => loose(tx)[name]);
  });

  it("[WRT1][WRT5] wrong-kind", () => {
    for (const field of ["body", "tags", "checklist", "opened"])
      expectRefused("wrong-kind", (tx) => tx.notes.update("n", any({ [field]: "a" })));
    for (const kind of ["text", "set", "list", "counter"]) expectRefused("wrong-kind", (tx) => loose(tx)["notes"]?.[kind]?.("n", "title"));
    expectRefused("wrong-kind", (tx) => tx.accounts.create({ plan: "pro" }));
    expectRefused("wrong-kind", (tx) => tx.accounts.update("a", { credits: 1 }));
  });

  it("[WRT5] the advice is an intent, and r0 and provisional effects may write", () => {
    try {
      replica().builder().tx.accounts.update("a", { plan: "pro" });
      expect.unreachable();
    } catch (error) {
      expect((error as HoldfastError).advice).toContain("intent");
    }
    const builder = replica().builder("allowed");
    builder.tx.accounts.update("a", { plan: "pro", credits: 3 });
    expect(builder.close()).toHaveLength(2);
  });

  it("[WRT1] a patch with one wrong field buffers none of it", () => {
    expectRefused("invalid-value", (tx) => tx.notes.update("n", { title: "fine", pinned: any("yes") }));
    expectRefused("unknown-field", (tx) => tx.notes.update("n", any({ title: "fine", nope: 1 })));
  });
});

describe("limits", () => {
  it("[WRT6] values, elements and texts", () => {
    const big = "x".repeat(operationLimits.valueBytesMax + 1);
    const blobs = defineSchema({
      version: 1,
      collections: { files: collection({ bytes: register(z.instanceof(Uint8Array), new Uint8Array()), parts: set(z.string()) }) },
    });
    const builder = new TransactionBuilder<typeof blobs>({
      schema: toSchemaSpec(blobs),
      mintRecordId: () => "f",
      read: () => undefined,
      arbitrated: "refused",
    });
    expect(codeOf(() => builder.tx.files.create({ bytes: new Uint8Array(operationLimits.valueBytesMax) }))).toBe("too-large");
    expect(codeOf(() => builder.tx.files.set("f", "parts").add(big))).toBe("too-large");
    expect(codeOf(() => builder.tx.files.set("f", "parts").add(...new Array<string>(operationLimits.elementsMax + 1).fill("a")))).toBe(
      "too-large",
    );
    expect(builder.mutations).toEqual([]);
    builder.tx.files.create({ bytes: new Uint8Array(operationLimits.valueBytesMax - 8) });
    expect(builder.mutations).toHaveLength(1);
    expectRefused("too-large", (tx) => tx.notes.text("n", "body").insert(0, big));
    expectRefused("too-large", (tx) => tx.notes.text("n", "body").insert(0, "é".repeat(operationLimits.valueBytesMax / 2 + 1)));
    expectRefused("too-large", (tx) => tx.notes.text("n", "body").apply(new Uint8Array(operationLimits.valueBytesMax + 1)));
  });

  it("[WRT6] what one transaction buffers", () => {
    const builder = replica().builder();
    const opened = builder.tx.notes.counter("n", "opened");
    for (let i = 0; i < operationLimits.changesMax; i++) opened.add(1);
    expect(codeOf(() => opened.add(1))).toBe("too-large");
    expect(codeOf(() => builder.tx.notes.update("n", { title: "a", pinned: true }))).toBe("too-large");
    expect(builder.mutations).toHaveLength(operationLimits.changesMax);
    const almost = replica().builder();
    for (let i = 1; i < operationLimits.changesMax; i++) almost.tx.notes.counter("n", "opened").add(1);
    expect(codeOf(() => almost.tx.notes.update("n", { title: "a", pinned: true }))).toBe("too-large");
    expect(almost.mutations).toHaveLength(operationLimits.changesMax - 1);
    const texts = replica().builder();
    const body = texts.tx.notes.text("n", "body");
    const block = "x".repeat(operationLimits.valueBytesMax);
    for (let i = 0; i < operationLimits.bufferedBytesMax / block.length; i++) body.insert(0, block);
    expect(codeOf(() => body.insert(0, block))).toBe("too-large");
  });
});

describe("the end of a transaction", () => {
  it("[WRT4] closes tx and every handle", async () => {
    const builder = replica().builder();
    const id = builder.tx.notes.create({});
    const { notes } = builder.tx;
    const handles = [notes.text(id, "body"), notes.set(id, "tags"), notes.list(id, "checklist"), notes.counter(id, "opened")] as const;
    const mutations = builder.close();
    const calls: (() => unknown)[] = [
      () => notes.create({}),
      () => notes.update(id, { title: "late" }),
      () => notes.update(id, {}),
      () => notes.delete(id),
      () => notes.text(id, "body"),
      () => handles[0].insert(0, "late"),
      () => handles[0].insert(0, ""),
      () => handles[0].delete(0, 1),
      () => handles[0].apply(new Uint8Array(2)),
      () => handles[1].add("late"),
      () => handles[1].delete(),
      () => handles[2].push({ label: "late", done: false }),
      () => handles[2].insert(0),
      () => handles[2].set(0, { label: "late", done: false }),
      () => handles[2].move(0, 1),
      () => handles[2].delete(0),
      () => handles[3].add(1),
    ];
    for (const call of calls) expect(codeOf(call), call.toString()).toBe("transaction-closed");
    await expect(notes.get(id)).rejects.toMatchObject({ code: "transaction-closed" });
    await expect(notes.items(id, "checklist")).rejects.toMatchObject({ code: "transaction-closed" });
    expect(mutations).toHaveLength(1);
  });

  it("[WRT4] a tx can be returned from an async callback: it is no promise", async () => {
    const { tx } = replica().builder();
    expect((tx as unknown as { then: unknown }).then).toBeUndefined();
    await expect(Promise.resolve(tx)).resolves.toBe(tx);
    expect(JSON.stringify(tx)).toBeTypeOf("string");
  });
});

describe("reads in a transaction", () => {
  it("[WRT3] see what it has changed, and change nothing", async () => {
    const device = replica();
    device.write((tx) =>
      tx.notes.create({ title: "old", tags: ["a"], opened: 2, body: "text", checklist: [{ label: "x", done: false }] }, { id: "n" }),
    );
    const builder = device.builder();
    const { notes } = builder.tx;
    notes.update("n", { title: "new" });
    notes.set("n", "tags").add("b");
    notes.counter("n", "opened").add(3);
    notes.text("n", "body").insert(4, "!");
    notes.list("n", "checklist").push({ label: "y", done: true });
    const seen = await notes.get("n");
    expect(seen).toEqual({
      id: "n",
      title: "new",
      pinned: false,
      due: null,
      tags: ["a", "b"],
      opened: 5,
      body: "text!",
      checklist: [
        { label: "x", done: false },
        { label: "y", done: true },
      ],
    });
    const items = await notes.items("n", "checklist");
    expect(items.map((item) => item.value.label)).toEqual(["x", "y"]);
    expect(items[0]?.key).not.toBe("");
    expect(items[1]?.key).toBe("");
    expect(await notes.get("nobody")).toBeUndefined();
    expect(await notes.items("nobody", "checklist")).toEqual([]);
    expect(builder.close()).toHaveLength(5);
    expect(device.view("notes", "n")).toMatchObject({ title: "old", opened: 2 });
    notesKeyStays(device, items[0]?.key ?? "");
  });

  it("[WRT3] a deleted record is gone, a created one there, and one created again as given", async () => {
    const device = replica();
    device.write((tx) => tx.notes.create({ title: "old", opened: 4 }, { id: "n" }));
    const { tx } = device.builder();
    tx.notes.delete("n");
    expect(await tx.notes.get("n")).toBeUndefined();
    tx.notes.create({ pinned: true }, { id: "n" });
    expect(await tx.notes.get("n")).toMatchObject({ title: "", pinned: true, opened: 0 });
    const id = tx.notes.create();
    expect(await tx.notes.get(id)).toMatchObject({ id, title: "" });
  });

  it("[WRT3] see through what another unfinished transaction shows", async () => {
    const device = replica();
    device.write((tx) => tx.notes.create({ title: "stored" }, { id: "n" }));
    const builder = device.builder();
    builder.tx.notes.update("n", { title: "provisional" });
    const spec = toSchemaSpec(schema);
    const shown = previewRecord(spec, latticesOf(spec), device.records.get("notes/n"), builder.mutations);
    const { tx } = new TransactionBuilder<typeof schema>({
      schema: spec,
      mintRecordId: () => "m",
      read: () => shown,
      arbitrated: "refused",
    });
    tx.notes.update("n", { pinned: true });
    tx.notes.update("n", { title: "on top" });
    expect(await tx.notes.get("n")).toMatchObject({ title: "on top", pinned: true });
  });

  it("[WRT3] waits for a store that answers later", async () => {
    const device = replica();
    device.write((tx) => tx.notes.create({ title: "stored" }, { id: "n" }));
    const state = device.records.get("notes/n");
    const { tx } = new TransactionBuilder<typeof schema>({
      schema: toSchemaSpec(schema),
      mintRecordId: () => "m",
      read: () => Promise.resolve(state),
      arbitrated: "refused",
    });
    tx.notes.update("n", { pinned: true });
    expect(await tx.notes.get("n")).toMatchObject({ title: "stored", pinned: true });
  });
});

/** A key that a read gave names the item in the next write. */
function notesKeyStays(device: TestReplica, key: string): void {
  device.write((tx) => tx.notes.list("n", "checklist").set(key, { label: "renamed", done: true }));
  expect(device.view("notes", "n")).toMatchObject({ checklist: [{ label: "renamed", done: true }] });
}
