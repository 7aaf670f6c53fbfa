/** Gives a tree its replica: one that is open, or one that the provider opens and closes. */
import type { AnySchema, HoldfastError } from "@holdfast/core";
import type { Replica } from "@holdfast/client";
import { type Context, createElement, type ReactNode, useSyncExternalStore } from "react";
import { openingOf, type OpenReplica } from "./opening.ts";

export type HoldfastProviderProps<S extends AnySchema> = { readonly children?: ReactNode } & (
  | { readonly replica: Replica<S>; readonly open?: undefined }
  | {
      readonly replica?: undefined;
      /**
       * Opens the replica: once for all providers with this function, whatever StrictMode and hot reload do, so it stands outside of
       * components. It is closed a moment after the last of them has gone.
       */
      readonly open: () => Promise<Replica<S>>;
      /** Shown until it is open. */
      readonly fallback?: ReactNode;
      /** Shown if it cannot be opened; without it the error is thrown. `error.code` says why. */
      readonly failed?: (error: HoldfastError, retry: () => void) => ReactNode;
    }
);

type Props = HoldfastProviderProps<AnySchema> & { readonly context: Context<Replica<AnySchema> | undefined> };

export function ProvideReplica({ context, children, ...props }: Props): ReactNode {
  const provide = (replica: Replica<AnySchema>): ReactNode => createElement(context.Provider, { value: replica }, children);
  return props.replica !== undefined ? provide(props.replica) : createElement(OpenAndProvide, { ...props, provide });
}

interface OpenProps {
  readonly open: OpenReplica;
  readonly fallback?: ReactNode;
  readonly failed?: (error: HoldfastError, retry: () => void) => ReactNode;
  readonly provide: (replica: Replica<AnySchema>) => ReactNode;
}

function OpenAndProvide({ open, fallback, failed, provide }: OpenProps): ReactNode {
  const opening = openingOf(open);
  const state = useSyncExternalStore(opening.subscribe, opening.read, opening.readInitial);
  switch (state.kind) {
    case "opening":
      return fallback ?? null;
    case "open":
      return provide(state.replica);
    case "failed":
      if (failed === undefined) throw state.error;
      return failed(state.error, state.retry);
  }
}
