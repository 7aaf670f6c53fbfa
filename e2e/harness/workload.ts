/** What a device does in a test: transactions of several records, each of which leaves an entry that says what it did. */
import type { WriteTransaction } from "@holdfast/core";
import type { Random } from "./keyed-random.ts";
import type { WorkloadSchema } from "./workload-schema.ts";

export type Effect = "count" | "rename" | "tag" | "step" | "type";

export interface Task {
  /** Unique in the whole test. */
  readonly id: string;
  readonly writer: string;
  readonly effect: Effect;
  readonly target: string;
  readonly amount: number;
}

const effects: readonly Effect[] = ["count", "count", "count", "rename", "tag", "step", "type"];

/** `board`: the record that this task's set, list, text and register belong to. */
export function drawTask(random: Random, writer: string, id: string, board: string): Task {
  const effect = random.pick(effects);
  const amount = random.between(1, 50) * (random.chance(0.4) ? -1 : 1);
  return { id, writer, effect, target: effect === "count" ? `total-${random.between(0, 2)}` : board, amount };
}

/** One transaction: the entry and the effect, together or not at all. */
export async function applyTask(tx: WriteTransaction<WorkloadSchema>, task: Task): Promise<void> {
  const { id, writer, effect, target, amount } = task;
  tx.entries.create({ writer, effect, target, amount }, { id });
  if (effect === "count") {
    if ((await tx.totals.get(target)) === undefined) tx.totals.create({}, { id: target });
    tx.totals.counter(target, "sum").add(amount);
    return;
  }
  if ((await tx.boards.get(target)) === undefined) tx.boards.create({}, { id: target });
  if (effect === "rename") tx.boards.update(target, { title: id });
  else if (effect === "tag") tx.boards.set(target, "tags").add(id);
  else if (effect === "step") tx.boards.list(target, "steps").push({ label: id });
  else tx.boards.text(target, "body").insert(0, `<${id}>`);
}
