/** A live query as its page sees it: differences in, results out, with rows that stay the same objects. */
import type { LiveChange } from "../../query/live.ts";
import type { AnyRow } from "../../query/rows.ts";
import type { OwnerMessage } from "../protocol/messages.ts";
import { applySplice } from "../protocol/splice.ts";
import { equalValues } from "./equal-values.ts";

type RowsMessage = Extract<OwnerMessage, { readonly type: "rows" }>;

export interface LiveResult {
  readonly rows: readonly AnyRow[];
  readonly change: LiveChange<AnyRow>;
}

export class LiveRows {
  /** What this owner has sent; `shown` is what the listener has, which may be from an owner before. */
  #ids: readonly string[] = [];
  #shown = new Map<string, AnyRow>();
  #rows: readonly AnyRow[] = [];
  #told = false;
  /** Of a result whose last piece has not come. */
  readonly #ahead = new Map<string, AnyRow>();

  get rows(): readonly AnyRow[] {
    return this.#rows;
  }

  restart(): void {
    this.#ids = [];
    this.#ahead.clear();
  }

  /** The first pieces of a large result: nothing is shown before the last has come. */
  takeAhead(rows: readonly AnyRow[]): void {
    for (const row of rows) this.#ahead.set(row.id, keepIfEqual(this.#shown.get(row.id), row));
  }

  /** Undefined where the listener has it all already. */
  take({ splice, rows }: RowsMessage): LiveResult | undefined {
    const ids = applySplice(this.#ids, splice);
    if (ids === undefined) throw new Error("A live query's difference does not fit what was sent before.");
    const before = this.#shown;
    this.takeAhead(rows);
    const fresh = new Map(this.#ahead);
    this.#ahead.clear();
    this.#ids = ids;
    const after = new Map<string, AnyRow>();
    for (const id of ids) {
      const row = fresh.get(id) ?? before.get(id);
      if (row === undefined) throw new Error("A live query names a row that was never sent.");
      after.set(id, row);
    }
    const change = compare(before, after);
    const isSame =
      change.added.length + change.removed.length + change.updated.length === 0 && this.#rows.every((row, at) => row.id === ids[at]);
    if (this.#told && isSame) return undefined;
    this.#told = true;
    this.#shown = after;
    this.#rows = Object.freeze([...after.values()]);
    return { rows: this.#rows, change };
  }
}

function keepIfEqual(known: AnyRow | undefined, row: AnyRow): AnyRow {
  return known !== undefined && equalValues(known, row) ? known : Object.freeze(row);
}

function compare(before: ReadonlyMap<string, AnyRow>, after: ReadonlyMap<string, AnyRow>): LiveChange<AnyRow> {
  const added: AnyRow[] = [];
  const updated: AnyRow[] = [];
  for (const [id, row] of after) {
    const old = before.get(id);
    if (old === undefined) added.push(row);
    else if (old !== row) updated.push(row);
  }
  const removed = [...before].filter(([id]) => !after.has(id)).map(([, row]) => row);
  return { added, removed, updated };
}
