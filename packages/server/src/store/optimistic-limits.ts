/** Every bound of optimistic turns and of the commits that they share. What happens at each is a rule in `docs/spec/server.md`. */
export interface OptimisticLimits {
  /** A turn that has been overtaken so often takes the space's lock for as long as it lasts. */
  readonly overtakenMax: number;
  /** No attempt of a turn begins later than so long after its first; then its caller is told to come back. */
  readonly turnMsMax: number;
  /** Where remembered rows were found to be old, the space's rows are read for so many turns; of so many spaces at once. */
  readonly doubtedTurns: number;
  readonly doubtedSpacesMax: number;
  /** A lock is waited for so long at a time. */
  readonly lockMsMax: number;
  /** Between attempts, after anything but being overtaken: uniform in [0, min(cap, base · 2ⁿ)). */
  readonly delayMsBase: number;
  readonly delayMsCap: number;
  /** One commit holds so many batches and bytes at most, and at least one batch. */
  readonly groupBatchesMax: number;
  readonly groupBytesMax: number;
  /** Commits under way at once; batches that come meanwhile wait for the next one, together. */
  readonly groupsInFlightMax: number;
  /** Beside a commit that is under way another one starts with so many batches, or after so long. */
  readonly companyBatchesMin: number;
  readonly companyMsMax: number;
}

export const optimisticLimits: OptimisticLimits = {
  overtakenMax: 3,
  turnMsMax: 20_000,
  doubtedTurns: 32,
  doubtedSpacesMax: 10_000,
  lockMsMax: 5_000,
  delayMsBase: 4,
  delayMsCap: 500,
  groupBatchesMax: 256,
  groupBytesMax: 4 * 1024 * 1024,
  groupsInFlightMax: 3,
  companyBatchesMin: 24,
  companyMsMax: 4,
};
