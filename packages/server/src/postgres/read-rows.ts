/** The port's rows, out of what the read queue answers. */
import type {
  ImprintRow,
  IntentRow,
  MarkRow,
  OutcomeRow,
  RecordKey,
  RecordRow,
  ReplicaId,
  SpaceId,
  SpaceRow,
  StoreReader,
} from "@holdfast/core/engine";
import { emptySpace } from "../store/empty-rows.ts";
import { decodeBytes } from "./parameters.ts";
import { type Answer, type FoundRow, rangeItem, type ReadQueue } from "./read-queue.ts";

/** Each answer's version is told before it is given. */
export function createReader(queue: ReadQueue, space: SpaceId, seen: (version: number) => void): StoreReader {
  const ask = async (kind: Parameters<ReadQueue["ask"]>[1], items: readonly (readonly unknown[])[]): Promise<readonly FoundRow[]> => {
    const answer = await queue.ask(space, kind, items);
    seen(answer.version);
    return answer.rows;
  };
  return {
    async space() {
      const answer = await queue.ask(space, "space", []);
      seen(answer.version);
      return toSpaceRow(space, answer);
    },
    async marks(replicas) {
      const rows = await ask(
        "marks",
        replicas.map((replica) => [replica]),
      );
      return inPlace(rows, replicas.length, (row): MarkRow => toMarkRow(space, replicas[row.index] as ReplicaId, row));
    },
    async records(keys) {
      const rows = await ask(
        "records",
        keys.map(({ collection, record }) => [collection, record]),
      );
      return inPlace(rows, keys.length, (row): RecordRow => toRecordRow(keys[row.index] as RecordKey, row));
    },
    async outcomes(ranges) {
      const rows = await ask("outcomes", ranges.map(rangeItem));
      return rows.map(({ index, numbers: [counter, atMs], bytes }): OutcomeRow => {
        const { replica } = ranges[index] as { readonly replica: ReplicaId };
        return { replica, counter: counter as number, bytes: decodeBytes(bytes), atMs: atMs as number };
      });
    },
    async imprints(range) {
      const rows = await ask("imprints", [rangeItem(range)]);
      return rows.map(
        ({ numbers: [counterFirst, counterLast], bytes }): ImprintRow => ({
          replica: range.replica,
          counterFirst: counterFirst as number,
          counterLast: counterLast as number,
          bytes: decodeBytes(bytes),
        }),
      );
    },
    async intents(ids) {
      const rows = await ask(
        "intents",
        ids.map((id) => [id]),
      );
      return inPlace(
        rows,
        ids.length,
        ({ index, numbers: [atMs], bytes }): IntentRow => ({
          intent: ids[index] as string,
          bytes: decodeBytes(bytes),
          atMs: atMs as number,
        }),
      );
    },
  };
}

export function toSpaceRow(space: SpaceId, { rows: [row] }: Answer): SpaceRow {
  if (row === undefined) return emptySpace(space);
  const [, head = 0, lamport = 0, horizon = 0] = row.numbers;
  return { space, head, lamport, horizon };
}

export function toMarkRow(space: SpaceId, replica: ReplicaId, { numbers, bytes }: FoundRow): MarkRow {
  const [mark = 0, lamport = 0, recordedThrough = 0] = numbers;
  return { space, replica, mark, chain: decodeBytes(bytes), lamport, recordedThrough };
}

function toRecordRow({ collection, record }: RecordKey, { numbers, bytes }: FoundRow): RecordRow {
  const [sequence = 0, deleted] = numbers;
  return { collection, record, state: decodeBytes(bytes), sequence, deleted: deleted === 1 };
}

/** Absent rows leave a hole. */
function inPlace<T>(rows: readonly FoundRow[], count: number, toRow: (row: FoundRow) => T): readonly (T | undefined)[] {
  const found: (T | undefined)[] = new Array<T | undefined>(count).fill(undefined);
  for (const row of rows) found[row.index] = toRow(row);
  return found;
}
