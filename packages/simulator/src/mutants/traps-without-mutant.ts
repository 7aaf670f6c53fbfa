/** Traps that no mutant stands for, each with why. */
export const trapsWithoutMutant: Readonly<Record<string, string>> = {
  T14: "Two processes on one file are kept apart by SQLite's own lock, whose setting the store reads back; the storage suite opens a file twice.",
};
