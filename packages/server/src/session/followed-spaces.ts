/** The spaces that one connection follows, and what its user may do in each: asked of the app, and asked again once in a while (trap 12). */
import type { SpaceId, WelcomeSpace } from "@holdfast/core/engine";
import type { Access, Principal } from "../options.ts";
import { askAccess } from "./greet.ts";
import { SessionFault, type SessionHandle, type SessionHost } from "./host.ts";

export interface Followed {
  /** What holds from the moment the app has said it. */
  access: Access;
  /** What the replica was last told: where the store fails in between, less or more than that. */
  said: Access;
  askedMs: number;
  /** Where the replica probably stands: only decides whether a poke carries its changes. The replica checks by itself. */
  position: number | undefined;
  /** The highest head that it was told, in whatever message: told again, it would learn nothing. */
  told: number;
  /** It was told that there is more, and has not pulled since. */
  poked: boolean;
  /** Until its welcome has gone out, the head of the news that came meanwhile: 0, if none did. */
  missed: number | undefined;
}

export class FollowedSpaces {
  readonly #host: SessionHost;
  readonly #session: SessionHandle;
  readonly #spaces = new Map<SpaceId, Followed>();
  /** Told when the app says otherwise than the replica was told. */
  readonly #changed: (space: SpaceId, access: Access) => Promise<void>;
  #asking = false;

  constructor(host: SessionHost, session: SessionHandle, changed: (space: SpaceId, access: Access) => Promise<void>) {
    this.#host = host;
    this.#session = session;
    this.#changed = changed;
  }

  get size(): number {
    return this.#spaces.size;
  }

  get(space: SpaceId): Followed | undefined {
    return this.#spaces.get(space);
  }

  add(space: SpaceId, access: Access, position: number | undefined): void {
    this.#spaces.set(space, { access, said: access, askedMs: this.#host.runtime.nowMs(), position, told: 0, poked: false, missed: 0 });
    if (access !== "none") this.#host.follow(this.#session, space);
  }

  /**
   * For news up to `head`. Undefined: nobody follows, or the welcome has not gone out. How news are written down follows from what the welcome
   * says, and they are told once for all that know it: who does not know it yet hears after it that there is more (SES19).
   */
  listening(space: SpaceId, head: number): Followed | undefined {
    const followed = this.#spaces.get(space);
    if (followed?.missed === undefined) return followed;
    followed.missed = Math.max(followed.missed, head);
    return undefined;
  }

  /** Their welcome has gone out. Returns those of which there has been more since it was put together, with its head. */
  welcomed(spaces: readonly WelcomeSpace[]): readonly (readonly [SpaceId, Followed, number])[] {
    return spaces.flatMap(({ space, head }) => {
      this.told(space, head);
      const followed = this.#spaces.get(space);
      const missed = followed?.missed ?? 0;
      if (followed !== undefined) followed.missed = undefined;
      return followed !== undefined && followed.access !== "none" && missed > head ? [[space, followed, missed] as const] : [];
    });
  }

  /** A message named this head: news up to there need not be told any more. */
  told(space: SpaceId, head: number): void {
    const followed = this.#spaces.get(space);
    if (followed !== undefined) followed.told = Math.max(followed.told, head);
  }

  remove(space: SpaceId): void {
    this.#spaces.delete(space);
    this.#host.unfollow(this.#session, space);
  }

  /** Another token, another answer perhaps: what is asked for next is asked again. */
  doubt(): void {
    for (const followed of this.#spaces.values()) followed.askedMs = Number.NEGATIVE_INFINITY;
  }

  /** Throws `no-access` for a space that was never followed. */
  access(principal: Principal, space: SpaceId): Followed | Promise<Followed> {
    const followed = this.#spaces.get(space);
    if (followed === undefined) throw new SessionFault("no-access", `This connection does not follow "${space}".`);
    return this.#isDue(followed) ? this.#askAgain(principal, space, followed) : followed;
  }

  /** A replica that asks for nothing is told all the same, and one without access never asks. One question at a time. */
  askOldest(principal: Principal): void {
    if (this.#asking) return;
    const due = [...this.#spaces].find(([, followed]) => this.#isDue(followed));
    if (due === undefined) return;
    this.#asking = true;
    // To the end of the row: a space of which the app cannot tell keeps no other waiting.
    this.#spaces.delete(due[0]);
    this.#spaces.set(...due);
    void this.#askAgain(principal, ...due)
      // The app cannot tell now, which has been logged: the next sweep asks again.
      .catch(() => undefined)
      .finally(() => {
        this.#asking = false;
      });
  }

  #isDue({ askedMs }: Followed): boolean {
    return this.#host.runtime.nowMs() - askedMs > this.#host.limits.accessMsMax;
  }

  async #askAgain(principal: Principal, space: SpaceId, followed: Followed): Promise<Followed> {
    const access = await askAccess(this.#host, principal, space);
    const before = followed.said;
    Object.assign(followed, { access, said: access, askedMs: this.#host.runtime.nowMs() });
    // Let go while the app was asked.
    if (this.#spaces.get(space) !== followed) return followed;
    try {
      if (access === "none") this.#host.unfollow(this.#session, space);
      else this.#host.follow(this.#session, space);
      if (access !== before) await this.#changed(space, access);
    } catch (error) {
      // Whoever asked is answered by what holds now, and the replica is told at the next sweep.
      Object.assign(followed, { said: before, askedMs: Number.NEGATIVE_INFINITY });
      this.#host.log({ level: "error", event: "access-failed", detail: `Access to "${space}" could not be told.`, error });
    }
    return followed;
  }
}
