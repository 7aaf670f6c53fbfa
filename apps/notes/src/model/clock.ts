/** A device's wall clock, wrong by what the stage has set it to. The worker learns it by its name, so it is wrong from its first moment. */
import { browserRuntime } from "@holdfast/client/web/worker";

export function workerName(clockOffsetMs: number): string {
  return `clock ${clockOffsetMs}`;
}

export function runtimeOfName(name: string): typeof browserRuntime {
  const offsetMs = Number(name.split(" ")[1] ?? 0) || 0;
  return offsetMs === 0 ? browserRuntime : { ...browserRuntime, wallMs: () => Date.now() + offsetMs };
}
