/** `useRequest`: one request after another, and how the last one stands. */
import type { AnySchema, HoldfastError, SpaceId } from "@holdfast/core";
import type { Decision, Replica, Requested } from "@holdfast/client";
import { useCallback, useMemo, useRef, useState } from "react";
import { toHoldfastError } from "./error.ts";

export type RequestState =
  | { readonly kind: "idle" }
  /** Not on disk yet. */
  | { readonly kind: "asking" }
  /** On disk, and shown provisionally; r0 has not decided. */
  | { readonly kind: "undecided" }
  | ({ readonly kind: "decided" } & Decision)
  /** It could not be kept, and nothing has changed. */
  | { readonly kind: "failed"; readonly error: HoldfastError };

export interface RequestResult {
  readonly request: (input: never) => Promise<Requested>;
  readonly state: RequestState;
  readonly reset: () => void;
}

const idle: RequestState = { kind: "idle" };

export function useRequestOf(replica: Replica<AnySchema>, space: SpaceId, intent: string): RequestResult {
  const [state, setState] = useState<RequestState>(idle);
  const last = useRef(0);
  const reset = useCallback(() => {
    last.current++;
    setState(idle);
  }, []);
  const request = useCallback(
    (input: never) => {
      const number = ++last.current;
      const show = (next: RequestState): void => {
        if (number === last.current) setState(next);
      };
      show({ kind: "asking" });
      const requested = replica.request(space, intent, input);
      requested.then(
        ({ decided }) => {
          show({ kind: "undecided" });
          void decided.then((decision) => show({ kind: "decided", ...decision }));
        },
        (error: unknown) => show({ kind: "failed", error: toHoldfastError(error) }),
      );
      return requested;
    },
    [replica, space, intent],
  );
  return useMemo(() => ({ request, state, reset }), [request, state, reset]);
}
