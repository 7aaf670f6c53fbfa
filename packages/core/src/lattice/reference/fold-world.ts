/**
 * One record at r0 and at some devices, in two worlds at once: in one, r0 folds its vectors now and then; in the other, the same operations happen
 * to a record that keeps them for ever. Devices write against what they have, push in order, may miss an answer, may have an own change before
 * its place in the stream, and get r0's state instead of changes where they are behind the horizon.
 */
import fc from "fast-check";
import { expect } from "vitest";
import { bytesToHex } from "../../base/bytes.ts";
import type { ReplicaId } from "../../causality/replica-id.ts";
import { emptyVector, type VersionVector } from "../../causality/version-vector.ts";
import type { Operation } from "../../operation/operation.ts";
import { foldRecord, knowsDot } from "../fold.ts";
import { kindCodes, type Origin } from "../lattice.ts";
import { presenceLattice } from "../presence.ts";
import { type AppliedOperation, applyOperation, baseLattices, emptyRecord, isVisible, latticeOf } from "../record.ts";
import { encodeForDigest, encodeRecordState } from "../record-codec.ts";
import type { RecordState } from "../record-state.ts";
import { historyReplicaId } from "./history.ts";
import { fieldOperation, operationOf, recordModel } from "./record-model.ts";

export type FoldStep =
  | { readonly type: "write"; readonly device: number; readonly pick: number }
  | { readonly type: "push"; readonly device: number; readonly count: number; readonly isHeard: boolean }
  | { readonly type: "pull"; readonly device: number; readonly count: number }
  /** The horizon goes as far as all have come, or past who is behind; then r0 folds, if it may. */
  | { readonly type: "fold"; readonly isForced: boolean };

export function foldSteps(stepsMax = 100): fc.Arbitrary<readonly FoldStep[]> {
  const device = fc.nat(3);
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant("write" as const), device, pick: fc.nat(0xffff) }) },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant("push" as const), device, count: fc.integer({ min: 1, max: 4 }), isHeard: fc.boolean() }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constant("pull" as const), device, count: fc.integer({ min: 1, max: 12 }) }) },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant("fold" as const), isForced: fc.integer({ min: 0, max: 3 }).map((n) => n === 0) }),
    },
  );
  return fc.array(step, { minLength: 1, maxLength: stepsMax, size: "max" });
}

interface Written {
  readonly operation: Operation;
  readonly origin: Origin;
  /** Of the world without folds. */
  readonly plain: Origin;
  /** How many folds its author had passed; all, for those of r0. */
  readonly foldsPassed: number;
}

/** Undefined in the world that has no folds. */
type Entry = Written | { readonly operation: Operation; readonly origin: Origin; readonly through: VersionVector };

interface Pair {
  folded: RecordState;
  plain: RecordState;
}

interface Device {
  readonly id: ReplicaId;
  readonly own: Written[];
  pulled: number;
  foldsPassed: number;
  /** r0 has said so. */
  settled: number;
  answeredOwn: number;
  base: Pair;
  shown: Pair;
  lamport: number;
}

const r0 = historyReplicaId(9);
const newPair = (): Pair => ({ folded: emptyRecord, plain: emptyRecord });

export class FoldWorld {
  readonly devices: readonly Device[];
  readonly server = newPair();
  readonly log: Entry[] = [];
  readonly #marks = new Map<ReplicaId, number>();
  #r0Counter = 0;
  #lamport = 0;
  horizon = 0;
  lastChange = 0;
  folds = 0;
  /** Some operation has met folds that its author had not passed, and what they let go. */
  late = 0;
  conflicts = 0;

  constructor(devices = 4) {
    this.devices = Array.from({ length: devices }, (_, i) => ({
      id: historyReplicaId(i + 1),
      own: [],
      pulled: 0,
      foldsPassed: 0,
      settled: 0,
      answeredOwn: 0,
      base: newPair(),
      shown: newPair(),
      lamport: 0,
    }));
  }

