/**
 * Records as they will be, in memory: a batch of writes or one page is decided here, across as many awaits as the app's callbacks
 * need, and only then written in one SQL transaction. A batch that fails is dropped and leaves nothing behind.
 */
import {
  applyOperation,
  type AppliedOperation,
  assert,
  lastCounter,
  type Operation,
  type Origin,
  type PlannedRecord,
  type RecordState,
  type SpaceId,
  type Transaction,
} from "@holdfast/core/engine";
import { decodeState, emptyBytes, encodeState, loadRecord, noRecord, saveRecord, type StoredRecord } from "../store/record-store.ts";
import type { Store } from "../store/store.ts";

export interface RecordKey {
  readonly space: SpaceId;
  readonly collection: string;
  readonly id: string;
}

export interface StagedRecord extends RecordKey {
  readonly before: StoredRecord;
  visible: RecordState | undefined;
  solid: RecordState | undefined;
  /** The confirmed state where own operations are pending; decoded when first needed. */
  base: { bytes: Uint8Array | undefined; state: RecordState | undefined } | undefined;
  pending: number;
  overlaid: boolean;
  changed: boolean;
}

export class Staging {
  readonly store: Store;
  readonly #hasOverlays: (space: SpaceId) => boolean;
  readonly #records = new Map<string, StagedRecord>();
  readonly #minted = new Set<string>();

  constructor(store: Store, hasOverlays: (space: SpaceId) => boolean) {
    this.store = store;
    this.#hasOverlays = hasOverlays;
  }

  /** 128 random bits that were drawn a moment ago name nothing on disk: a look-up saved for each record that is created. */
  minted(id: string): string {
    this.#minted.add(id);
    return id;
  }

  get(space: SpaceId, collection: string, id: string): StagedRecord {
    const key = `${space}\u0000${collection}\u0000${id}`;
    let record = this.#records.get(key);
    if (record !== undefined) return record;
    const before = this.#minted.has(id) ? noRecord : loadRecord(this.store, space, collection, id, this.#hasOverlays(space));
    record = {
      space,
      collection,
      id,
      before,
      visible: before.visible,
      solid: before.solid,
      base: before.base === undefined ? undefined : { bytes: before.base, state: undefined },
      pending: before.pending,
      overlaid: before.overlaid,
      changed: false,
    };
    this.#records.set(key, record);
    return record;
  }

  /** An own transaction's effect on one record. It is pending until r0 has answered its last counter. */
  write(space: SpaceId, planned: PlannedRecord, transaction: Transaction, originOf: (index: number) => Origin): void {
    const record = this.get(space, planned.collection, planned.id);
    assert(record.solid === planned.before, "not what is staged");
    if (record.pending === 0) record.base = this.#confirmedOf(record);
    record.pending = lastCounter(transaction);
    record.solid = planned.after;
    record.visible = record.overlaid ? this.#applyToVisible(record, transaction, originOf) : planned.after;
    record.changed = true;
  }

  #confirmedOf(record: StagedRecord): { bytes: Uint8Array | undefined; state: RecordState | undefined } {
    // What is on disk is already encoded.
    if (!record.changed && !record.overlaid) return { bytes: record.before.meta, state: record.solid };
    return { bytes: undefined, state: record.solid };
  }

  #applyToVisible(record: StagedRecord, transaction: Transaction, originOf: (index: number) => Origin): RecordState | undefined {
    let { visible } = record;
    const operations = transaction.body.type === "operations" ? transaction.body.operations : [];
    for (const [index, operation] of operations.entries())
      if (operation.collection === record.collection && operation.record === record.id)
        visible = applyOperation(this.store.lattices, visible, operation, originOf(index)).record;
    return visible;
  }

  /** Somebody's confirmed operation: into the confirmed state, and into what is shown on top of it. What the second resolves is the conflict. */
  confirm(space: SpaceId, operation: Operation, origin: Origin): AppliedOperation {
    const record = this.get(space, operation.collection, operation.record);
    if (record.pending > 0) {
      const base = applyOperation(this.store.lattices, this.baseOf(record), operation, origin);
      if (!base.duplicate) {
        record.base = { bytes: undefined, state: base.record };
        record.changed = true;
      }
    }
    const applied = applyOperation(this.store.lattices, record.solid, operation, origin);
    if (applied.duplicate) return applied;
    record.solid = applied.record;
    // With an overlay, the provisional effects run again over it before the commit.
    if (!record.overlaid) record.visible = applied.record;
    record.changed = true;
    return applied;
  }

  baseOf(record: StagedRecord): RecordState | undefined {
    if (record.base === undefined) return record.solid;
    if (record.base.state === undefined && record.base.bytes !== undefined) record.base.state = decodeState(this.store, record.base.bytes);
    return record.base.state;
  }

  /** The confirmed state is now this, and own operations through `pending` stand on it as `solid`. */
  rebase(record: StagedRecord, base: RecordState | undefined, solid: RecordState | undefined, pending: number): void {
    record.base = pending === 0 ? undefined : { bytes: undefined, state: base };
    record.pending = pending;
    record.solid = solid;
    if (!record.overlaid) record.visible = solid;
    record.changed = true;
  }

  /** Nothing provisional on it any more. */
  settleOverlay(record: StagedRecord): void {
    if (!record.overlaid) return;
    record.overlaid = false;
    record.visible = record.solid;
    record.changed = true;
  }

  showProvisionally(record: StagedRecord, visible: RecordState): void {
    record.overlaid = true;
    record.visible = visible;
    record.changed = true;
  }

  *changed(): Iterable<StagedRecord> {
    for (const record of this.#records.values()) if (record.changed) yield record;
  }

  staged(space: SpaceId): readonly StagedRecord[] {
    return [...this.#records.values()].filter((record) => record.space === space);
  }

  /** Within the caller's SQL transaction. */
  save(): void {
    for (const record of this.changed()) {
      const { base, visible, solid, pending, overlaid } = record;
      const bytes =
        pending === 0 || base === undefined
          ? undefined
          : (base.bytes ?? (base.state === undefined ? emptyBytes : encodeState(this.store, base.state)));
      saveRecord(this.store, record.space, record.collection, record.id, record.before, { visible, solid, base: bytes, pending, overlaid });
    }
  }
}
