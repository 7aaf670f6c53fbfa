/** What is said while seeds run: each that fails, at once; and now and then how far it is. */
import type { Progress } from "@holdfast/simulator";
import type { Output } from "../command-line.ts";

const everyMs = 10_000;
const namedMax = 20;

export function progressOf(output: Output): (progress: Progress) => void {
  let toldMs = performance.now();
  return ({ type, seed, failures, done, failed }) => {
    if (type === "shrinking") return output.line(`Making seed ${seed} small …`);
    const [first] = failures;
    if (first !== undefined && failed <= namedMax) {
      output.line(`seed ${seed} fails after ${(first.atMs / 1_000).toFixed(1)} s: ${first.checker}: ${first.detail}`);
      if (failed === namedMax) output.line("Further ones are only counted.");
    }
    if (performance.now() - toldMs < everyMs) return;
    toldMs = performance.now();
    output.line(`${done} ${done === 1 ? "seed" : "seeds"}, ${failed} failed`);
  };
}
