/** What a replica tells its app, and what an operation comes to. */
export const toldPoints = [
  // Of the other kinds no value loses: what meets in a counter, a set or a text is merged, and what r0 decides it decides alone.
  "a conflict on register",
  "a conflict on list",
  "a conflict on a deletion",
  "a refusal: forbidden",
  "a refusal: no-credit",
  "a refusal: taken",
  "a refusal: depends-on-refused",
  "a refusal: withdrawn",
  "more than twenty operations are pending",
  "several conflicts wait for a person",
  "several dead letters wait for a person",
  "a write is confirmed",
  "a write is refused",
  "a write is unknown",
  "a write is withdrawn",
  "a write is told store-full",
  "a write is told store-failed",
  "an operation finds its device down",
] as const;
