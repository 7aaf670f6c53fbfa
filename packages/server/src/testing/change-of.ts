/** A batch of one change and nothing else, for what only counts, holds back or remembers batches. */
import type { ReplicaId, SpaceId, WriteBatch } from "@holdfast/core/engine";

export const changeAuthor = "01".repeat(16) as ReplicaId;

export function changeOf(space: SpaceId, head: number, more: Partial<WriteBatch> = {}): WriteBatch {
  const stream = [{ sequence: head, replica: changeAuthor, counterFirst: head, counterLast: head, bytes: Uint8Array.of(1), atMs: 0 }];
  return {
    space: { space, head, lamport: head, horizon: 0 },
    stream,
    ...{ marks: [], records: [], outcomes: [], intents: [], imprints: [], collected: [], stateBytes: 0, settled: [] },
    ...more,
  };
}
