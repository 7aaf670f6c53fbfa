import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { applyOperation, isShown, originOf } from "../lattice/record.ts";
import { decodeRecordState, encodeRecordState } from "../lattice/record-codec.ts";
import type { RecordState } from "../lattice/record-state.ts";
import { latticesOf } from "../schema/lattices-of.ts";
import { toSchemaSpec } from "../schema/define-schema.ts";
import { encodeTransaction, identityOf } from "../wire/transaction-codec.ts";
import type { Transaction } from "./operation.ts";
import { replicaIdOf, schema, TestReplica } from "./reference/fixture.ts";
import { renameRecord } from "./rename-record.ts";
import { restampTransactions } from "./restamp.ts";

const old = replicaIdOf("a");
const lattices = latticesOf(toSchemaSpec(schema));
const kinds = ["title", "tag", "untag", "push", "edit", "move", "take", "count", "type", "delete"] as const;
type Act = readonly [(typeof kinds)[number], number];

function write(device: TestReplica<typeof schema>, [kind, amount]: Act): void {
  if (!isShown(device.records.get("notes/n"))) device.write((tx) => tx.notes.create({ title: `${amount}`, tags: ["1"] }, { id: "n" }));
  const { checklist } = device.view("notes", "n") as { checklist: readonly unknown[] };
  const at = checklist.length === 0 ? undefined : amount % checklist.length;
  const item = { label: `${amount}`, done: false };
  device.write((tx) => {
    // Each is more than nothing.
    tx.notes.counter("n", "opened").add(1);
    if (kind === "title") tx.notes.update("n", { title: `${amount}` });
    if (kind === "tag") tx.notes.set("n", "tags").add(`${amount % 3}`);
    if (kind === "untag") tx.notes.set("n", "tags").delete(`${amount % 3}`);
    if (kind === "push") tx.notes.list("n", "checklist").push(item, item);
    if (kind === "count") tx.notes.counter("n", "opened").add(amount - 4);
    if (kind === "type") tx.notes.text("n", "body").insert(0, `${amount}`);
    if (at === undefined) return;
    if (kind === "edit") tx.notes.list("n", "checklist").set(at, item);
    if (kind === "move") tx.notes.list("n", "checklist").move(at, 0);
    if (kind === "take") tx.notes.list("n", "checklist").delete(at);
  });
  if (kind === "delete") device.write((tx) => tx.notes.delete("n"));
}

const acts = fc.array(fc.tuple(fc.constantFrom(...kinds), fc.nat(8)), { maxLength: 6 });

describe("a record whose confirmed operations are said again under another id", () => {
  it.each([replicaIdOf("1"), replicaIdOf("e")])(
    "[RST10][T4][T11] holds each of them once, and shows with what is pending what it showed before (%s)",
    (young) => {
      fc.assert(
        fc.property(acts, fc.boolean(), acts, acts, acts, (stays, isAll, theirs, confirmed, pending) => {
          const device = new TestReplica(old, schema);
          device.write((tx) => tx.notes.create({ tags: ["0"], checklist: [{ label: "first", done: false }], body: "text" }, { id: "n" }));
          for (const act of stays) write(device, act);
          const through = isAll ? 0 : device.counter;
          const other = new TestReplica(replicaIdOf("c"), schema);
          for (const { transaction } of device.log) other.receive(transaction);
          for (const act of theirs) write(other, act);
          const first = isAll ? 0 : device.log.length;
          for (const act of confirmed) write(device, act);
          for (const { transaction } of other.log) device.receive(transaction);
          const held = device.counter;
          const base = device.records.get("notes/n") as RecordState;
          for (const act of pending) write(device, act);

          const again = restamped(device, first, through, young);
          const renamed = renameRecord(base, {
            from: old,
            confirmedThrough: through,
            to: young,
            restamped: again.map((transaction) => ({ transaction })),
          });
          const kept = decodeRecordState(lattices, encodeRecordState(lattices, renamed));
          let state = kept.ok ? kept.value : undefined;
          for (const transaction of again) {
            if (transaction.body.type !== "operations") continue;
            for (const [index, operation] of transaction.body.operations.entries()) {
              const applied = applyOperation(lattices, state, operation, originOf(transaction, index, undefined));
              expect(applied.duplicate).toBe(transaction.counter + index <= held - through);
              state = applied.record;
            }
          }
          const shown = new TestReplica(young, schema);
          shown.records.set("notes/n", state as RecordState);
          expect(viewOf(shown)).toEqual(viewOf(device));
        }),
      );
    },
  );
});

/** What is written at one place at once stands in the order of the ids, which are others now. */
function viewOf(device: TestReplica<typeof schema>) {
  const view = device.view("notes", "n") as { checklist: { label: string }[] };
  return { ...view, isShown: isShown(device.records.get("notes/n")), checklist: view.checklist.map(({ label }) => label).sort() };
}

function restamped(
  device: TestReplica<typeof schema>,
  first: number,
  confirmedThrough: number,
  replica: typeof old,
): readonly Transaction[] {
  const pending = device.log.slice(first).map(({ transaction, planned }) => ({
    transaction,
    increments: new Map(planned.increments.flatMap((each, index) => (each === undefined ? [] : [[index, each.up - each.down] as const]))),
  }));
  return restampTransactions({
    pending,
    confirmedThrough,
    confirmedOn: () => confirmedThrough,
    identityOf: (each) => identityOf(each, encodeTransaction(each)),
    replica,
  }).map(({ transaction }) => transaction);
}
