/** The first step of a fork (`fork.ts`), for whoever finds the sign of it. */
import type { ReplicaContext } from "../context.ts";
import { type ApplyOutcome, PeerFault } from "./outcome.ts";

/** Nothing of this session can be relied on: it ends, and in the next one what is pending is offered. */
export function forkNextSession(context: ReplicaContext): Promise<ApplyOutcome> {
  context.forkDue = true;
  return Promise.reject(new PeerFault("another history"));
}
