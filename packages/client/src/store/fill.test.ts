import { collection, counter, defineSchema, register, text } from "@holdfast/core";
import type { SqlitePort } from "@holdfast/core/engine";
import { expect, it } from "vitest";
import { z } from "zod";
import { space } from "../testing/bed.ts";
import { useBed } from "../testing/use-bed.ts";

const bed = useBed();

const old = defineSchema({ version: 1, collections: { notes: collection({ title: register(z.string(), "") }) } });
const next = defineSchema({
  version: 2,
  collections: { notes: collection({ title: register(z.string(), ""), stars: counter(), body: text() }) },
});

it("[CLI29][F55] a filling that dies again and again goes on where it was: all of it costs little more than once", async () => {
  const rows = 60;
  const [sliceRows, rowsPerLife] = [5, 8];
  const first = await bed.open("a", { schema: old as never });
  for (let n = 0; n < rows; n++) await first.write(space, (tx) => tx.notes.create({ title: `${n}` }, { id: `n${n}` }));
  await first.close();
  let filled = 0;
  let lives = 0;
  for (let done = false; !done && lives < rows; lives++) {
    let left = rowsPerLife;
    const dies = (port: SqlitePort): SqlitePort => ({
      ...port,
      run: (sql, parameters) => {
        if (sql.startsWith('UPDATE "notes" SET _meta')) {
          if (left-- === 0) throw new Error("The process has died.");
          filled++;
        }
        port.run(sql, parameters);
      },
    });
    const life = await bed.open("a", {
      schema: next as never,
      wrap: dies,
      limits: { fillSliceRowsMax: sliceRows },
      onError: () => undefined,
    });
    // A read waits until the columns are filled, or hears why they are not.
    done = await life
      .space(space)
      .notes.count()
      .then(
        () => true,
        () => false,
      );
    await life.close();
  }
  expect(lives).toBeLessThanOrEqual(rows / sliceRows + 1);
  expect(filled).toBeLessThanOrEqual(2 * rows);
  const last = await bed.open("a", { schema: next as never });
  expect(await last.space(space).notes.count()).toBe(rows);
});
