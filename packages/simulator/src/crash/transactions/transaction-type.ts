/** One kind of transaction of the engine: what is there before, and what the machine dies in. */
import type { OpenOptions } from "../crash-device.ts";
import type { CheckName } from "../judges/finding.ts";
import type { Stage } from "../stage.ts";

export interface TransactionType {
  readonly name: string;
  /** Which machine dies. */
  readonly victim: "device" | "r0";
  /** Brings the machines to where it begins; nobody has to run at the end. `stage.drive` is around it. */
  readonly prepare: (stage: Stage) => Promise<void>;
  /** Calls `stage.victim.begin()` where the operations that are died at begin. Nobody runs at its start. */
  readonly act: (stage: Stage) => Promise<void>;
  /** How the device is opened after the crash. */
  readonly reopen?: OpenOptions;
  /** Checks that mean nothing after it, each for the reason that stands beside it. */
  readonly exempt?: readonly CheckName[];
}
