/** A → B through two instances, over their bus: from the call on one device until the other's live query shows it. Devices are real replicas with files. */
import { join } from "node:path";
import { openReplica } from "@holdfast/client/node";
import { schema } from "../schema.ts";
import type { Instance } from "./instance.ts";

export async function liveAcross(directory: string, from: Instance, to: Instance, edits: number): Promise<readonly number[]> {
  const space = `live-${Date.now()}`;
  const open = (name: string, instance: Instance) =>
    openReplica({ schema, path: join(directory, `${space}-${name}.db`), spaces: [space], auth: () => "bench", server: instance.url });
  const author = await open("a", from);
  const reader = await open("b", to);
  const times: number[] = [];
  const { value: id } = await author.write(space, (tx) =>
    tx.notes.create({ title: "begun", body: "", done: false, tags: [], updatedAt: 0 }),
  );
  for (let n = -20; n < edits; n++) {
    const title = `Live edit ${n}`;
    const start = performance.now();
    await new Promise<void>((resolve) => {
      const live = reader
        .space(space)
        .notes.where({ title })
        .subscribe((rows) => {
          if (rows.length === 0) return;
          live.stop();
          resolve();
        });
      void author.write(space, (tx) => tx.notes.update(id, { title }));
    });
    if (n >= 0) times.push(performance.now() - start);
  }
  await author.close();
  await reader.close();
  return times.sort((a, b) => a - b);
}
