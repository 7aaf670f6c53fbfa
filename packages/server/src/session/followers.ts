/** Who is connected, and who follows what: where news is handed out. */
import type { Notice, ReplicaId, SpaceId } from "@holdfast/core/engine";
import { wrapMessage } from "./envelope.ts";
import type { SessionHandle } from "./host.ts";
import type { Openings } from "./openings.ts";

/** Told when a space has its first follower here, and when it has none any more. */
export interface Interest {
  readonly follow: (space: SpaceId) => void;
  readonly unfollow: (space: SpaceId) => void;
}

/** A window below this is not worth a timer on each device. */
const spreadMsMin = 50;

export class Followers {
  readonly #bySpace = new Map<SpaceId, Set<SessionHandle>>();
  readonly #byReplica = new Map<ReplicaId, SessionHandle>();
  readonly #spacesBySession = new Map<SessionHandle, Set<SpaceId>>();
  readonly #openings: Openings;
  readonly #interest: Interest;
  readonly #pullsPerSecond: number;
  /** Openings whose place a session has taken, until it shows that it lives. */
  readonly #displacedBy = new Map<SessionHandle, Uint8Array | undefined>();

  /** `pullsPerSecond`: followers who all have to ask are spread so far that no more than these do. */
  constructor(openings: Openings, interest: Interest, pullsPerSecond: number) {
    this.#openings = openings;
    this.#interest = interest;
    this.#pullsPerSecond = pullsPerSecond;
  }

  /** An older session of the replica is over: its device has opened this one. True: both live, and this one is to take a new id. */
  greet(session: SessionHandle, replica: ReplicaId): boolean {
    const older = this.#byReplica.get(replica);
    if (this.#openings.isCopy(replica, session.opening)) return true;
    this.#byReplica.set(replica, session);
    if (older === undefined || older === session) return false;
    this.#displacedBy.set(session, older.opening);
    older.close();
    return false;
  }

  /** It has sent something after its welcome. */
  heard(session: SessionHandle): void {
    if (!this.#displacedBy.has(session)) return;
    const displaced = this.#displacedBy.get(session);
    this.#displacedBy.delete(session);
    if (session.replica !== undefined) this.#openings.displaced(session.replica, displaced, session.opening);
  }

  follow(session: SessionHandle, space: SpaceId): void {
    const sessions = this.#bySpace.get(space);
    if (sessions === undefined) {
      this.#bySpace.set(space, new Set([session]));
      this.#interest.follow(space);
    } else sessions.add(session);
    const spaces = this.#spacesBySession.get(session);
    if (spaces === undefined) this.#spacesBySession.set(session, new Set([space]));
    else spaces.add(space);
  }

  unfollow(session: SessionHandle, space: SpaceId): void {
    this.#leave(session, space);
    this.#spacesBySession.get(session)?.delete(space);
  }

  end(session: SessionHandle): void {
    for (const space of this.#spacesBySession.get(session) ?? []) this.#leave(session, space);
    this.#spacesBySession.delete(session);
    this.#displacedBy.delete(session);
    const { replica } = session;
    if (replica !== undefined && this.#byReplica.get(replica) === session) this.#byReplica.delete(replica);
  }

  /** How many spaces somebody follows here. */
  get spaces(): number {
    return this.#bySpace.size;
  }

  followersOf(space: SpaceId): number {
    return this.#bySpace.get(space)?.size ?? 0;
  }

  /** News of one space, in order: see `PokeQueue`. */
  hand(parts: readonly Notice[]): void {
    const [first] = parts;
    const sessions = first === undefined ? undefined : this.#bySpace.get(first.space);
    if (sessions === undefined) return;
    const spreadMs = Math.floor((sessions.size * 1_000) / this.#pullsPerSecond);
    const round = { parts, withinMs: spreadMs < spreadMsMin ? 0 : spreadMs, encoded: new Map<number, Uint8Array>() };
    for (const session of sessions) session.poke(round);
  }

  /** To all who follow the space and know presence. */
  tellPresence(space: SpaceId, message: Uint8Array): void {
    const sessions = this.#bySpace.get(space);
    if (sessions === undefined) return;
    const carried = wrapMessage(message, undefined);
    for (const session of sessions) session.tellPresence(carried);
  }

  #leave(session: SessionHandle, space: SpaceId): void {
    const sessions = this.#bySpace.get(space);
    if (sessions?.delete(session) !== true || sessions.size > 0) return;
    this.#bySpace.delete(space);
    this.#interest.unfollow(space);
  }
}
