/** The feed over all spaces of a store that has no order of its own for it: space by space, and a place is where each of them was read to. */
import { assert, type FeedPage, type FeedRow, HoldfastError, type ServerStore, type SpaceId } from "@holdfast/core/engine";

/** A place names each space: beyond, spaces are to be followed one by one, or in a store with an order over all. */
const feedSpacesMax = 10_000;
const spacesPerRead = 1_000;
const rowBytesMax = 4 * 1024 * 1024;

export async function readFeedBySpaces(
  store: ServerStore,
  after: ReadonlyMap<SpaceId, number>,
  countMax: number,
): Promise<{ readonly page: Omit<FeedPage, "place">; readonly place: ReadonlyMap<SpaceId, number> } | undefined> {
  const place = new Map(after);
  const rows: FeedRow[] = [];
  for (let from: SpaceId | undefined; ; ) {
    const spaces = await store.readCompactable(from, spacesPerRead);
    for (const row of await store.readSpaces(spaces)) {
      const known = place.get(row.space);
      // A space that was never read begins where its stream does.
      if (known !== undefined && (known < row.horizon || known > row.head)) return undefined;
      const position = known ?? row.horizon;
      place.set(row.space, position);
      if (place.size > feedSpacesMax) throw tooManySpaces();
      if (position === row.head) continue;
      const bounds = { countMax: countMax - rows.length, bytesMax: rowBytesMax };
      for (const each of await store.readStream(row.space, position, row.head, bounds)) {
        assert(each.sequence === (place.get(row.space) as number) + 1, "the stream is dense");
        rows.push({ ...each, space: row.space });
        place.set(row.space, each.sequence);
      }
      if (rows.length >= countMax) return { page: { rows, more: true }, place };
    }
    from = spaces.at(-1);
    if (from === undefined) return { page: { rows, more: false }, place };
  }
}

function tooManySpaces(): HoldfastError {
  return new HoldfastError("limit-reached", `More than ${feedSpacesMax} spaces cannot be followed at once over this store.`, {
    origin: "caller",
    retry: false,
    advice: "Follow each space by itself, or use the PostgreSQL store.",
  });
}
