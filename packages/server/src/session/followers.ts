/** Who is connected, and who follows what: where news is handed out. */
import type { Notice, ReplicaId, SpaceId } from "@holdfast/core/engine";
import type { SessionHandle } from "./host.ts";

export class Followers {
  readonly #bySpace = new Map<SpaceId, Set<SessionHandle>>();
  readonly #byReplica = new Map<ReplicaId, SessionHandle>();
  readonly #spacesBySession = new Map<SessionHandle, Set<SpaceId>>();

  /** An older session of the replica is over: its device has opened this one. */
  greet(session: SessionHandle, replica: ReplicaId): void {
    const older = this.#byReplica.get(replica);
    this.#byReplica.set(replica, session);
    if (older !== undefined && older !== session) older.close();
  }

  follow(session: SessionHandle, space: SpaceId): void {
    const sessions = this.#bySpace.get(space);
    if (sessions === undefined) this.#bySpace.set(space, new Set([session]));
    else sessions.add(session);
    const spaces = this.#spacesBySession.get(session);
    if (spaces === undefined) this.#spacesBySession.set(session, new Set([space]));
    else spaces.add(space);
  }

  unfollow(session: SessionHandle, space: SpaceId): void {
    const sessions = this.#bySpace.get(space);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#bySpace.delete(space);
    this.#spacesBySession.get(session)?.delete(space);
  }

  end(session: SessionHandle): void {
    for (const space of this.#spacesBySession.get(session) ?? []) {
      const sessions = this.#bySpace.get(space);
      sessions?.delete(session);
      if (sessions?.size === 0) this.#bySpace.delete(space);
    }
    this.#spacesBySession.delete(session);
    const { replica } = session;
    if (replica !== undefined && this.#byReplica.get(replica) === session) this.#byReplica.delete(replica);
  }

  hand(notice: Notice): void {
    const encoded = new Map<number, Uint8Array>();
    for (const session of this.#bySpace.get(notice.space) ?? []) session.poke(notice, encoded);
  }
}
