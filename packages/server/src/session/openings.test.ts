import type { ReplicaId } from "@holdfast/core/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replicaId } from "../testing/test-replica.ts";
import { Followers } from "./followers.ts";
import type { SessionHandle } from "./host.ts";
import { createOpenings } from "./openings.ts";

const replica = replicaId(1);

/** A session of some opening, which lives until it is closed. */
class Handle implements SessionHandle {
  readonly replica: ReplicaId;
  readonly opening: Uint8Array | undefined;
  closed = false;

  constructor(opening: number | undefined, id: ReplicaId = replica) {
    this.replica = id;
    this.opening = opening === undefined ? undefined : Uint8Array.of(opening);
  }

  poke(): void {}
  check(): void {}
  async settled(): Promise<void> {}
  end(): void {}
  tellPresence(): void {}
  close(): void {
    this.closed = true;
  }
}

const followersOf = (limits = { replicasMax: 10, openingsMax: 4 }): Followers =>
  new Followers(createOpenings(limits), { follow: () => {}, unfollow: () => {} }, 1_000);

/** Says hello, and (if it is heard) answers the welcome. */
function join(followers: Followers, opening: number | undefined, heard = true, id = replica): { copied: boolean; session: Handle } {
  const session = new Handle(opening, id);
  const copied = followers.greet(session, id);
  if (heard) followers.heard(session);
  return { copied, session };
}

describe("openings of a replica's file", () => {
  it("[SES15][T4] two that live at once are told apart: the one that comes back takes a new id, and the other keeps its session", () => {
    const followers = followersOf();
    expect(join(followers, 1).copied).toBe(false);
    const other = join(followers, 2);
    expect(other.copied).toBe(false);
    expect(join(followers, 1).copied).toBe(true);
    expect(other.session.closed).toBe(false);
    // The other is what it was, and stays so.
    expect(join(followers, 2).copied).toBe(false);
  });

  it("[SES15][T4] a device that connects again, restarts, or whose old hello comes late is never told so, whatever r0 has not noticed yet", () => {
    // Openings in the order in which one device makes them; each says hello as often as it likes, and hellos of dead ones may come late, unheard.
    const steps = fc.array(fc.record({ restart: fc.boolean(), late: fc.option(fc.nat(5), { nil: undefined }), ends: fc.boolean() }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const followers = followersOf({ replicasMax: 10, openingsMax: 100 });
        let opening = 1;
        for (const { restart, late, ends } of all) {
          if (restart) opening++;
          const { copied, session } = join(followers, opening);
          expect(copied).toBe(false);
          if (ends) followers.end(session);
          if (late !== undefined && late > 0 && late < opening) join(followers, late, false);
        }
      }),
      { seed: 20261123, numRuns: 300 },
    );
  });

  it("[SES15] an end that says no opening is never told so, and other replicas are apart", () => {
    const followers = followersOf();
    for (const opening of [1, undefined, 2, undefined, 3]) expect(join(followers, opening).copied).toBe(false);
    join(followers, 4);
    expect(join(followers, 1, true, replicaId(2)).copied).toBe(false);
  });

  it("[SES15] what is remembered is bounded: the oldest goes first", () => {
    const followers = followersOf({ replicasMax: 2, openingsMax: 2 });
    for (let n = 1; n <= 3; n++) for (const opening of [1, 2]) join(followers, opening, true, replicaId(n));
    expect(join(followers, 1, true, replicaId(1)).copied).toBe(false);
    expect(join(followers, 1, true, replicaId(3)).copied).toBe(true);
    for (const opening of [3, 4, 5]) join(followers, opening, true, replicaId(3));
    expect(join(followers, 1, true, replicaId(3)).copied).toBe(false);
  });
});
