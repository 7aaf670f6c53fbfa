/**
 * Who is there, and what they show: for each space that is followed here, the entries of this instance's sessions and those that other instances
 * have told. In memory alone, never stored, and of no consequence: an entry that is lost is said again, one that nobody says again goes.
 *
 *     a session shows ─► entry ─► at the next tick: to every follower here, once encoded, and to the other instances
 *     another instance tells ─► entry with an end ─► at the next tick: to every follower here
 *
 * What one replica shows often is told as its newest at each tick; everything is bounded, and what is beyond a bound is not shown.
 */
import {
  encodeServerPresence,
  type Present,
  type ReplicaId,
  type Runtime,
  type ServerPresence,
  type SpaceId,
  wireLimits,
} from "@holdfast/core/engine";

export interface PresenceLimits {
  /** What changes within so long is told together. */
  readonly presenceTickMs: number;
  /** What sessions show is said again to other instances this often, and believed there for three times as long. */
  readonly presenceRenewMs: number;
  /** Replicas that are shown in one space, and of one user. */
  readonly presenceEntriesMax: number;
  readonly presencePrincipalMax: number;
}

export const presenceLimits: PresenceLimits = {
  presenceTickMs: 50,
  presenceRenewMs: 10_000,
  presenceEntriesMax: 256,
  presencePrincipalMax: 16,
};

export interface PresenceHost {
  readonly runtime: Runtime;
  readonly limits: PresenceLimits;
  /** To every session here that follows the space and knows presence. */
  readonly tell: (space: SpaceId, message: Uint8Array) => void;
  /** To the other instances, as far as it gets. */
  readonly whisper: (space: SpaceId, message: Uint8Array) => void;
}

interface Entry {
  readonly principal: string;
  readonly value: Uint8Array;
  /** The session here that shows it; undefined: another instance's. */
  readonly by: object | undefined;
  readonly endsMs: number;
}

interface Place {
  readonly entries: Map<ReplicaId, Entry>;
  /** Changed since the last tick, by sessions here, and by others. */
  readonly own: Set<ReplicaId>;
  readonly others: Set<ReplicaId>;
}

export class PresenceTable {
  readonly #host: PresenceHost;
  readonly #places = new Map<SpaceId, Place>();
  readonly #timers = new Set<() => void>();
  #tickDue = false;
  #renewing = false;
  #stopped = false;

  constructor(host: PresenceHost) {
    this.#host = host;
  }

