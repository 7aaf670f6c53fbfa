/**
 * What both ends of one conversation know from its handshake, and messages therefore leave out: the replica, the schema versions, a number
 * for each followed space, the keys and the cursor prefixes of the welcome. Encoding and decoding `hello`, `follow` and `welcome` fill
 * it at both ends alike; nothing else changes it, so that a message which is lost, doubled or late cannot shift what a later one means.
 * One per connection (or per HTTP exchange), at each end. Without one, messages say everything in full; the two must not be mixed.
 */
import { DecodeFault } from "../base/bytes.ts";
import type { ReplicaId } from "../causality/replica-id.ts";
import type { SpaceId } from "../operation/operation.ts";
import * as wireLimits from "./wire-limits.ts";
import type { ClientMessage, Cursor, ServerMessage, WireKey } from "./messages.ts";

export interface WireSession {
  replica: ReplicaId | undefined;
  clientVersion: number;
  /** What pages and pokes assume. Pushes sent after the welcome assume nothing of it. */
  serverVersion: number;
  /** Numbered from 1, in the order of `hello` and `follow`; never renumbered. */
  readonly spaces: SpaceId[];
  readonly spaceNumbers: Map<SpaceId, number>;
  /** The welcome's. A batch may name these by their place. */
  keys: readonly WireKey[];
  readonly cursorBases: Map<SpaceId, Cursor>;
}

export function createWireSession(): WireSession {
  return {
    replica: undefined,
    clientVersion: 0,
    serverVersion: 0,
    spaces: [],
    spaceNumbers: new Map(),
    keys: [],
    cursorBases: new Map(),
  };
}

export function learnFromClient(session: WireSession, message: ClientMessage): void {
  if (message.type === "hello") {
    session.replica = message.replica;
    session.clientVersion = message.schemaVersion;
  }
  if (message.type !== "hello" && message.type !== "follow") return;
  for (const { space } of message.spaces) {
    if (session.spaceNumbers.has(space) || session.spaces.length >= wireLimits.spacesMax) continue;
    session.spaces.push(space);
    session.spaceNumbers.set(space, session.spaces.length);
  }
}

export function learnFromServer(session: WireSession, message: ServerMessage): void {
  if (message.type !== "welcome") return;
  session.serverVersion = message.schemaVersion;
  // The first welcome's: the answer to a `follow` cannot change what a message in flight means.
  if (session.keys.length === 0) session.keys = message.keys ?? [];
  for (const { space, cursorBase } of message.spaces) {
    if (cursorBase !== undefined && cursorBase.length > 0 && !session.cursorBases.has(space)) session.cursorBases.set(space, cursorBase);
  }
}

export function spaceOfNumber(session: WireSession | undefined, number: number): SpaceId {
  const space = session?.spaces[number - 1];
  if (space === undefined) throw new DecodeFault("out of range");
  return space;
}
