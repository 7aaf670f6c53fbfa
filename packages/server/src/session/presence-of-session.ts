/** Presence at one session's edge: what it may show, and what it is shown when it comes. */
import { decodeClientPresence, type Present, type ReplicaId, type SpaceId, type WelcomeSpace } from "@holdfast/core/engine";
import type { Principal } from "../options.ts";
import { wrapMessage } from "./envelope.ts";
import type { FollowedSpaces } from "./followed-spaces.ts";
import { isExpired } from "./greet.ts";
import type { SessionHost } from "./host.ts";

export interface Shower {
  readonly replica: ReplicaId;
  readonly principal: Principal;
}

export type Shown =
  | { readonly type: "shown"; readonly space: SpaceId; readonly present: Present }
  /** Of a space that it does not follow, or may not read any more. */
  | { readonly type: "passed-over" }
  | { readonly type: "unreadable" };

export function readShown(host: SessionHost, { replica, principal }: Shower, spaces: FollowedSpaces, bytes: Uint8Array): Shown {
  const shown = decodeClientPresence(bytes);
  if (!shown.ok) return { type: "unreadable" };
  const { space, value } = shown.value;
  const followed = spaces.get(space);
  if (followed === undefined || followed.access === "none" || isExpired(host, principal)) return { type: "passed-over" };
  return { type: "shown", space, present: { replica, principal: principal.id, value } };
}

/** Who is there, of each space that was welcomed with access: as carried. */
export function presenceOfWelcome(host: SessionHost, welcomed: readonly WelcomeSpace[]): readonly Uint8Array[] {
  return welcomed.flatMap(({ space, access }) => {
    const whole = access === "none" ? undefined : host.presenceOf(space);
    return whole === undefined ? [] : [wrapMessage(whole, undefined)];
  });
}
