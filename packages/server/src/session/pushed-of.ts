/** The answer to a push. Its cursor comes along if nothing but this push's own changes lies between `after` and the head. */
import type { ServerMessage, SpaceId } from "@holdfast/core/engine";
import type { PushResult } from "../pipeline/lanes.ts";
import type { Followed } from "./followed-spaces.ts";
import type { SessionHost } from "./host.ts";

export interface AnsweredPush {
  readonly space: SpaceId;
  readonly request: number;
  /** Moves on with the cursor, if the replica stood right before its changes. */
  readonly followed: Followed | undefined;
}

export function pushedOf(
  host: Pick<SessionHost, "codecOf">,
  { space, request, followed }: AnsweredPush,
  result: PushResult,
): ServerMessage {
  const { mark, chain, head, outcomes, stopped, sequences } = result;
  const first = sequences[0] ?? head + 1;
  const after = first - 1;
  const isAlone = sequences.length > 0 && head - after === sequences.length;
  if (isAlone && followed?.position === after) followed.position = head;
  const cursor = isAlone ? host.codecOf(space).encode({ type: "stream", sequence: head }) : new Uint8Array(0);
  return { type: "pushed", request, space, mark, chain, head, outcomes, after, cursor, stopped };
}
