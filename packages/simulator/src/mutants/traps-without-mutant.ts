/** Traps that no mutant stands for, each with why. */
export const trapsWithoutMutant: Readonly<Record<string, string>> = {};
