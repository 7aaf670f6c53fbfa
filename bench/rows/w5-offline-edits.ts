/** W5: 1,000 edits made offline, pushed, and seen on another device; durable at both ends. */
import { startRelay } from "../byte-relay.ts";
import { space, untilSynced } from "../replicas.ts";
import type { Stage } from "../stage.ts";
import { bytes, type Line, ms } from "../table.ts";

const edits = 1_000;

export async function benchOfflineEdits(stage: Stage): Promise<readonly Line[]> {
  const up = await startRelay(stage.server.port);
  const down = await startRelay(stage.server.port);
  const author = await stage.openSynced("w5-author", up.port);
  const reader = await stage.openSynced("w5-reader", down.port);
  await untilSynced(author);
  await untilSynced(reader);
  const rows = await author.space(space).notes.where({}).limit(edits).all();
  await author.background();
  await Promise.all(
    rows.map((row, n) => author.write(space, (tx) => tx.notes.update(row.id, { title: `Offline edit ${n.toString().padStart(7, "0")}` }))),
  );
  up.reset();
  down.reset();
  const start = performance.now();
  const seen = new Promise<void>((resolve) => {
    const live = reader
      .space(space)
      .notes.where({ title: { gte: "Offline edit", lt: "Offline edit~" } })
      .subscribe((found) => {
        if (found.length < edits) return;
        live.stop();
        resolve();
      });
  });
  await author.foreground();
  await seen;
  const tookMs = performance.now() - start;
  await untilSynced(author);
  const perUp = up.count().up / edits;
  const perDown = down.count().down / edits;
  await author.close();
  await reader.close();
  up.close();
  down.close();
  return [
    { work: `${edits} offline edits seen elsewhere`, ours: ms(tookMs), floor: "", ratio: "", aim: "≤ 150 ms", met: tookMs <= 150 },
    {
      work: "… up, an operation",
      ours: bytes(perUp),
      floor: "20 B the value",
      ratio: (perUp / 20).toFixed(1),
      aim: "≤ 60 B",
      met: perUp <= 60,
    },
    {
      work: "… down, an operation",
      ours: bytes(perDown),
      floor: "20 B the value",
      ratio: (perDown / 20).toFixed(1),
      aim: "",
      met: undefined,
    },
  ];
}
