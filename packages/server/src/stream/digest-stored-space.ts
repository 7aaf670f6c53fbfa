/** The digest of a space as the store holds it. Everything at once: for tests, demonstrations and support, not for a space of millions. */
import {
  decodeRecordState,
  digestSpace,
  HoldfastError,
  type LatticeTable,
  type RecordKey,
  type RecordState,
  type ServerStore,
  type SpaceId,
} from "@holdfast/core/engine";

const page = { countMax: 1_000, bytesMax: 8 * 1024 * 1024 };

export async function digestStoredSpace(store: ServerStore, lattices: LatticeTable, space: SpaceId): Promise<string> {
  const all: (readonly [string, string, RecordState])[] = [];
  let after: RecordKey | undefined;
  for (;;) {
    const rows = await store.readRecords(space, after, page);
    for (const row of rows) {
      const state = decodeRecordState(lattices, row.state);
      if (!state.ok)
        throw new HoldfastError("store-corrupt", `A record of "${space}" cannot be read: ${state.fault}.`, {
          origin: "disk",
          retry: false,
          advice: "Restore the store.",
        });
      all.push([row.collection, row.record, state.value]);
    }
    after = rows.at(-1);
    if (after === undefined) return digestSpace(lattices, all);
  }
}
