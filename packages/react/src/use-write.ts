/** `useWrite`: the replica's `write`, and what it was refused with. */
import type { AnySchema, HoldfastError, SpaceId, WriteTransaction } from "@holdfast/core";
import type { Replica, Written } from "@holdfast/client";
import { useCallback, useMemo, useState } from "react";

export interface WriteResult<S extends AnySchema> {
  readonly write: <T>(run: (tx: WriteTransaction<S>) => T | Promise<T>) => Promise<Written<Awaited<T>>>;
  /** What the last write was rejected with. */
  readonly error: HoldfastError | undefined;
  readonly reset: () => void;
}

export function useWriteOf(replica: Replica<AnySchema>, space: SpaceId): WriteResult<AnySchema> {
  const [error, setError] = useState<HoldfastError | undefined>(undefined);
  const reset = useCallback(() => setError(undefined), []);
  const write = useCallback<WriteResult<AnySchema>["write"]>(
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
