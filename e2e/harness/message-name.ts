/** Which message of `wire.proto` a payload holds, without decoding it: the number of its one field. */
import { inflateRawSync } from "node:zlib";
import type { LinkMessage } from "./link-faults.ts";

const names = {
  up: ["", "hello", "push", "pull", "follow", "unfollow", "ping", "authenticate"],
  down: ["", "welcome", "pushed", "page", "poke", "pong", "fault"],
} as const;

export type MessageName = (typeof names)["up" | "down"][number];

export function messageName({ direction, payload }: Pick<LinkMessage, "direction" | "payload">): MessageName {
  const body = payload[0] === 1 ? inflateRawSync(payload.subarray(1)) : payload.subarray(1);
  return names[direction][(body[0] ?? 0) >> 3] ?? "";
}
