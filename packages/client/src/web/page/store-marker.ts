/**
 * A browser may take a store away and say nothing (F46). A cookie of a few bytes outlives most of that: it names the replica that was here
 * and how much of it r0 did not have, so that the next visit can tell a new store from a lost one.
 */
export interface StoreMarker {
  readonly replica: string;
  /** Operations that r0 had not answered. */
  readonly pending: number;
}

interface CookieJar {
  cookie: string;
}

const maxAgeSeconds = 400 * 86_400;

export function encodeMarker({ replica, pending }: StoreMarker): string {
  return `${replica}.${pending}`;
}

/** Undefined for what is none, or another's. */
export function decodeMarker(text: string): StoreMarker | undefined {
  const found = /^([0-9a-f]{32})\.(\d{1,9})$/.exec(text);
  return found === null ? undefined : { replica: found[1] as string, pending: Number(found[2]) };
}

/** What was lost, seen by the first tab that opens the store again: another replica is there than the marker names. */
export function findLoss(marker: StoreMarker | undefined, replica: string): { readonly pending: number } | undefined {
  return marker === undefined || marker.replica === replica ? undefined : { pending: marker.pending };
}

const nameOf = (store: string): string => `holdfast.${encodeURIComponent(store)}`;

function jar(): CookieJar | undefined {
  try {
    const { document } = globalThis as unknown as { readonly document?: CookieJar };
    return typeof document?.cookie === "string" ? document : undefined;
  } catch {
    // Cookies are blocked.
    return undefined;
  }
}

export function readMarker(store: string): StoreMarker | undefined {
  const prefix = `${nameOf(store)}=`;
  const found = jar()
    ?.cookie.split("; ")
    .find((each) => each.startsWith(prefix));
  return found === undefined ? undefined : decodeMarker(found.slice(prefix.length));
}

export function writeMarker(store: string, marker: StoreMarker): void {
  const cookies = jar();
  if (cookies !== undefined) cookies.cookie = `${nameOf(store)}=${encodeMarker(marker)}; Max-Age=${maxAgeSeconds}; Path=/; SameSite=Strict`;
}

export function removeMarker(store: string): void {
  const cookies = jar();
  if (cookies !== undefined) cookies.cookie = `${nameOf(store)}=; Max-Age=0; Path=/; SameSite=Strict`;
}
