/**
 * Nothing is refused that nothing forbids. Besides the app's rules and its people's access, the world gives reasons: what r0 has lost, what was
 * forgotten, links that are cut. Of a write that two copies of a file hold, one may have been refused with reason and put a void in its place:
 * the other is then told that it was withdrawn elsewhere. A write that was withdrawn with reason may have created what later ones build on.
 */
import type { Plan, PlannedOperation } from "../plan/plan.ts";
import type { Point } from "../points/points.ts";

export interface Refusal {
  readonly operation: PlannedOperation;
  readonly user: string;
  readonly code: string;
}

export interface RefusalParts {
  readonly plan: Plan;
  /** By the app's rules, or for want of access. */
  readonly mayBeRefused: (refusal: Refusal) => boolean;
  /** r0 was put back, and has lost something. */
  readonly hasLost: () => boolean;
  readonly sometimes: (point: Point) => void;
}

const dependsOnRefused = "depends-on-refused";
/** What r0 says to a write whose record is not there. */
const orphanCodes: ReadonlySet<string> = new Set(["unknown-record", dependsOnRefused]);
/** Of a record that was deleted and collected; one's own among them r0 cannot tell from one that it had refused. */
const forgottenCodes: ReadonlySet<string> = new Set(["collected", dependsOnRefused]);

/** What its author, or a copy, has given up, and taken out of what all of them show. */
const withdrawnCodes: ReadonlySet<string> = new Set(["withdrawn", "withdrawn-elsewhere", dependsOnRefused]);

export class Refusals {
  readonly #parts: RefusalParts;
  /** Operations that some device was told with reason that they are refused, or has withdrawn with reason. */
  readonly #refused = new Map<string, Refusal>();

  constructor(parts: RefusalParts) {
    this.#parts = parts;
  }

  /** A device has it among its dead letters: whoever wrote it, or a copy of their file. */
  heard(refusal: Refusal): void {
    if (this.isRight(refusal)) this.#refused.set(refusal.operation.id, refusal);
  }

  /** Something forbids it. */
  isRight(refusal: Refusal): boolean {
    const { plan, mayBeRefused, hasLost, sometimes } = this.#parts;
    const { operation, code } = refusal;
    // It builds on a record that r0 has lost, and whose author has not come back yet.
    const isOrphaned = orphanCodes.has(code) && hasLost();
    if (isOrphaned) sometimes("a write is refused because r0 has lost what it builds on");
    if (code === "withdrawn") sometimes("a write is withdrawn");
    // A link that is cut on the same transaction again and again looks like one that kills r0 (F10).
    const isCut = plan.config.network.cutPerMessage > 0 || plan.faults.some(({ type }) => type === "pushes-held");
    const isSuspected = code === "withdrawn" && isCut;
    // It builds on what was deleted, and forgotten before it came.
    const isOfForgotten = forgottenCodes.has(code) && plan.faults.some(({ type }) => type === "compact");
    const isWithdrawnElsewhere = code === "withdrawn-elsewhere" && this.#refused.has(operation.id);
    const isOfWithdrawn = code === dependsOnRefused && this.#buildsOnWithdrawn(operation);
    return isOrphaned || isSuspected || isOfForgotten || isWithdrawnElsewhere || isOfWithdrawn || mayBeRefused(refusal);
  }

  /** Which of several writes has created a record, no plan says: one before it, about the same. */
  #buildsOnWithdrawn({ id, space, target, atMs }: PlannedOperation): boolean {
    const isBefore = (other: PlannedOperation): boolean =>
      other.id !== id && other.space === space && other.target === target && other.atMs <= atMs;
    return [...this.#refused.values()].some(({ operation, code }) => withdrawnCodes.has(code) && isBefore(operation));
  }
}
