/** W4: a device comes back to 100 changes that others made while it was away. */
import { startRelay } from "../byte-relay.ts";
import { space, untilSynced } from "../replicas.ts";
import type { Stage } from "../stage.ts";
import { bytes, type Line, ms } from "../table.ts";

const changes = 100;

export async function benchCatchUp(stage: Stage): Promise<readonly Line[]> {
  const relay = await startRelay(stage.server.port);
  const author = await stage.openSynced("w4-author", stage.server.port);
  await untilSynced(author);
  const reader = await stage.openSynced("w4-reader", relay.port);
  await untilSynced(reader);
  const rows = await author.space(space).notes.where({}).limit(changes).all();
  const times: number[] = [];
  let counted = { up: 0, down: 0 };
  for (let round = 0; round < 5; round++) {
    await reader.background();
    await Promise.all(
      rows.map((row, n) =>
        author.write(space, (tx) => tx.notes.update(row.id, { title: `Changed ${round} and ${n.toString().padStart(4, "0")}` })),
      ),
    );
    await untilSynced(author);
    relay.reset();
    const start = performance.now();
    await reader.foreground();
    await untilSynced(reader);
    times.push(performance.now() - start);
    counted = relay.count();
    const [row] = rows;
    const seen = row === undefined ? undefined : await reader.space(space).notes.get(row.id);
    if (seen?.title !== `Changed ${round} and 0000`) throw new Error("the change did not arrive");
  }
  await author.close();
  await reader.close();
  relay.close();
  const best = Math.min(...times);
  const median = times.sort((a, b) => a - b)[2] ?? best;
  const total = counted.up + counted.down;
  return [
    {
      work: `${changes} changes after being offline, ${stage.records.toLocaleString("en")} records`,
      ours: `${ms(median)} median of 5, ${bytes(total)}`,
      floor: `${bytes(changes * 310)} JSON of the records`,
      ratio: (total / (changes * 310)).toFixed(2),
      aim: "≤ 15 ms, ≤ 8 kB, equal at every size",
      met: median <= 15 && total <= 8_000,
    },
  ];
}
