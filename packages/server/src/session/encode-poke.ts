/** A poke that carries changes: encoded once for all sessions that know the space under the same number and need the same of it (F71). */
import { encodeServerMessage, type SpaceId, type WireSession, wireLimits } from "@holdfast/core/engine";
import { wrapMessage } from "./envelope.ts";
import type { PokeRound, SessionHost } from "./host.ts";

export interface PokeNews {
  readonly parts: PokeRound["parts"];
  /** The first of them that this replica lacks. */
  readonly start: number;
  readonly encoded: PokeRound["encoded"];
}

export function encodePoke(host: Pick<SessionHost, "codecOf">, wire: WireSession, { parts, start, encoded }: PokeNews): Uint8Array {
  const news = parts.slice(start);
  const { space, head } = news.at(-1) as { readonly space: SpaceId; readonly head: number };
  const key = start * (wireLimits.spacesMax + 1) + (wire.spaceNumbers.get(space) ?? 0);
  let bytes = encoded.get(key);
  if (bytes === undefined) {
    const cursor = host.codecOf(space).encode({ type: "stream", sequence: head });
    const changes = news.flatMap((notice) => notice.changes);
    bytes = wrapMessage(encodeServerMessage({ type: "poke", space, head, changes, cursor }, wire), undefined);
    encoded.set(key, bytes);
  }
  return bytes;
}
