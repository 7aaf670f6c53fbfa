/** W6: an edit on one device until the other's live query shows it. It is durable at its author and at r0 before that. */
import { startRelay } from "../byte-relay.ts";
import { probeFdatasync, sampleOf } from "../floor.ts";
import { type BenchReplica, space, untilSynced } from "../replicas.ts";
import type { Stage } from "../stage.ts";
import { bytes, type Line, ms } from "../table.ts";

const edits = 300;

export async function benchLiveEdit(stage: Stage): Promise<readonly Line[]> {
  const fsync = probeFdatasync(stage.directory, 300);
  const direct = await run(stage, "w6", 0, stage.server.port, stage.server.port);
  const up = await startRelay(stage.server.port);
  const down = await startRelay(stage.server.port);
  const counted = await run(stage, "w6-counted", 1, up.port, down.port, () => {
    up.reset();
    down.reset();
  });
  const total = up.count().up + up.count().down + down.count().up + down.count().down;
  up.close();
  down.close();
  const sample = sampleOf(direct.times);
  const perEdit = total / counted.times.length;
  return [
    {
      work: "live edit A → B",
      ours: `${ms(sample.p50Ms)} p50, ${ms(sample.p99Ms)} p99`,
      floor: `${ms(2 * fsync.p50Ms)} two fdatasyncs`,
      ratio: (sample.p50Ms / (2 * fsync.p50Ms)).toFixed(1),
      aim: "p50 ≤ 2 ms, p99 ≤ 10 ms",
      met: sample.p50Ms <= 2 && sample.p99Ms <= 10,
    },
    {
      work: "… bytes an edit, both links",
      ours: bytes(perEdit),
      floor: "20 B the value",
      ratio: (perEdit / 20).toFixed(1),
      aim: "≤ 160 B",
      met: perEdit <= 160,
    },
  ];
}

async function run(
  stage: Stage,
  name: string,
  offset: number,
  authorPort: number,
  readerPort: number,
  begin: () => void = () => {},
): Promise<{ readonly times: readonly number[] }> {
  const author = await stage.openSynced(`${name}-author`, authorPort);
  const reader = await stage.openSynced(`${name}-reader`, readerPort);
  await untilSynced(author);
  await untilSynced(reader);
  // A record that no other row of the bench writes: each author that a record has had is part of what an edit of it must say.
  const [row] = await author.space(space).notes.where({}).orderBy("updatedAt", "desc").limit(1, offset).all();
  if (row === undefined) throw new Error("an empty space");
  const times: number[] = [];
  await edit(author, reader, row.id, 20, []);
  begin();
  await edit(author, reader, row.id, edits, times);
  await author.close();
  await reader.close();
  return { times };
}

async function edit(author: BenchReplica, reader: BenchReplica, id: string, count: number, times: number[]): Promise<void> {
  for (let n = 0; n < count; n++) {
    const title = `Live edit ${count.toString().padStart(4, "0")} ${n.toString().padStart(5, "0")}`;
    const start = performance.now();
    let written: Promise<unknown> | undefined;
    await new Promise<void>((resolve) => {
      const live = reader
        .space(space)
        .notes.where({ title })
        .subscribe((rows) => {
          if (rows.length === 0) return;
          live.stop();
          resolve();
        });
      written = author.write(space, (tx) => tx.notes.update(id, { title }));
    });
    times.push(performance.now() - start);
    await written;
  }
}
