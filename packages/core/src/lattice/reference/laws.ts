/** The laws that every kind is held to, over legal histories: one function a law, called by each kind's test under the kind's own rule ids. */
import fc from "fast-check";
import { expect } from "vitest";
import { bytesToHex } from "../../base/bytes.ts";
import {
  createReplica,
  historyReplicaId,
  historySeed,
  historySteps,
  type History,
  type Model,
  receive,
  reorder,
  reorderCausally,
  runHistory,
  type Written,
} from "./history.ts";

export interface LawOptions {
  readonly numRuns?: number;
  readonly stepsMax?: number;
  /** Deliver in causal orders only, for a kind that needs its context first. */
  readonly causal?: boolean;
}

const picks = fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 40, size: "max" });

/** Any order that keeps each replica's own, with duplicates, gives one state: to the byte. */
export function checkConvergence<State, Op>(model: Model<State, Op>, options: LawOptions = {}): void {
  eachHistory(model, options, (history, order) => {
    const expected = deliver(model, history.operations);
    const other = deliver(model, (options.causal === true ? reorderCausally : reorder)(history.operations, order));
    expect(hex(model, other)).toBe(hex(model, expected));
    expect(model.view(other)).toEqual(model.view(expected));
  });
}

/** Commutative, associative, idempotent, over whatever the replicas have got so far. */
export function checkJoin<State, Op>(model: Model<State, Op>, options: LawOptions = {}): void {
  eachHistory(model, options, (history, order) => {
    const states = statesOf(history);
    if (states.length === 0) return;
    const [a, b, c] = [0, 1, 2].map((i) => states[(order[i] ?? i) % states.length] as State) as [State, State, State];
    expect(hex(model, model.join(a, b))).toBe(hex(model, model.join(b, a)));
    expect(hex(model, model.join(model.join(a, b), c))).toBe(hex(model, model.join(a, model.join(b, c))));
    expect(hex(model, model.join(a, a))).toBe(hex(model, a));
    expect(hex(model, model.join(model.join(a, b), b))).toBe(hex(model, model.join(a, b)));
    const whole = states.reduce((left, right) => model.join(left, right));
    expect(hex(model, whole)).toBe(hex(model, deliver(model, history.operations)));
  });
}

/** `twin` says by definition what a set of operations means: of each replica's part, of joined parts, and of the whole. */
export function checkTwin<State, Op>(
  model: Model<State, Op>,
  twin: (operations: readonly Written<Op>[]) => unknown,
  options: LawOptions = {},
): void {
  eachHistory(model, options, (history, order) => {
    for (const replica of history.replicas)
      if (replica.state !== undefined) expect(model.view(replica.state)).toEqual(twin(replica.applied));
    const [a, b] = [order[0] ?? 0, order[1] ?? 1].map((pick) => history.replicas[pick % history.replicas.length]);
    if (a?.state !== undefined && b?.state !== undefined) {
      expect(model.view(model.join(a.state, b.state))).toEqual(twin([...new Set([...a.applied, ...b.applied])]));
    }
    const whole = deliver(model, (options.causal === true ? reorderCausally : reorder)(history.operations, order));
    if (whole !== undefined) expect(model.view(whole)).toEqual(twin(history.operations));
  });
}

function eachHistory<State, Op>(
  model: Model<State, Op>,
  options: LawOptions,
  check: (history: History<State, Op>, order: readonly number[]) => void,
): void {
  fc.assert(
    fc.property(historySteps(options.stepsMax), picks, ({ replicas, steps }, order) => check(runHistory(model, replicas, steps), order)),
    { seed: historySeed, numRuns: options.numRuns ?? 300 },
  );
}

/** At a replica that has nothing, in this order. */
export function deliver<State, Op>(model: Model<State, Op>, operations: readonly Written<Op>[]): State | undefined {
  const replica = createReplica<State, Op>(historyReplicaId(90));
  for (const written of operations) receive(model, replica, written);
  return replica.state;
}

function statesOf<State, Op>(history: History<State, Op>): readonly State[] {
  return history.replicas.flatMap(({ state }) => (state === undefined ? [] : [state]));
}

function hex<State, Op>(model: Model<State, Op>, state: State | undefined): string {
  return state === undefined ? "" : bytesToHex(model.toBytes(state));
}
