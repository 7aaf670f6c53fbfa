/** Why something was not taken. Never a loss: the replica keeps it pending, and comes back. */
export type RefusedReason =
  /** Too many pushes wait: in the instance, of one space, of one principal, in bytes. */
  | "queue-full"
  | "space-full"
  | "principal-full"
  | "bytes-full"
  /** They have waited for too long: see `queue-delay.ts`. */
  | "shed"
  /** A budget is used up. */
  | "rate-principal"
  | "rate-space"
  | "rate-instance"
  /** Pulls that wait for a place. */
  | "first-syncs-full"
  | "catch-ups-full"
  | "connections-full"
  | "closing";

export interface Refused {
  readonly reason: RefusedReason;
  /** With jitter in it (trap 16). */
  readonly retryAfterMs: number;
}

/** What the peer is told. */
export const refusedTexts: Readonly<Record<RefusedReason, string>> = {
  "queue-full": "The server has too much to do.",
  "space-full": "Too many pushes to this space wait already.",
  "principal-full": "Too many pushes of this user wait already.",
  "bytes-full": "The server has too much to do.",
  shed: "The server has too much to do.",
  "rate-principal": "This user has sent too much for now.",
  "rate-space": "This space has been sent too much for now.",
  "rate-instance": "The server has been sent too much for now.",
  "first-syncs-full": "Too many devices begin at once.",
  "catch-ups-full": "Too many devices catch up at once.",
  "connections-full": "The server has too many connections.",
  closing: "The server is closing.",
};
