/** Is told of everything that an app was promised and shown, and remembers it, whatever happens to the fleet. */
import type { PlannedOperation } from "../plan/plan.ts";

/** What one device's user knows. A backup that is put back takes the memory back with it. */
export interface Memory {
  /** Own operations whose write has resolved. */
  readonly acknowledged: Map<string, PlannedOperation>;
  /** Entries that a read has shown, by space. */
  readonly seen: Map<number, ReadonlySet<string>>;
}

export class Oracle {
  /** Every operation that some device has begun. */
  readonly tried = new Map<string, PlannedOperation>();
  readonly acknowledged = new Map<string, PlannedOperation>();
  /** r0's final answers, as the app was told. */
  readonly answers = new Map<string, "confirmed" | "refused">();
  /** Acknowledged after a backup that was put back: they may be gone, with the disk that held them. */
  readonly forgivable = new Set<string>();
  readonly #memories = new Map<string, Memory>();

  memoryOf(device: string): Memory {
    let memory = this.#memories.get(device);
    if (memory === undefined) this.#memories.set(device, (memory = { acknowledged: new Map(), seen: new Map() }));
    return memory;
  }

  acknowledge(device: string, operation: PlannedOperation): void {
    this.acknowledged.set(operation.id, operation);
    this.memoryOf(device).acknowledged.set(operation.id, operation);
  }

  backUp(device: string): Memory {
    const { acknowledged, seen } = this.memoryOf(device);
    return { acknowledged: new Map(acknowledged), seen: new Map(seen) };
  }

  /** `device` knows what it knew then; what it was promised since may be lost. */
  putBack(device: string, backup: Memory): void {
    for (const id of this.memoryOf(device).acknowledged.keys()) if (!backup.acknowledged.has(id)) this.forgivable.add(id);
    this.#memories.set(device, { acknowledged: new Map(backup.acknowledged), seen: new Map(backup.seen) });
  }
}
