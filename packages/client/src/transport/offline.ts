/** The transport of a replica without a server. */
import { HoldfastError } from "@holdfast/core";
import type { TransportPort } from "@holdfast/core/engine";

/** Nobody is ever reached. `start` is not sent either. */
export const offline: TransportPort = {
  connect: (): never => {
    throw new HoldfastError("unreachable", "The replica has no server.", {
      origin: "caller",
      retry: false,
      advice: "Open it with `server`.",
    });
  },
};
