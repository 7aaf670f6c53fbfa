/**
 * Which openings of a replica's file have been seen alive (trap 4). A device that connects again says the same opening, one that restarts a
 * new one, so that a new opening alone means nothing. Two copies are proved by the order A, B, A, where B has answered a message of ours in
 * between, and so lived then: one file has one opening at a time.
 *
 * 1. A says hello. 2. B says hello: A's session ends. 3. B sends something after its welcome: it lived after 2; A is remembered as displaced.
 * 4. A says hello again: it is told, on this session, that it is to take a new id, and B's session stays. A hello of a dead process that
 *    comes late is told so too, and nobody hears it; without 3, it could displace its own successor and make it look like a copy.
 *
 * It is kept in memory, and for the replicas that were displaced last: what is forgotten is proved again by the next round.
 */
import { bytesToHex, type ReplicaId } from "@holdfast/core/engine";

export interface Openings {
  /** `displaces`: by whoever it was displaced, it is proved to live beside another opening, and must not end that one's session. */
  isCopy(replica: ReplicaId, opening: Uint8Array | undefined): boolean;
  /** `by` has shown that it lives, after it had taken the place of `opening`. */
  displaced(replica: ReplicaId, opening: Uint8Array | undefined, by: Uint8Array | undefined): void;
}

export function createOpenings(limits: { readonly replicasMax: number; readonly openingsMax: number }): Openings {
  const byReplica = new Map<ReplicaId, readonly string[]>();
  return {
    isCopy: (replica, opening) => opening !== undefined && byReplica.get(replica)?.includes(bytesToHex(opening)) === true,
    displaced(replica, opening, by) {
      if (opening === undefined || by === undefined) return;
      const [name, other] = [bytesToHex(opening), bytesToHex(by)];
      if (name === other) return;
      const known = byReplica.get(replica) ?? [];
      byReplica.delete(replica);
      byReplica.set(replica, [...known.filter((each) => each !== name), name].slice(-limits.openingsMax));
      for (const oldest of byReplica.keys()) {
        if (byReplica.size <= limits.replicasMax) break;
        byReplica.delete(oldest);
      }
    },
  };
}
