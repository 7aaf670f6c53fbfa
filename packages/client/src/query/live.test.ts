import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bed, createBed, eventually, space } from "../testing/bed.ts";

describe("live queries and what concerns them", () => {
  let bed: Bed;
  beforeEach(() => {
    bed = createBed();
  });
  afterEach(() => bed.dispose());

  it("[CLI87][F69] of 200 live queries a change runs those again that it can concern, and tells those whose result is another", async () => {
    let selects = 0;
    const replica = await bed.open("a", {
      wrap: (port) => ({
        ...port,
        all: (sql, parameters) => {
          if (sql.startsWith("SELECT id, _meta")) selects++;
          return port.all(sql, parameters);
        },
      }),
    });
    const title = (n: number): string => `t${String(n).padStart(4, "0")}`;
    const { value: ids } = await replica.write(space, (tx) => Array.from({ length: 800 }, (_, n) => tx.notes.create({ title: title(n) })));
    const told: number[] = [];
    for (let n = 0; n < 200; n++)
      replica
        .space(space)
        .notes.where({ title: { gte: title(4 * n), lt: title(4 * n + 4) } })
        .subscribe(() => told.push(n));
    await eventually("the first results", () => told.length === 200);
    told.length = 0;
    selects = 0;
    await replica.write(space, (tx) => tx.notes.update(ids[42] ?? "", { pinned: true }));
    expect({ told, selects }).toEqual({ told: [10], selects: 1 });
    // Out of one, and into another.
    await replica.write(space, (tx) => tx.notes.update(ids[42] ?? "", { title: title(400) }));
    expect({ told, selects }).toEqual({ told: [10, 10, 100], selects: 3 });
    await replica.write(space, (tx) => tx.notes.create({ title: "elsewhere" }));
    expect({ told, selects }).toEqual({ told: [10, 10, 100], selects: 3 });
    // More than is worth being looked at one by one.
    await replica.write(space, (tx) => ids.slice(0, 20).map((id) => tx.notes.update(id, { pinned: true })));
    expect({ told: told.slice(3), selects }).toEqual({ told: [0, 1, 2, 3, 4], selects: 203 });
  });

  it("[CLI6][T18] a live query whose run the disk has failed is told by the next change, and the app of the failure", async () => {
    let failing = true;
    const failures: unknown[] = [];
    const replica = await bed.open("a", {
      onError: (error) => failures.push(error),
      wrap: (port) => ({
        ...port,
        all: (sql, parameters) => {
          if (failing && sql.startsWith("SELECT id, _meta")) throw new Error("the disk is away");
          return port.all(sql, parameters);
        },
      }),
    });
    const told: number[] = [];
    replica.space(space).notes.subscribe((rows) => told.push(rows.length));
    await eventually("the first run fails", () => failures.length === 1);
    failing = false;
    await replica.write(space, (tx) => tx.notes.create({ title: "a" }));
    expect({ told, failures: failures.length }).toEqual({ told: [1], failures: 1 });
  });

  const action = fc.record({ note: fc.nat(5), title: fc.constantFrom("a", "b", "c", "d"), pinned: fc.boolean(), gone: fc.boolean() });
  const plan = fc.record({
    pinned: fc.option(fc.boolean()),
    from: fc.option(fc.constantFrom("a", "b", "c")),
    order: fc.constantFrom("title", "pinned", undefined),
    direction: fc.constantFrom("asc", "desc"),
    limit: fc.option(fc.record({ count: fc.nat(3), offset: fc.nat(2) })),
  });

  it("[CLI6][CLI87] whatever is asked and whatever is written, a live query shows what the same query would give", async () => {
    const replica = await bed.open();
    const { notes } = replica.space(space);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(plan, { minLength: 1, maxLength: 4 }),
        fc.array(fc.array(action, { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
        async (plans, writes) => {
          round++;
          const queries = plans.map(({ pinned, from, order, direction, limit }) => {
            let query = notes.where({
              opened: round,
              ...(pinned === null ? {} : { pinned }),
              ...(from === null ? {} : { title: { gte: from } }),
            });
            if (order !== undefined) query = query.orderBy(order, direction);
            return limit === null ? query : query.limit(limit.count, limit.offset);
          });
          let first = 0;
          const lives = queries.map((query) => query.subscribe(() => first++));
          await eventually("the first results", () => first >= queries.length);
          for (const write of writes) {
            await replica.write(space, async (tx) => {
              for (const { note, title, pinned, gone } of write) {
                const id = `${round}-${note}`;
                const held = await tx.notes.get(id);
                if (held === undefined) tx.notes.create({ title, pinned, opened: round }, { id });
                else if (gone) tx.notes.delete(id);
                else tx.notes.update(id, { title, pinned });
              }
            });
            for (const [index, query] of queries.entries()) expect(lives[index]?.rows).toEqual(await query.all());
          }
          for (const live of lives) live.stop();
        },
      ),
      { numRuns: 60 },
    );
  });
});
