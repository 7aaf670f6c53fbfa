/** In the background, an instance goes through the spaces that have something to compact; one after the other, and one round at a time. */
import type { SpaceId } from "@holdfast/core/engine";
import { compactSpace, type Compacted, type CompactionHost } from "./compact-space.ts";

const spacesPerRead = 100;

/** A space that cannot be compacted now is left for the next round, and holds up no other. */
export async function runCompactionRound(
  host: CompactionHost,
  compacted: (space: SpaceId, what: Compacted) => void,
  failed: (space: SpaceId, error: unknown) => void,
): Promise<void> {
  await dropDeadPositions(host);
  let after: SpaceId | undefined;
  do {
    const spaces = await host.store.readCompactable(after, spacesPerRead);
    for (const space of spaces) {
      if (host.isClosed()) return;
      try {
        const what = await compactSpace(host, space);
        if (what.rows + what.tombstones + what.folded > 0) compacted(space, what);
      } catch (error) {
        failed(space, error);
      }
    }
    after = spaces.at(-1);
  } while (after !== undefined);
}

/** Dead replicas hold nothing, and their rows need not be kept: nothing but a position is in them. */
async function dropDeadPositions({ store, context, isClosed }: CompactionHost): Promise<void> {
  const { limits, runtime } = context;
  const beforeMs = runtime.wallMs() - limits.replicaExpiryMs;
  while (!isClosed() && (await store.dropPositions(beforeMs, limits.compactionRowsMax)) === limits.compactionRowsMax);
}
