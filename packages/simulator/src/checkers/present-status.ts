/**
 * "In step" and "connected" are statements about now (F24): whoever says `synced` has a session, and stands at least where r0 was as this
 * session last heard. What r0 holds beyond that, nobody has told the device yet.
 */
import type { CycleStep, ReplicaStatus } from "@holdfast/client";

export class HeardHeads {
  readonly #heads = new Map<string, number>();

  /** Every step of the device's sync machine, in order. */
  hear({ before, event, after }: Pick<CycleStep, "before" | "event" | "after">): void {
    if (after.link.kind !== "live") return this.#heads.clear();
    if (event.type !== "message") return;
    const { message } = event;
    // Over HTTP each reply begins with one: only that which begins the session tells a head.
    if (message.type === "welcome" && before.link.kind !== "live") for (const { space, head } of message.spaces) this.#raise(space, head);
    else if (message.type === "pushed" || message.type === "page" || message.type === "poke") this.#raise(message.space, message.head);
  }

  of(space: string): number {
    return this.#heads.get(space) ?? 0;
  }

  #raise(space: string, head: number): void {
    this.#heads.set(space, Math.max(this.of(space), head));
  }
}

export function checkPresentStatus(
  device: string,
  { connection, spaces }: Pick<ReplicaStatus, "connection" | "spaces">,
  heard: Pick<HeardHeads, "of">,
): readonly string[] {
  return Object.entries(spaces).flatMap(([space, { synced, sequence }]) => {
    if (!synced) return [];
    if (connection.kind !== "connected") return [`${device} says that ${space} is in step, and is ${connection.kind}`];
    const head = heard.of(space);
    return head > sequence ? [`${device} says that ${space} is in step at ${sequence}, and has heard of ${head}`] : [];
  });
}
