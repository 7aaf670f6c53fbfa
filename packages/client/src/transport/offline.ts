/** The transport of a replica without a server. */
import { callerError, type TransportPort } from "@holdfast/core/engine";

/** Nobody is ever reached. `start` is not sent either. */
export const offline: TransportPort = {
  connect: (): never => {
    throw callerError("unreachable", "The replica has no server.", "Open it with `server`.");
  },
};