  run(steps: readonly FoldStep[]): void {
    for (const step of steps) {
      if (step.type === "write") this.#write(this.#device(step.device), step.pick);
      else if (step.type === "push") this.#push(this.#device(step.device), step.count, step.isHeard);
      else if (step.type === "pull") this.#pull(this.#device(step.device), step.count);
      else this.#fold(step.isForced);
    }
    for (const device of this.devices) this.#push(device, Infinity, true);
    for (const device of this.devices) this.#pull(device, Infinity);
  }

  /** Everybody has everything: the same bytes. */
  checkEqual(): void {
    const expected = digestOf(this.server.folded);
    for (const { base, shown } of this.devices) {
      expect(digestOf(base.folded)).toBe(expected);
      expect(digestOf(shown.folded)).toBe(expected);
      expect(digestOf(base.plain)).toBe(digestOf(this.server.plain));
    }
  }

  #device(index: number): Device {
    return this.devices[index % this.devices.length] as Device;
  }

  #write(device: Device, pick: number): void {
    const { shown } = device;
    const counter = device.own.length + 1;
    const lamport = Math.max(device.lamport, counter) + 1;
    const originOf = ({ vector }: RecordState): Origin => ({
      dot: { replica: device.id, counter },
      lamport,
      context: withOwn(vector, device.id, counter - 1),
      sequence: undefined,
    });
    const origin = originOf(shown.folded);
    const operation = change(shown.folded, pick, origin);
    if (operation === undefined) return;
    device.lamport = lamport;
    const written = { operation, origin, plain: originOf(shown.plain), foldsPassed: device.foldsPassed };
    device.own.push(written);
    apply(shown, written);
  }

  /** r0 takes what follows on its mark; what it answers may be lost, and comes with a later one. */
  #push(device: Device, count: number, isHeard: boolean): void {
    const mark = this.#marks.get(device.id) ?? 0;
    for (const written of device.own.slice(mark, mark + count)) {
      this.#take(written);
      this.#marks.set(device.id, written.origin.dot.counter);
    }
    if (!isHeard) return;
    const through = this.#marks.get(device.id) ?? 0;
    for (const written of device.own.slice(device.settled, through)) {
      const { counter } = written.origin.dot;
      if (counter <= device.answeredOwn && !knowsDot(device.base.folded, written.origin.dot)) continue;
      apply(device.base, written);
    }
    device.settled = Math.max(device.settled, through);
  }

  #take(written: Written): void {
    const before = isVisible(this.server.folded);
    const isExact = written.foldsPassed >= this.folds - 1;
    if (!isExact) this.late++;
    const [folded, plain] = apply(this.server, written);
    this.log.push(written);
    this.lastChange = this.log.length;
    this.#lamport = Math.max(this.#lamport, written.origin.lamport);
    if (plain.concurrent) this.conflicts++;
    // Of fields, all is as it was, whatever has been folded.
    expect(folded.losers).toEqual(plain.losers);
    expect(viewOf(this.server.folded)).toEqual(viewOf(this.server.plain));
    // A record that is there without folds is there with them.
    if (isVisible(this.server.plain)) expect(isVisible(this.server.folded)).toBe(true);
    if (this.late === 0) {
      expect(isVisible(this.server.folded)).toBe(isVisible(this.server.plain));
      expect(folded.concurrent).toBe(plain.concurrent);
      expect(folded.revived?.deletions).toEqual(plain.revived?.deletions);
    } else if (plain.revived !== undefined) expect(folded.revived !== undefined || before).toBe(true);
  }

  #fold(isForced: boolean): void {
    const passed = isForced ? this.log.length : Math.min(...this.devices.map(({ pulled }) => pulled));
    this.horizon = Math.max(this.horizon, passed);
    const { folded } = this.server;
    if (folded.vector.size < 2 || this.lastChange > this.horizon || !isVisible(folded)) return;
    const through = folded.vector;
    const dot = { replica: r0, counter: ++this.#r0Counter };
    const operation = operationOf("", kindCodes.presence, presenceLattice.encodeDelta({ type: "fold", vector: through }));
    const entry = { operation, through, origin: { dot, lamport: ++this.#lamport, context: emptyVector, sequence: undefined } };
    const shown = viewOf(folded);
    this.server.folded = applyOperation(baseLattices, folded, operation, entry.origin).record;
    expect(this.server.folded).toEqual(foldRecord((kind) => latticeOf(baseLattices, kind), folded, through, dot));
    expect(viewOf(this.server.folded)).toEqual(shown);
    expect(isVisible(this.server.folded)).toBe(true);
    expect(this.server.folded.vector.size).toBe(1);
    this.log.push(entry);
    this.lastChange = this.log.length;
    this.folds++;
  }

  #pull(device: Device, count: number): void {
    if (device.pulled < this.horizon) {
      this.#takeSnapshot(device);
      return;
    }
    for (const entry of this.log.slice(device.pulled, device.pulled + count)) {
      device.pulled++;
      device.lamport = Math.max(device.lamport, entry.origin.lamport);
      if ("through" in entry) {
        device.foldsPassed++;
        device.answeredOwn = Math.max(device.answeredOwn, entry.through.get(device.id) ?? 0);
        for (const pair of [device.base, device.shown])
          pair.folded = applyOperation(baseLattices, pair.folded, entry.operation, entry.origin).record;
      } else for (const pair of [device.base, device.shown]) apply(pair, entry);
    }
  }

  #takeSnapshot(device: Device): void {
    const mark = this.#marks.get(device.id) ?? 0;
    device.base = { ...this.server };
    device.shown = { ...this.server };
    device.settled = mark;
    device.answeredOwn = mark;
    device.pulled = this.log.length;
    device.foldsPassed = this.folds;
    device.lamport = Math.max(device.lamport, this.#lamport);
    for (const written of device.own.slice(mark)) apply(device.shown, written);
  }
}

