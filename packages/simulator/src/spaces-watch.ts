/** What writers had of other spaces, and whether those who show their writes have it too. */
import type { SqlitePort } from "@holdfast/core/engine";
import { checkCausalSpaces } from "./checkers/causal-spaces.ts";
import type { Plan, PlannedOperation } from "./plan/plan.ts";
import type { Oracle } from "./workload/oracle.ts";
import type { Device } from "./world/device.ts";

export interface SpacesWatchParts {
  readonly plan: Plan;
  readonly oracle: Oracle;
  readonly spaceName: (space: number) => string;
  readonly storePort: () => SqlitePort | undefined;
  /** Entries that a device shows now. */
  readonly seenIn: (device: Device, space: number) => ReadonlySet<string>;
}

/** Faults after which a device may rightly have one space without another. */
const partsSpaces: ReadonlySet<string> = new Set(["clone", "restore", "restore-server", "bit-flip", "compact"]);

export class SpacesWatch {
  readonly #parts: SpacesWatchParts;
  /** Nothing in the plan takes back what was numbered or shown, or brings a space by itself. */
  readonly #isOn: boolean;

  constructor(parts: SpacesWatchParts) {
    const { config, faults } = parts.plan;
    this.#parts = parts;
    this.#isOn = config.spaces > 1 && config.people === undefined && !faults.some(({ type }) => partsSpaces.has(type));
  }

  /** An operation begins. */
  writes(device: Device, { id, space: written }: PlannedOperation): void {
    if (!this.#isOn) return;
    const { oracle, spaceName, seenIn } = this.#parts;
    const seen = new Map<number, readonly string[]>();
    for (const space of device.signIn.spaces) {
      const sequence = device.replica?.status().spaces[spaceName(space)]?.sequence ?? 0;
      if (space === written || sequence === 0) continue;
      const numbered = this.#entriesAtR0(space, 0, sequence);
      seen.set(
        space,
        [...seenIn(device, space)].filter((entry) => numbered.has(entry)),
      );
    }
    oracle.sawElsewhere.set(id, seen);
  }

  /** A space is read. */
  compare(device: Device, space: number, shown: Iterable<string>): readonly string[] {
    if (!this.#isOn) return [];
    const { oracle, spaceName, seenIn } = this.#parts;
    const changes = this.#entriesAtR0(space, device.snapshots.of(spaceName(space)), Number.MAX_SAFE_INTEGER);
    return checkCausalSpaces({
      device: device.name,
      shown: [...shown].filter((id) => changes.has(id)),
      sawElsewhere: (entry) => oracle.sawElsewhere.get(entry),
      shownIn: (other) => (device.signIn.spaces.includes(other) ? seenIn(device, other) : undefined),
    });
  }

  /** Entries, and effects of requests, that r0 has numbered above `after`, up to `through`. */
  #entriesAtR0(space: number, after: number, through: number): ReadonlySet<string> {
    const sql = "SELECT record FROM records WHERE space = ? AND collection IN ('entries', 'receipts') AND sequence > ? AND sequence <= ?";
    const rows = this.#parts.storePort()?.all(sql, [this.#parts.spaceName(space), after, through]) ?? [];
    return new Set(rows.map((row) => String(row["record"])));
  }
}
