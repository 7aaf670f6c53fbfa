/** `sync()`: resolves only when it has happened (F24). */
import { HoldfastError } from "@holdfast/core";
import type { ErrorCode } from "@holdfast/core";
import type { WaitReason } from "@holdfast/core/engine";
import type { ReplicaContext } from "./context.ts";
import type { EffectLoop } from "./effect-loop.ts";
import type { ReplicaStatus } from "./status.ts";
import { checkOpen } from "./write/write.ts";

export function syncNow(
  context: ReplicaContext,
  loop: EffectLoop,
  waiters: Set<() => void>,
  status: () => ReplicaStatus,
): Promise<ReplicaStatus> {
  checkOpen(context);
  return new Promise((resolve, reject) => {
    const check = (): void => {
      const now = status();
      const failure = failureOf(context, now);
      const isDone =
        failure === undefined &&
        now.connection.kind === "connected" &&
        Object.values(now.spaces).every((space) => space.synced || space.access === "none");
      if (failure === undefined && !isDone) return;
      waiters.delete(check);
      if (failure === undefined) resolve(now);
      else reject(failure);
    };
    loop.dispatch({ type: "hurry" });
    waiters.add(check);
    check();
  });
}

const again = "It is tried again.";

function failureOf(context: ReplicaContext, { connection }: ReplicaStatus): HoldfastError | undefined {
  const fail = (code: ErrorCode, happened: string, advice: string): HoldfastError =>
    new HoldfastError(code, happened, { origin: code === "closed" ? "caller" : "link", retry: advice === again, advice });
  if (context.phase !== "open") return fail("closed", "The replica is closed.", "Open it again.");
  switch (connection.kind) {
    case "off":
      return fail("unreachable", "The replica has no server, or is in the background.", "Call foreground() first.");
    case "waiting":
      return fail(waitingCode(connection.reason), `r0 gave no answer (${connection.reason}).`, again);
    case "blocked":
      if (connection.reason === "unauthenticated")
        return fail("unauthenticated", "r0 does not accept the token.", "Call signIn() with a new one.");
      if (connection.reason === "wrong-principal")
        return fail("wrong-principal", "The file belongs to another user.", "Sign in as the user who wrote it.");
      return fail("protocol-mismatch", `This version does not fit r0's (${connection.reason}).`, "Update the older one.");
    default:
      return undefined;
  }
}

function waitingCode(reason: WaitReason): ErrorCode {
  switch (reason) {
    case "overloaded":
    case "timeout":
    case "stale-intermediary":
    case "server-error":
      return reason;
    case "unavailable":
      return "overloaded";
    default:
      return "unreachable";
  }
}