function withOwn(vector: VersionVector, replica: ReplicaId, counter: number): VersionVector {
  return counter < 1 ? vector : new Map(vector).set(replica, counter);
}

function apply(pair: Pair, { operation, origin, plain }: Extract<Entry, Written>): readonly [AppliedOperation, AppliedOperation] {
  const both = [
    applyOperation(baseLattices, pair.folded, operation, origin),
    applyOperation(baseLattices, pair.plain, operation, plain),
  ] as const;
  expect(both[0].duplicate).toBe(both[1].duplicate);
  [pair.folded, pair.plain] = [both[0].record, both[1].record];
  return both;
}

function change(state: RecordState, pick: number, origin: Origin): Operation | undefined {
  const planOrigin = { ...origin, textSession: 1 };
  if (pick % 5 > 0) return recordModel.write(state, Math.floor(pick / 5), planOrigin);
  const [at, way] = [Math.floor(pick / 5) % 3, Math.floor(pick / 15) % 4];
  const items = (baseLattices.get(kindCodes.list)?.view(state.fields.get(`${kindCodes.list}/items`)?.state, null) ?? []) as unknown[];
  if (items.length <= at || way === 0)
    return fieldOperation(state, "items", "list", { type: "list-insert", at: Math.min(at, items.length), values: [pick] }, planOrigin);
  if (way === 1) return fieldOperation(state, "items", "list", { type: "list-edit", at, value: pick }, planOrigin);
  if (way === 2) return fieldOperation(state, "items", "list", { type: "list-delete", at }, planOrigin);
  return fieldOperation(state, "items", "list", { type: "list-move", from: at, to: 0 }, planOrigin);
}

/** Without whether it is there. */
function viewOf(state: RecordState): unknown {
  const { visible: _, ...fields } = recordModel.view(state) as { readonly visible: boolean };
  return { ...fields, items: baseLattices.get(kindCodes.list)?.view(state.fields.get(`${kindCodes.list}/items`)?.state, null) };
}

function digestOf(state: RecordState): string {
  return bytesToHex(encodeForDigest(baseLattices, state));
}

export function bytesOf(state: RecordState): string {
  return bytesToHex(encodeRecordState(baseLattices, state));
}
