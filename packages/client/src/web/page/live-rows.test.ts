import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFeed, rowsDifference } from "../owner/feed.ts";
import type { OwnerMessage } from "../protocol/messages.ts";
import { splitRows } from "../protocol/split-rows.ts";
import { LiveRows } from "./live-rows.ts";

interface Row {
  readonly id: string;
  readonly n: number;
}

/** An owner's feed over results that a test gives, and the page's end. */
function connect(page: LiveRows, shown: (readonly unknown[])[]) {
  let changed: (rows: readonly Row[]) => void = () => undefined;
  const sent: OwnerMessage[] = [];
  const feed = createFeed<readonly Row[]>({
    subscribe: (listener) => {
      changed = listener;
      return { stop: () => undefined };
    },
    difference: rowsDifference(1),
    send: (message) => sent.push(message),
  });
  return {
    feed,
    sent,
    change: (rows: readonly Row[]) => changed(rows),
    take(): void {
      const message = sent.shift();
      const pieces = message === undefined ? [] : splitRows(message, 2).map((piece) => structuredClone(piece));
      for (const piece of pieces) if (piece.type === "rows-ahead") page.takeAhead(piece.rows);
      const last = pieces.at(-1);
      if (last?.type !== "rows") return;
      const result = page.take(last);
      if (result !== undefined) shown.push(result.rows);
      feed.taken();
    },
  };
}

const results = fc.array(fc.uniqueArray(fc.record({ id: fc.constantFrom(..."abcde"), n: fc.nat(2) }), { selector: ({ id }) => id }), {
  minLength: 1,
  maxLength: 12,
});

describe("a live query between two threads", () => {
  it("[TAB11][F69] shows at last what the owner has, however slowly it is taken; rows that say the same stay the same objects", () => {
    fc.assert(
      fc.property(results, fc.infiniteStream(fc.boolean()), (changes, takes) => {
        const page = new LiveRows();
        const shown: (readonly unknown[])[] = [];
        const owner = connect(page, shown);
        const rows = new Map<string, Row>();
        for (const change of changes) {
          // As the engine does: what has not changed is the same object.
          const next = change.map((row) => (rows.get(row.id)?.n === row.n ? (rows.get(row.id) as Row) : row));
          rows.clear();
          for (const row of next) rows.set(row.id, row);
          owner.change(next);
          expect(owner.sent.length).toBeLessThanOrEqual(1);
          const before = new Map(page.rows.map((row) => [row.id, row]));
          if (takes.next().value === true) owner.take();
          for (const row of page.rows) {
            const old = before.get(row.id) as unknown as Row | undefined;
            if (old !== undefined && old.n === (row as unknown as Row).n) expect(row).toBe(old);
          }
        }
        for (let n = 0; n < 3; n++) owner.take();
        expect(page.rows).toEqual(changes.at(-1));
        for (const [at, each] of shown.entries()) if (at > 0) expect(each).not.toEqual(shown[at - 1]);
      }),
    );
  });

  it("[TAB11] a new owner that has the same rows changes nothing", () => {
    const page = new LiveRows();
    const shown: (readonly unknown[])[] = [];
    const first = connect(page, shown);
    first.change([{ id: "a", n: 1 }]);
    first.take();
    const [row] = page.rows;
    page.restart();
    const second = connect(page, shown);
    second.change([{ id: "a", n: 1 }]);
    second.take();
    expect(shown).toHaveLength(1);
    expect(page.rows[0]).toBe(row);
    second.change([
      { id: "a", n: 1 },
      { id: "b", n: 1 },
    ]);
    second.take();
    expect(shown).toHaveLength(2);
    expect(page.rows[0]).toBe(row);
  });
});
