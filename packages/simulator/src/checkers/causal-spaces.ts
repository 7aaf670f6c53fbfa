/**
 * Writes follow reads across spaces, too (S4): who shows a write shows what its writer had of other spaces that are followed here. That holds
 * for what comes as changes; a snapshot is of one space, and says nothing of others.
 */
import type { CycleStep } from "@holdfast/client";

/** How far each space has come by snapshots. */
export class SnapshotHeads {
  readonly #heads = new Map<string, number>();

  /** Every step of the device's sync machine, in order. */
  hear({ event }: Pick<CycleStep, "event">): void {
    if (event.type !== "message" || event.message.type !== "page" || event.message.content.type !== "snapshot") return;
    const { space, head } = event.message;
    this.#heads.set(space, Math.max(this.of(space), head));
  }

  of(space: string): number {
    return this.#heads.get(space) ?? 0;
  }
}

export interface SpacesReading {
  readonly device: string;
  /** Entries that are shown of one space, but for those that a snapshot may have brought. */
  readonly shown: Iterable<string>;
  /** What the writer of an entry had of other spaces, which r0 had numbered by then. */
  readonly sawElsewhere: (entry: string) => ReadonlyMap<number, readonly string[]> | undefined;
  /** Undefined where the space is not followed. */
  readonly shownIn: (space: number) => ReadonlySet<string> | undefined;
}

export function checkCausalSpaces({ device, shown, sawElsewhere, shownIn }: SpacesReading): readonly string[] {
  const wrong: string[] = [];
  for (const id of shown)
    for (const [space, earlier] of sawElsewhere(id) ?? []) {
      const there = shownIn(space);
      if (there === undefined) continue;
      for (const each of earlier)
        if (!there.has(each)) wrong.push(`${device} shows ${id}, whose writer had ${each} of space ${space}, and does not show that there`);
    }
  return wrong;
}
