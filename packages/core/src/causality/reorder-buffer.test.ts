import fc from "fast-check";
import { expect, test } from "vitest";
import { createReorderBuffer, offerItem, type ReorderBuffer, type ReorderItem } from "./reorder-buffer.ts";

const run = { seed: 20261123, numRuns: 1000 };
const widths = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 10 });

/** A stream: each item begins where the one before ends. */
function streamOf(list: readonly number[], mark: number): readonly ReorderItem[] {
  let counter = mark + 1;
  return list.map((width) => {
    const item = { counter, width };
    counter += width;
    return item;
  });
}

test("[CAU4][T2] whatever order items come in, and however often, each goes once, in counter order", () => {
  fc.assert(
    fc.property(widths, fc.nat(5), fc.infiniteStream(fc.nat(0xffff)), (list, mark, picks) => {
      const stream = streamOf(list, mark);
      let buffer = createReorderBuffer<ReorderItem>(mark);
      const left = [...stream, ...stream];
      const released: ReorderItem[] = [];
      while (left.length > 0) {
        const [item] = left.splice((picks.next().value as number) % left.length, 1) as [ReorderItem];
        const offered = offerItem(buffer, item, { waitingMax: 100 });
        if (offered.type !== "kept") throw new Error(offered.type);
        released.push(...offered.released);
        buffer = offered.buffer;
        const last = released.at(-1);
        expect(buffer.mark).toBe(last === undefined ? mark : last.counter + last.width - 1);
      }
      expect(released).toEqual(stream);
      expect(buffer.waiting).toEqual([]);
    }),
    run,
  );
});

test("[CAU4][T2] an item after a gap waits, and the mark stays before the gap", () => {
  const offered = offerItem(createReorderBuffer(3), { counter: 5, width: 1 }, { waitingMax: 2 });
  expect(offered).toEqual({ type: "kept", buffer: { mark: 3, waiting: [{ counter: 5, width: 1 }] }, released: [] });
});

const full: ReorderBuffer<ReorderItem> = {
  mark: 0,
  waiting: [
    { counter: 3, width: 2 },
    { counter: 7, width: 1 },
  ],
};

test("[CAU5] full: what would wait is refused, a duplicate and what closes the gap are taken", () => {
  const limits = { waitingMax: 2 };
  expect(offerItem(full, { counter: 9, width: 1 }, limits)).toEqual({ type: "full" });
  expect(offerItem(full, { counter: 3, width: 2 }, limits)).toEqual({ type: "kept", buffer: full, released: [] });
  expect(offerItem(full, { counter: 1, width: 2 }, limits)).toEqual({
    type: "kept",
    buffer: { mark: 4, waiting: [{ counter: 7, width: 1 }] },
    released: [
      { counter: 1, width: 2 },
      { counter: 3, width: 2 },
    ],
  });
});

test("[CAU5] items that overlap contradict each other, wherever they meet", () => {
  const limits = { waitingMax: 9 };
  for (const item of [
    { counter: 3, width: 1 },
    { counter: 4, width: 1 },
    { counter: 5, width: 3 },
    { counter: 2, width: 2 },
    { counter: 1, width: 3 },
  ]) {
    expect(offerItem(full, item, limits)).toEqual({ type: "overlap" });
  }
  expect(offerItem({ mark: 4, waiting: [] }, { counter: 4, width: 2 }, limits)).toEqual({ type: "overlap" });
  expect(offerItem({ mark: 4, waiting: [] }, { counter: 3, width: 2 }, limits)).toMatchObject({ type: "kept", released: [] });
});
