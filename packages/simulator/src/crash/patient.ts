/** A machine after its death, and how it came to it. */
import type { Random } from "../random.ts";
import type { Finding } from "./judges/finding.ts";
import type { Stage } from "./stage.ts";
import type { Wreck } from "./wreck.ts";

/** `kill, then power`: it starts again after the kill, shows and sends what it finds, and then the power fails (trap 21). */
export const deaths = ["kill", "power", "kill, then power"] as const;
export type DeathKind = (typeof deaths)[number];

export interface Ending {
  readonly death: DeathKind;
  /** What a loss of power takes differs from draw to draw. */
  readonly draw: number;
}

/** What a recovery works with. */
export interface Patient {
  readonly stage: Stage;
  readonly wreck: Wreck;
  readonly death: DeathKind;
  readonly key: string;
  readonly draws: Random;
  /** The final judge is a whole conversation. */
  readonly syncs: boolean;
  readonly findings: Finding[];
}
