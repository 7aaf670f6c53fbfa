/** Who may do what in which space, now and at any time before: what r0's rules say, and what a checker may hold a device to. */
import type { AccessLevel } from "./people-plan.ts";

interface AccessChange {
  readonly atMs: number;
  readonly access: AccessLevel;
}

export class AccessBook {
  readonly #changes = new Map<string, AccessChange[]>();

  set(user: string, space: string, access: AccessLevel, atMs: number): void {
    const key = keyOf(user, space);
    const changes = this.#changes.get(key);
    if (changes === undefined) this.#changes.set(key, [{ atMs, access }]);
    else changes.push({ atMs, access });
  }

  now(user: string, space: string): AccessLevel {
    return this.#changes.get(keyOf(user, space))?.at(-1)?.access ?? "none";
  }

  /** Whether the user had, at some moment from `fromMs` to `toMs`, an access of which `is` holds. */
  wasEver(user: string, space: string, is: (access: AccessLevel) => boolean, fromMs = 0, toMs = Number.POSITIVE_INFINITY): boolean {
    const changes = this.#changes.get(keyOf(user, space)) ?? [];
    if (changes.length === 0) return is("none");
    return changes.some(({ atMs, access }, index) => is(access) && atMs <= toMs && (changes[index + 1]?.atMs ?? Infinity) >= fromMs);
  }
}

function keyOf(user: string, space: string): string {
  return `${user}\u0000${space}`;
}
