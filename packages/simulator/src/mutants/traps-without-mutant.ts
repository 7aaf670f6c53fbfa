/** Traps that no mutant stands for, each with why. */
export const trapsWithoutMutant: Readonly<Record<string, string>> = {
  T6: "awaits the simulated restore of r0",
  T12: "awaits simulated permissions",
  T13: "awaits simulated log-outs",
  T14: "awaits a second process on one file",
  T17: "awaits simulated upgrades",
  T19: "awaits hostile texts",
  T20: "awaits extreme numbers",
  T25: "awaits simulated upgrades",
};
