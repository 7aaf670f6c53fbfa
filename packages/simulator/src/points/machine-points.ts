/** States of disks, processes and clocks, on devices and at r0. */
export const machinePoints = [
  "a file does not open at first",
  "a kill is followed by a loss of power",
  "unsynced bytes are lost with the power",
  "a sector is torn",
  "a device comes back from a backup",
  // Machines.
  "a device is lost for good",
  "a damaged file is told of, and its user starts over",
  "a machine dies inside its recovery",
  "a process dies right before an effect",
  "a process dies right after an effect",
  "a process wakes whose timers are long due",
  "a process wakes whose clock slept too",
  "a clock stands still",
  "a clock runs backwards",
  "a clock runs wrong",
  // r0.
  "an instance dies and another goes on",
  "an instance stands still",
  "an instance says goodbye before it ends",
  "news of one instance reaches another",
  "r0 is put back to an earlier state",
  "r0 starts a new epoch",
  "r0 says that its file is damaged",
  "a write is refused because r0 has lost what it builds on",
] as const;
