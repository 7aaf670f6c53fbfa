/** One planned operation, as an app does it: the entry and its effect in one transaction. */
import type { Replica } from "@holdfast/client";
import type { WriteTransaction } from "@holdfast/core";
import type { PlannedOperation } from "../plan/plan.ts";
import { type BoardEffect, changeBoard, isBoardEffect } from "./change-board.ts";
import { keptValues, refusedValues } from "./odd-values.ts";
import type { SimulatedSchema } from "./schema.ts";
import { accountId, spaceName } from "./schema.ts";

export type Effect =
  | BoardEffect
  | "count"
  | "transfer"
  | "draft"
  | "erase"
  | "note"
  | "unnote"
  | "odd"
  | "refused odd"
  | "memo"
  | "label"
  | "forbidden"
  | "spend"
  | "claim"
  | "read";

type LedgerReplica = Replica<SimulatedSchema>;
type Tx = WriteTransaction<SimulatedSchema>;

/** The writer's circumstances. */
export interface Circumstances {
  /** Empty where nobody asks whose it is. */
  readonly mark: string;
  /** The app's: 0 is the old one. */
  readonly version: number;
}

export function writeOperation(
  replica: LedgerReplica,
  operation: PlannedOperation,
  circumstances: Circumstances,
): ReturnType<LedgerReplica["write"]> {
  return replica.write(spaceName(operation.space), (tx) => applyOperation(tx, operation, circumstances));
}

async function applyOperation(tx: Tx, operation: PlannedOperation, { mark, version }: Circumstances): Promise<void> {
  const { id, target, amount } = operation;
  const effect = operation.effect as Effect;
  const entry = { effect, target, amount, ...(mark !== "" && { mark }) };
  if (isBoardEffect(effect)) {
    const { of = "", saw = [], done } = await changeBoard(tx, { id, effect, target, version });
    // Nothing to remove, move or revise: the app's user finds the button grey.
    if (done) tx.entries.create({ ...entry, ...(of !== "" && { of }), ...(saw.length > 0 && { saw: [...saw] }) }, { id });
    else tx.entries.create({ ...entry, effect: "nothing" }, { id });
    return;
  }
  switch (effect) {
    case "erase":
      if ((await tx.drafts.get(target)) !== undefined) tx.drafts.delete(target);
      return;
    case "draft":
      if ((await tx.drafts.get(target)) === undefined) tx.drafts.create({ line: id }, { id: target });
      else tx.drafts.update(target, { line: id });
      return;
    case "forbidden":
      return applyForbidden(tx, entry, id);
    case "count":
      tx.entries.create(entry, { id });
      return addTo(tx, target, amount);
    case "transfer":
      tx.entries.create(entry, { id });
      await addTo(tx, target, -amount);
      return addTo(tx, otherTarget(target), amount);
    case "note":
      tx.entries.create(entry, { id });
      if ((await tx.notes.get(target)) === undefined) tx.notes.create({ body: id }, { id: target });
      else tx.notes.update(target, { body: id });
      tx.notes.set(target, "edits").add(id);
      return;
    case "unnote": {
      const row = await tx.notes.get(target);
      tx.entries.create({ ...entry, saw: [...(row?.edits ?? [])] }, { id });
      if (row !== undefined) tx.notes.delete(target);
      return;
    }
    case "odd":
      tx.entries.create(entry, { id });
      tx.oddities.create({ value: keptValues[Math.abs(amount) % keptValues.length]?.value }, { id });
      return;
    case "refused odd":
      tx.entries.create(entry, { id });
      tx.oddities.create({ value: refusedValues[Math.abs(amount) % refusedValues.length] }, { id });
      return;
    case "label": {
      // Before the first page there is no account.
      const isThere = (await tx.accounts.get(accountId)) !== undefined;
      tx.entries.create(isThere ? entry : { ...entry, effect: "nothing" }, { id });
      if (isThere) tx.accounts.update(accountId, { label: id });
      return;
    }
    case "memo":
      tx.entries.create({ ...entry, remark: `remark of ${id}` }, { id });
      tx.memos.create({ line: id }, { id });
      return;
    default:
      throw new TypeError(`"${effect}" is no write`);
  }
}

/**
 * Half of them add to a total that is there, so that what later writes have counted in has to be taken back; the others have one of their
 * own: what depends on a record that a refused write has created is refused with it.
 */
async function applyForbidden(tx: Tx, entry: { readonly amount: number; readonly target: string }, id: string): Promise<void> {
  const spoils = entry.amount % 2 === 0 && (await tx.totals.get(entry.target)) !== undefined;
  const target = spoils ? entry.target : `forbidden-${id}`;
  tx.entries.create({ ...entry, effect: "forbidden", target }, { id });
  await addTo(tx, target, entry.amount);
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
  return !["read", "draft", "erase", "spend", "claim", "refused odd"].includes(operation.effect);
}
