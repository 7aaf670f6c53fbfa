/**
 * How far replicas have what they follow, as their pulls and hellos tell: a cursor comes from rows that are on the device's disk. Kept in
 * memory and written once in a while; a position that was lost or comes late is only older, and holds more.
 */
import type { PositionRow, ReplicaId, ServerStore, SpaceId } from "@holdfast/core/engine";
import type { CompactionLimits } from "./compaction-limits.ts";

const rowsPerWrite = 500;

export interface Positions {
  passed(space: SpaceId, replica: ReplicaId, sequence: number): void;
  /** Writes what has moved. What cannot be written is written the next time. */
  write(): Promise<void>;
}

export function createPositions(
  store: Pick<ServerStore, "writePositions">,
  wallMs: () => number,
  limits: CompactionLimits,
  failed: (error: unknown) => void,
): Positions {
  let waiting = new Map<string, PositionRow>();
  const written = new Map<string, PositionRow>();
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    const rows = [...waiting];
    waiting = new Map();
    for (let at = 0; at < rows.length; at += rowsPerWrite) {
      const slice = rows.slice(at, at + rowsPerWrite);
      try {
        await store.writePositions(slice.map(([, row]) => row));
      } catch (error) {
        failed(error);
        return;
      }
      for (const [key, row] of slice) written.set(key, row);
    }
    if (written.size > limits.positionsHeldMax) written.clear();
  }

  function write(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  return {
    passed(space, replica, sequence) {
      const key = `${replica} ${space}`;
      const atMs = wallMs();
      const known = written.get(key);
      if (known?.sequence === sequence && atMs - known.atMs < limits.positionsRepeatMs) {
        waiting.delete(key);
        return;
      }
      waiting.set(key, { space, replica, sequence, atMs });
      if (waiting.size >= limits.positionsHeldMax) void write();
    },
    write,
  };
}
