/** What the app was promised, by entry: each write makes one, and its id is the proof that the write is there. */
export class Promises {
  /** Begun: they may be there. */
  readonly tried = new Set<string>();
  /** Resolved while the process lived: they must be there. */
  readonly acknowledged = new Set<string>();

  copy(): Promises {
    const copy = new Promises();
    for (const token of this.tried) copy.tried.add(token);
    for (const token of this.acknowledged) copy.acknowledged.add(token);
    return copy;
  }

  /** The app gives them up: leaving, it was told that they would be discarded. */
  forgiveAll(): void {
    this.acknowledged.clear();
  }
}
