/** What a hunt is asked, and what it answers: one mutant, tries until something is found. */
import type { Finding } from "./lanes/lane.ts";

export interface HuntRequest {
  readonly mutant: string;
  /** False: the same tries with the engine as it stands. A harness that always cries would pass otherwise. */
  readonly mutated: boolean;
  /** By the plans that are bent to the mutant, rather than by those of the swarm. */
  readonly directed: boolean;
  readonly start: number;
  /** Tries that are not skipped. */
  readonly seedsMax: number;
  /** Of the processor: how much else the machine has to do changes nothing. */
  readonly secondsMax: number;
  readonly shrinkMsMax: number;
}

/** On its way to the process that asked. */
export type HuntMessage =
  | { readonly type: "trying"; readonly seed: number; readonly tried: number }
  | { readonly type: "found"; readonly seed: number; readonly tried: number; readonly finding: Finding; readonly seconds: number }
  | { readonly type: "nothing"; readonly tried: number; readonly seconds: number };
