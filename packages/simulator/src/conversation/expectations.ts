/** What each checker expects of a world, in a sentence: the half of a failure that its detail does not say. */

const sentences: Readonly<Record<string, string>> = {
  survival: "Every acknowledged write is in the data or among its author's dead letters, and nothing is there that nobody wrote.",
  sessions: "Each device shows what it has acknowledged and what it has shown before, on every read.",
  "whole transactions": "A transaction is seen whole or not at all, and counts once.",
  "honest status": "A device that says that nothing is pending has everything acknowledged at r0.",
  convergence: "Drained and in step, every device holds r0's state, byte for byte.",
  "dead letters": "What was refused is a dead letter and not in the data; what was confirmed is in the data.",
  balance: "The balance is what was granted less what was accepted, once each, and never negative.",
  liveness: "After the last fault has healed, everything drains by itself, within twenty minutes.",
  "no-defect": "No replica stops, reports a defect, or throws anything but what the disk is to blame for.",
  refusals: "Nothing is refused that nothing forbids.",
  invariant: "The app's own invariants hold, on the server always and everywhere in the end.",
  doublecheck: "The same plan gives the same trace, byte for byte.",
};

/** A checker without a sentence is an app's own, or a new one. */
export function expectationOf(checker: string): string {
  return sentences[checker] ?? `"${checker}" holds.`;
}
