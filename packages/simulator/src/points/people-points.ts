/** States of runs with several people: what they may do, when they leave, and which version of the app they have. */
export const peoplePoints = [
  // Access.
  "access is given",
  "access is taken",
  "access is changed",
  "access is none while writes are pending",
  "access is read while writes are pending",
  "what came back with access is judged again",
  "access to a space is lost",
  "rows leave a device with its access",
  "access changes from write to none",
  "access changes from write to read",
  "access changes from none to write",
  "access changes from read to write",
  "an operation is told no-access",
  "an operation is told read-only",
  // Users who come and go.
  "a user signs out with writes pending: keep",
  "a user signs out with writes pending: discard",
  "signing out fails at first",
  "another user signs in",
  "a user comes back to a sealed file",
  "a sealed file is refused to whom it does not belong",
  // Versions of one app.
  "a device is upgraded before r0",
  "a device is upgraded after r0",
  "a device is upgraded with writes pending",
  "r0 is upgraded",
] as const;
