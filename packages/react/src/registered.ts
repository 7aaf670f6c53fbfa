/**
 * The hooks by their plain names. An app says once which schema they are of:
 *
 *   declare module "@holdfast/react" { interface Register { schema: typeof schema } }
 */
import type { AnySchema } from "@holdfast/core";
import { createHooks, type Hooks } from "./hooks.ts";

// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- an app adds to it
export interface Register {}

export type RegisteredSchema = Register extends { readonly schema: infer S extends AnySchema } ? S : AnySchema;

const hooks: Hooks<RegisteredSchema> = createHooks<RegisteredSchema>();

export const HoldfastProvider: Hooks<RegisteredSchema>["HoldfastProvider"] = hooks.HoldfastProvider;
export const useReplica: Hooks<RegisteredSchema>["useReplica"] = hooks.useReplica;
export const useQuery: Hooks<RegisteredSchema>["useQuery"] = hooks.useQuery;
export const useSuspenseQuery: Hooks<RegisteredSchema>["useSuspenseQuery"] = hooks.useSuspenseQuery;
export const useRecord: Hooks<RegisteredSchema>["useRecord"] = hooks.useRecord;
export const useWrite: Hooks<RegisteredSchema>["useWrite"] = hooks.useWrite;
export const useRequest: Hooks<RegisteredSchema>["useRequest"] = hooks.useRequest;
export const useStatus: Hooks<RegisteredSchema>["useStatus"] = hooks.useStatus;
export const useConflicts: Hooks<RegisteredSchema>["useConflicts"] = hooks.useConflicts;
export const useDeadLetters: Hooks<RegisteredSchema>["useDeadLetters"] = hooks.useDeadLetters;
export const useText: Hooks<RegisteredSchema>["useText"] = hooks.useText;
export const useTextarea: Hooks<RegisteredSchema>["useTextarea"] = hooks.useTextarea;
