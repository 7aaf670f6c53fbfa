/** What r0 holds was sent under the principal who made it: the author's replica is bound to the user whose mark the write carries (trap 13). */
import { findMarks } from "../people/marks.ts";

export interface AuthoredChange {
  readonly space: string;
  readonly replica: string;
  /** To whom r0 has bound the replica. */
  readonly principal: string | undefined;
  readonly bytes: Uint8Array;
}

export function checkPrincipalBinding(changes: readonly AuthoredChange[]): readonly string[] {
  return changes.flatMap(({ space, replica, principal, bytes }) =>
    findMarks(bytes)
      .filter(({ user }) => user !== principal)
      .map(
        ({ user, operation }) => `${operation} of ${user} in ${space} was sent by replica ${replica.slice(0, 8)} of ${String(principal)}`,
      ),
  );
}
