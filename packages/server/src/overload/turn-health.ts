/**
 * Whether anything is written at all. A store may answer what readiness asks it, and fail every turn: a role that may not write, a disk that
 * is full, a broken connection that still connects. One turn that is committed says that the store works; a turn that fails says little, it
 * may be at fault itself. So only many in a row count, in a short time. Sent nothing for that time, the instance is tried again.
 */
export interface TurnHealth {
  committed(): void;
  failed(): void;
  isFailing(): boolean;
}

export interface TurnHealthLimits {
  /** So many turns have failed and none was committed since the first of them. */
  readonly readyFailedTurnsMin: number;
  /** All of them within so long. */
  readonly readyFailedMsMax: number;
}

export function createTurnHealth(limits: TurnHealthLimits, nowMs: () => number): TurnHealth {
  /** When the last ones failed, since one was committed. */
  let failedMs: number[] = [];
  return {
    committed() {
      if (failedMs.length > 0) failedMs = [];
    },
    failed() {
      failedMs.push(nowMs());
      if (failedMs.length > limits.readyFailedTurnsMin) failedMs.shift();
    },
    isFailing() {
      const [first] = failedMs;
      return failedMs.length >= limits.readyFailedTurnsMin && first !== undefined && nowMs() - first <= limits.readyFailedMsMax;
    },
  };
}
