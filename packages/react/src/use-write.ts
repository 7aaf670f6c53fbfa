/** `useWrite`: the replica's `write`, and what it was refused with. */
import type { AnySchema, HoldfastError, SpaceId } from "@holdfast/core";
import type { Replica } from "@holdfast/client";
import { useCallback, useMemo, useState } from "react";
import type { Hooks } from "./hooks.ts";

export function useWriteOf(replica: Replica<AnySchema>, space: SpaceId): ReturnType<Hooks<AnySchema>["useWrite"]> {
  const [error, setError] = useState<HoldfastError | undefined>(undefined);
  const reset = useCallback(() => setError(undefined), []);
  const write = useCallback<ReturnType<Hooks<AnySchema>["useWrite"]>["write"]>(
    (run) => {
      const written = replica.write(space, run);
      // A handler that does not wait for it leaves nothing unhandled: the error is shown by whoever reads `error`.
      written.then(reset, (reason: unknown) => {
        if (isHoldfastError(reason)) setError(reason);
      });
      return written;
    },
    [replica, space, reset],
  );
  return useMemo(() => ({ write, error, reset }), [write, error, reset]);
}

/** Anything else is thrown by the app's own callback, and is the caller's. */
function isHoldfastError(reason: unknown): reason is HoldfastError {
  return reason instanceof Error && reason.name === "HoldfastError";
}