  /** A session shows something, or nothing any more. */
  show(by: object, space: SpaceId, { replica, principal, value }: Present): void {
    const place = this.#placeOf(space);
    const before = place.entries.get(replica);
    if (value === undefined) {
      if (before?.by !== by) return;
      place.entries.delete(replica);
    } else {
      if (before === undefined && !this.#hasRoom(place, principal)) return;
      place.entries.set(replica, { principal, value, by, endsMs: Number.POSITIVE_INFINITY });
    }
    place.own.add(replica);
    this.#armTick();
    this.#armRenewal();
  }

  /** Whatever it showed in the space, or, without one, anywhere. */
  left(by: object, space?: SpaceId): void {
    for (const [id, place] of space === undefined ? this.#places : [[space, this.#places.get(space)] as const])
      for (const [replica, entry] of place?.entries ?? [])
        if (entry.by === by) this.show(by, id, { replica, principal: entry.principal, value: undefined });
  }

  /** Another instance has told. */
  heard({ space, present }: ServerPresence): void {
    const place = this.#placeOf(space);
    const endsMs = this.#host.runtime.nowMs() + 3 * this.#host.limits.presenceRenewMs;
    for (const { replica, principal, value } of present) {
      const before = place.entries.get(replica);
      // A device that has moved here is known better here.
      if (before?.by !== undefined || (before === undefined && (value === undefined || !this.#hasRoom(place, principal)))) continue;
      if (value === undefined) place.entries.delete(replica);
      else place.entries.set(replica, { principal, value, by: undefined, endsMs });
      if (value === undefined || before === undefined || !isSame(before.value, value)) place.others.add(replica);
    }
    this.#armTick();
    this.#armRenewal();
  }

  /** All of it, for who has just come: also where nobody is, which says that there is presence here. */
  wholeOf(space: SpaceId): Uint8Array {
    const present = [...(this.#places.get(space)?.entries ?? [])].map(([replica, { principal, value }]) => ({ replica, principal, value }));
    return encodeServerPresence({ space, whole: true, present });
  }

  /** Nobody follows the space here: what others show there concerns nobody. */
  forget(space: SpaceId): void {
    const place = this.#places.get(space);
    if (place === undefined) return;
    // What a session showed that has just ended is still to be told.
    for (const [replica, { by }] of place.entries) if (by === undefined) place.entries.delete(replica);
    this.#tidy(space, place);
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers) cancel();
    this.#places.clear();
  }

  #placeOf(space: SpaceId): Place {
    let place = this.#places.get(space);
    if (place === undefined) {
      place = { entries: new Map(), own: new Set(), others: new Set() };
      this.#places.set(space, place);
    }
    return place;
  }

  #hasRoom({ entries }: Place, principal: string): boolean {
    const { presenceEntriesMax, presencePrincipalMax } = this.#host.limits;
    if (entries.size >= presenceEntriesMax) return false;
    let own = 0;
    for (const entry of entries.values()) if (entry.principal === principal) own++;
    return own < presencePrincipalMax;
  }

  #armTick(): void {
    if (this.#tickDue) return;
    this.#tickDue = true;
    this.#after(this.#host.limits.presenceTickMs, () => {
      this.#tickDue = false;
      for (const [space, place] of this.#places) this.#tick(space, place);
    });
  }

  #tick(space: SpaceId, place: Place): void {
    for (const message of messagesOf(space, place, new Set([...place.own, ...place.others]))) this.#host.tell(space, message);
    for (const message of messagesOf(space, place, place.own)) this.#host.whisper(space, message);
    place.own.clear();
    place.others.clear();
    this.#tidy(space, place);
  }

  #armRenewal(): void {
    if (this.#renewing || this.#places.size === 0) return;
    this.#renewing = true;
    const { runtime, limits } = this.#host;
    this.#after(Math.ceil(limits.presenceRenewMs * (0.75 + runtime.random() / 2)), () => {
      this.#renewing = false;
      const nowMs = runtime.nowMs();
      for (const [space, place] of this.#places) this.#renew(space, place, nowMs);
      this.#armRenewal();
    });
  }

  #renew(space: SpaceId, place: Place, nowMs: number): void {
    const own = new Set<ReplicaId>();
    for (const [replica, { by, endsMs }] of place.entries) {
      if (by !== undefined) own.add(replica);
      else if (endsMs <= nowMs) {
        place.entries.delete(replica);
        place.others.add(replica);
        this.#armTick();
      }
    }
    for (const message of messagesOf(space, place, own)) this.#host.whisper(space, message);
    this.#tidy(space, place);
  }

  #tidy(space: SpaceId, place: Place): void {
    if (place.entries.size + place.own.size + place.others.size === 0) this.#places.delete(space);
  }

  #after(delayMs: number, run: () => void): void {
    if (this.#stopped) return;
    const cancel = this.#host.runtime.setTimer(delayMs, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }
}

/** As many as one may hold: within a tick more may have come and gone than are there. */
function* messagesOf(space: SpaceId, { entries }: Place, replicas: ReadonlySet<ReplicaId>): Generator<Uint8Array> {
  const present = [...replicas].map((replica) => {
    const entry = entries.get(replica);
    return { replica, principal: entry?.principal ?? "", value: entry?.value };
  });
  for (let at = 0; at < present.length; at += wireLimits.presentMax)
    yield encodeServerPresence({ space, whole: false, present: present.slice(at, at + wireLimits.presentMax) });
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
