/** A worker that hangs on one seed, dies on another, and does the rest. */
import type { Answer, Task } from "../task.ts";

const hangsOn = 3;
const diesOn = 5;

process.on("message", (task: Task) => {
  if (task.type !== "seed") return;
  if (task.seed === hangsOn) for (;;);
  if (task.seed === diesOn) throw new Error("as planned");
  const counts = { virtualMs: 1, events: 1, tried: 1, acknowledged: 1, faults: {}, points: {}, cpuMs: 1 };
  const plan = { seed: task.seed } as Extract<Answer, { type: "ran" }>["result"]["plan"];
  process.send?.({ type: "ran", result: { plan, hash: String(task.seed), failures: [], ...counts } } satisfies Answer);
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
