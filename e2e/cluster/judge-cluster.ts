/**
 * What is left when everything is closed: the files of the devices, and what the database holds, read by the test itself. No acknowledged write
 * is lost, none is there twice, all agree, and the numbers of each stream are dense.
 */
import type { ServerStore } from "@holdfast/server";
import { judge } from "../harness/oracle.ts";
import { readReplicaFile, type SpaceState, toSpaceState } from "../harness/space-state.ts";

export interface Remains {
  readonly store: ServerStore;
  /** By space: the devices' files, and what they have acknowledged. */
  readonly files: ReadonlyMap<string, readonly { readonly name: string; readonly path: string }[]>;
  readonly acknowledged: ReadonlyMap<string, readonly string[]>;
}

export interface ClusterVerdict {
  readonly wrong: readonly string[];
  readonly spaces: number;
  readonly entries: number;
  readonly changes: number;
}

export async function judgeCluster({ store, files, acknowledged }: Remains): Promise<ClusterVerdict> {
  const wrong: string[] = [];
  let entries = 0;
  let changes = 0;
  for (const [space, readers] of files) {
    const r0 = await readSpaceState(store, space);
    const states = readers.map(({ name, path }) => ({ name, state: readReplicaFile(path, space) }));
    const verdict = judge(acknowledged.get(space) ?? [], r0, states);
    wrong.push(...verdict.wrong.map((what) => `${space}: ${what}`));
    entries += verdict.entries;
    const stream = await readNumbers(store, space);
    changes += stream.count;
    wrong.push(...stream.wrong.map((what) => `${space}: ${what}`));
  }
  return { wrong, spaces: files.size, entries, changes };
}

export async function readSpaceState(store: ServerStore, space: string): Promise<SpaceState> {
  const stored: Awaited<ReturnType<ServerStore["readRecords"]>>[number][] = [];
  for (;;) {
    const page = await store.readRecords(space, stored.at(-1), { countMax: 1_000, bytesMax: 4 << 20 });
    if (page.length === 0) return toSpaceState(stored);
    stored.push(...page);
  }
}

/** From the horizon to the head each number once, and no transaction under two of them. */
async function readNumbers(store: ServerStore, space: string): Promise<{ readonly count: number; readonly wrong: readonly string[] }> {
  const [row] = await store.readSpaces([space]);
  const head = row?.head ?? 0;
  let at = row?.horizon ?? 0;
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (;;) {
    const rows = await store.readStream(space, at, head, { countMax: 1_000, bytesMax: 4 << 20 });
    if (rows.length === 0) break;
    for (const { sequence, replica, counterFirst } of rows) {
      if (sequence !== at + 1) wrong.push(`after ${at} comes ${sequence}`);
      at = sequence;
      const name = `${replica} ${counterFirst}`;
      if (seen.has(name)) wrong.push(`transaction ${name} has two places, one is ${sequence}`);
      seen.add(name);
    }
  }
  if (at !== head) wrong.push(`the stream ends at ${at}, and the head is ${head}`);
  return { count: seen.size, wrong };
}
