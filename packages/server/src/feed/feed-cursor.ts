/** A follower's place as opaque text: of which history, of which scope, and how far. */
import type { SpaceId } from "@holdfast/core/engine";

export type FeedPlace =
  | { readonly type: "space"; readonly sequence: number }
  | { readonly type: "order"; readonly place: string }
  | { readonly type: "spaces"; readonly sequences: ReadonlyMap<SpaceId, number> };

export interface FeedScope {
  readonly epoch: string;
  /** Undefined: all. */
  readonly space: SpaceId | undefined;
}

export function encodeFeedCursor(place: FeedPlace, { epoch, space }: FeedScope): string {
  const said = place.type === "space" ? place.sequence : place.type === "order" ? place.place : [...place.sequences];
  return Buffer.from(JSON.stringify([epoch, space ?? null, said])).toString("base64url");
}

/** "foreign": it says nothing here. */
export function decodeFeedCursor(cursor: string, { epoch, space }: FeedScope): FeedPlace | "foreign" {
  let said: unknown;
  try {
    said = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return "foreign";
  }
  if (!Array.isArray(said) || said[0] !== epoch || said[1] !== (space ?? null)) return "foreign";
  const place: unknown = said[2];
  if (space !== undefined) return typeof place === "number" && Number.isSafeInteger(place) ? { type: "space", sequence: place } : "foreign";
  if (typeof place === "string") return { type: "order", place };
  if (!Array.isArray(place) || !place.every(isPosition)) return "foreign";
  return { type: "spaces", sequences: new Map(place) };
}

function isPosition(value: unknown): value is readonly [SpaceId, number] {
  return Array.isArray(value) && typeof value[0] === "string" && Number.isSafeInteger(value[1]);
}
