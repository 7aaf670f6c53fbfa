/** A directory with replicas and an r0 by script, new for each of a file's tests. */
import { afterEach, beforeEach } from "vitest";
import { type Bed, createBed } from "./bed.ts";
import { ScriptedR0 } from "./scripted-r0.ts";

export interface UsedBed extends Omit<Bed, "dispose"> {
  /** Of the test that runs. */
  readonly r0: ScriptedR0;
}

/** Called once a file, or in a `describe`; what is opened over it is closed and removed after each test. */
export function useBed(): UsedBed {
  let bed: Bed;
  let r0: ScriptedR0;
  beforeEach(() => {
    bed = createBed();
    r0 = new ScriptedR0();
  });
  afterEach(() => bed.dispose());
  return {
    file: (name) => bed.file(name),
    open: (name, options) => bed.open(name, options),
    get r0() {
      return r0;
    },
  };
}
