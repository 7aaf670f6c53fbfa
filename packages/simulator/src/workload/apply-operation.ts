/** One planned operation, as an app does it: the entry and its effect in one transaction. */
import type { Replica } from "@holdfast/client";
import type { WriteTransaction } from "@holdfast/core";
import type { PlannedOperation } from "../plan/plan.ts";
import type { SimulatedSchema } from "./schema.ts";
import { spaceName } from "./schema.ts";

export type Effect = "count" | "transfer" | "rename" | "tag" | "step" | "type" | "draft" | "erase" | "forbidden" | "spend" | "read";

type LedgerReplica = Replica<SimulatedSchema>;
type Tx = WriteTransaction<SimulatedSchema>;

export function writeOperation(replica: LedgerReplica, operation: PlannedOperation): ReturnType<LedgerReplica["write"]> {
  return replica.write(spaceName(operation.space), (tx) => applyOperation(tx, operation));
}

async function applyOperation(tx: Tx, { id, effect, target, amount }: PlannedOperation): Promise<void> {
  if (effect === "erase") {
    if ((await tx.drafts.get(target)) !== undefined) tx.drafts.delete(target);
    return;
  }
  if (effect === "draft") {
    if ((await tx.drafts.get(target)) === undefined) tx.drafts.create({ line: id }, { id: target });
    else tx.drafts.update(target, { line: id });
    return;
  }
  if (effect === "forbidden") return applyForbidden(tx, id, amount);
  tx.entries.create({ effect, target, amount }, { id });
  if (effect === "count") await addTo(tx, target, amount);
  else if (effect === "transfer") {
    await addTo(tx, target, -amount);
    await addTo(tx, otherTarget(target), amount);
  } else {
    if ((await tx.boards.get(target)) === undefined) tx.boards.create({}, { id: target });
    if (effect === "rename") tx.boards.update(target, { title: id });
    else if (effect === "tag") tx.boards.set(target, "tags").add(id);
    else if (effect === "step") tx.boards.list(target, "steps").push(id);
    else if (effect === "type") tx.boards.text(target, "body").insert(0, `<${id}>`);
  }
}

/** To a total of its own: what depends on a record that a refused write has created is refused with it. */
async function applyForbidden(tx: Tx, id: string, amount: number): Promise<void> {
  const target = `forbidden-${id}`;
  tx.entries.create({ effect: "forbidden", target, amount }, { id });
  await addTo(tx, target, amount);
}

async function addTo(tx: Tx, target: string, amount: number): Promise<void> {
  if ((await tx.totals.get(target)) === undefined) tx.totals.create({}, { id: target });
  tx.totals.counter(target, "sum").add(amount);
}

/** Where a transfer goes to. */
export function otherTarget(target: string): string {
  return `${target}-other`;
}

/** Effects whose transaction leaves an entry. */
export function leavesEntry(operation: PlannedOperation): boolean {
  return !["read", "draft", "erase", "spend"].includes(operation.effect);
}
