/** A record with a field of each kind that needs no more than itself, as a model for histories; and what it means by definition. */
import { type Dot, isSameDot } from "../../causality/dot.ts";
import { vectorContains } from "../../causality/version-vector.ts";
import type { Operation } from "../../operation/operation.ts";
import type { FieldChange } from "../change.ts";
import { counterLattice } from "../counter.ts";
import { type AnyLattice, type Kind, kindCodes, type PlanOrigin } from "../lattice.ts";
import { presenceLattice } from "../presence.ts";
import { applyOperation, baseLattices, fieldKey, isVisible, joinRecords } from "../record.ts";
import { encodeRecordState } from "../record-codec.ts";
import type { RecordState } from "../record-state.ts";
import { registerLattice } from "../register.ts";
import { setLattice } from "../set.ts";
import { historyReplicaId, type Model, type Written } from "./history.ts";
import { counterTwin, registerTwin, setTwin } from "./twins.ts";

export const recordModel: Model<RecordState, Operation> = {
  write(state, pick, origin) {
    if (pick % 7 === 0) return presenceOperation("delete");
    if (pick % 7 === 1) return presenceOperation("touch");
    const rest = pick >> 3;
    if (pick % 7 === 2) return fieldOperation(state, "n", "counter", { type: "increment", by: (rest % 9) - 4 }, origin);
    if (pick % 7 === 3) return fieldOperation(state, "tags", "set", { type: "set-add", values: [rest % 3] }, origin);
    if (pick % 7 === 4) return fieldOperation(state, "tags", "set", { type: "set-delete", values: [rest % 3] }, origin);
    const isArbiter = pick % 7 === 5 && origin.dot.replica === historyReplicaId(0);
    return fieldOperation(
      state,
      isArbiter ? "plan" : "title",
      isArbiter ? "arbitrated" : "register",
      { type: "assign", value: rest % 4 },
      origin,
    );
  },
  apply: (state, operation, origin) => applyOperation(baseLattices, state, operation, origin).record,
  join: (a, b) => joinRecords(baseLattices, a, b),
  toBytes: (state) => encodeRecordState(baseLattices, state),
  view(state) {
    const view = (field: string, lattice: AnyLattice): unknown =>
      lattice.view(state?.fields.get(fieldKey(field, lattice.kind))?.state, null);
    return {
      visible: state !== undefined && isVisible(state),
      title: view("title", registerLattice),
      n: view("n", counterLattice),
      tags: view("tags", setLattice),
    };
  },
};

export function fieldOperation(
  state: RecordState | undefined,
  field: string,
  kind: Kind,
  change: FieldChange,
  origin: PlanOrigin,
): Operation | undefined {
  const lattice = baseLattices.get(kindCodes[kind]) as AnyLattice;
  const planned = lattice.plan(state?.fields.get(fieldKey(field, kind))?.state, change, origin);
  if (!planned.ok) throw new Error(planned.reason);
  return planned.delta === undefined ? undefined : operationOf(field, kindCodes[kind], lattice.encodeDelta(planned.delta));
}

export function presenceOperation(type: "touch" | "delete"): Operation {
  return operationOf("", kindCodes.presence, presenceLattice.encodeDelta({ type }));
}

/** The context travels in the origin here; `originOf` has tests of its own. */
export function operationOf(field: string, kind: number, delta: Uint8Array): Operation {
  return { collection: "notes", record: "r", field, kind, delta, context: new Map(), creates: true };
}

/** Visible: some operation was seen by no delete. The rest as each kind's own twin says. */
export function recordTwin(operations: readonly Written<Operation>[]): unknown {
  const deletes = operations.filter(({ op }) => op.kind === kindCodes.presence && presenceLattice.decodeDelta(op.delta).type === "delete");
  const isSeen = (dot: Dot): boolean => deletes.some(({ origin }) => isSameDot(origin.dot, dot) || vectorContains(origin.context, dot));
  const titles = written(operations, "title", (delta) => registerLattice.decodeDelta(delta));
  return {
    visible: operations.some(({ origin }) => !isSeen(origin.dot)),
    title: titles.length === 0 ? null : registerTwin(titles),
    n: counterTwin(written(operations, "n", (delta) => counterLattice.decodeDelta(delta))),
    tags: setTwin(written(operations, "tags", (delta) => setLattice.decodeDelta(delta))),
  };
}

function written<Delta>(
  operations: readonly Written<Operation>[],
  field: string,
  decode: (delta: Uint8Array) => Delta,
): readonly Written<Delta>[] {
  return operations.filter(({ op }) => op.field === field).map(({ op, origin }) => ({ op: decode(op.delta), origin }));
}
