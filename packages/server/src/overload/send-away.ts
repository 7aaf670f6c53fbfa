/**
 * A drain: the devices of this instance are sent to the others, not all in one moment, and none before its pushes are answered. Each is told
 * when to come back, drawn over the same window, so that the other instances see a trickle (trap 16, F42).
 */
import type { Runtime } from "@holdfast/core/engine";
import type { ServerLimits } from "../limits.ts";
import { SessionFault, type SessionHandle } from "../session/host.ts";

/** Resolves when all have gone, or when the window is over: whoever is left then is told by `close`. */
export async function sendAway(sessions: ReadonlySet<SessionHandle>, limits: ServerLimits, runtime: Runtime): Promise<void> {
  if (sessions.size === 0) return;
  const { drainMsMax, drainPerSecond, retryAfterMs } = limits;
  // The last tenth is for answers that are still on their way.
  const windowMs = Math.min(drainMsMax * 0.9, (sessions.size / drainPerSecond) * 1_000);
  let cancel = (): void => {};
  const over = new Promise<void>((resolve) => {
    cancel = runtime.setTimer(drainMsMax, resolve);
  });
  const leave = async (session: SessionHandle): Promise<void> => {
    await new Promise<void>((resolve) => runtime.setTimer(runtime.random() * windowMs, resolve));
    await session.settled();
    const comeBackMs = Math.floor(runtime.random() * retryAfterMs);
    session.end(new SessionFault("overloaded", "This instance of the server is going away: another one will serve you.", comeBackMs));
  };
  await Promise.race([over, Promise.all([...sessions].map(leave))]);
  cancel();
}
